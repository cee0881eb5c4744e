package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// BenchmarkIdle reports what a vantage with the real archive needs while
// nothing happens, without the engine: the aim is at most 100 MB.
func BenchmarkIdle(b *testing.B) {
	site := serveArchive(b, readArchive(b))
	v := start(b, site.configure(b, "1h"), "run", "-now", archiveEnd)
	v.settle()
	v.get("/")
	time.Sleep((lateRest + 2) * restEvery * lookEvery) // memory is given back when nothing happens
	before := cpuTicks(b, v.cmd.Process.Pid)
	for b.Loop() {
		time.Sleep(10 * time.Second)
	}
	b.ReportMetric(float64(cpuTicks(b, v.cmd.Process.Pid)-before)/float64(b.N)/10, "CPU-%") // a tick is 10 ms
	b.ReportMetric(residentMB(b, v.cmd.Process.Pid), "MB-vantage")
	b.ReportMetric(residentMB(b, v.enginePID()), "MB-engine")
	b.ReportMetric(0, "ns/op")
}

func residentMB(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	var kb float64
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	if _, err := fmt.Sscan(after, &kb); err != nil {
		b.Fatal(err)
	}
	return kb / 1024
}

// cpuTicks is the processor time of a process, in hundredths of a second:
// fields 14 and 15 of proc(5) stat.
func cpuTicks(b *testing.B, pid int) int64 {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	var user, system int64
	if _, err := fmt.Sscan(strings.Join(strings.Fields(after)[11:13], " "), &user, &system); err != nil {
		b.Fatal(err)
	}
	return user + system
}
