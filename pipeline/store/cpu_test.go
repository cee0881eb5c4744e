package store

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// cpu measures processor time of this process and of the engine below it; wall
// time says little on a machine that others use.
type cpu struct {
	b            *testing.B
	self, engine time.Duration
	fromSelf     time.Duration
	fromEngine   time.Duration
}

func startCPU(b *testing.B) *cpu {
	c := &cpu{b: b}
	c.start()
	return c
}

func (c *cpu) start() { c.fromSelf, c.fromEngine = c.read() }

func (c *cpu) stop() {
	self, engine := c.read()
	c.self, c.engine = c.self+self-c.fromSelf, c.engine+engine-c.fromEngine
}

// report shows microseconds an operation of so many rows, or of one query.
func (c *cpu) report(b *testing.B, rows int) {
	c.stop()
	per := float64(b.N * rows)
	b.ReportMetric(float64(c.self.Microseconds())/per, "client-µs/row")
	b.ReportMetric(float64(c.engine.Microseconds())/per, "engine-µs/row")
}

func (c *cpu) read() (self, engine time.Duration) {
	self = ticks(c.b, "/proc/self/stat")
	children, err := os.ReadFile("/proc/self/task/" + strconv.Itoa(os.Getpid()) + "/children")
	if err != nil {
		c.b.Skip("no /proc to read processor time from")
	}
	for _, pid := range append(strings.Fields(string(children)), others()...) {
		engine += ticks(c.b, "/proc/"+pid+"/stat")
	}
	return self, engine
}

// others are the children that other threads of this process started.
func others() (pids []string) {
	tasks, _ := os.ReadDir("/proc/self/task")
	for _, task := range tasks {
		if task.Name() == strconv.Itoa(os.Getpid()) {
			continue
		}
		children, _ := os.ReadFile("/proc/self/task/" + task.Name() + "/children")
		pids = append(pids, strings.Fields(string(children))...)
	}
	return pids
}

// ticks reads user and system time, in hundredths of a second.
func ticks(b *testing.B, path string) time.Duration {
	stat, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}
