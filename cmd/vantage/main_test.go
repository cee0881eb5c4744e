package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// guardTime ends a test that hangs. No test asserts how long anything takes.
const guardTime = 8 * time.Minute

// programs are the two programs as users have them, built once.
var programs = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "vantage-programs-")
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "vantage/cmd/vantage", "vantage/cmd/embedded-clickhouse")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := programs(); err == nil && dir != "" {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// library returns libchdb, or ends the test.
func library(t testing.TB) string {
	t.Helper()
	lib := os.Getenv("VANTAGE_CLICKHOUSE_LIBRARY")
	if lib == "" {
		root, err := filepath.Abs("../..")
		if err != nil {
			t.Fatal(err)
		}
		lib = filepath.Join(root, "bin", "lib", "libchdb.so")
	}
	if _, err := os.Stat(lib); err != nil {
		t.Fatalf("the embedded ClickHouse library is missing (%v); `make engine` fetches it", err)
	}
	return lib
}

// shared returns a file beside the repository, or skips the test.
func shared(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("VANTAGE_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing beside the clone: %v", name, err)
		}
		t.Skipf("skipped: %s is not beside this clone", name)
	}
	return path
}

// instance is a running vantage, in a process group of its own, as a shell
// would start it.
type instance struct {
	t    testing.TB
	cmd  *exec.Cmd
	data string
	log  *lockedBuffer
	done chan struct{}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}
func (l *lockedBuffer) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

// start runs vantage with the configuration in dir and waits until it takes
// commands.
func start(t testing.TB, dir string, args ...string) *instance {
	t.Helper()
	v := launch(t, dir, args...)
	v.wait("to take commands", func() bool {
		r, err := readRunFile(v.data)
		return err == nil && r != nil && r.PID == v.cmd.Process.Pid
	})
	return v
}

func launch(t testing.TB, dir string, args ...string) *instance {
	t.Helper()
	bin, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	v := &instance{t: t, data: filepath.Join(dir, "vantage-data"), log: &lockedBuffer{}, done: make(chan struct{})}
	v.cmd = exec.Command(filepath.Join(bin, "vantage"), args...)
	v.cmd.Dir, v.cmd.Stdout, v.cmd.Stderr = dir, v.log, v.log
	v.cmd.Env = append(os.Environ(), "VANTAGE_CLICKHOUSE_LIBRARY="+library(t))
	v.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = v.cmd.Wait(); close(v.done) }()
	t.Cleanup(v.stop)
	return v
}

// wait polls until ok, and fails when the program ended or the guard is over.
func (v *instance) wait(what string, ok func() bool) {
	v.t.Helper()
	for end := time.Now().Add(guardTime); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ok() {
			return
		}
		select {
		case <-v.done:
			v.t.Fatalf("vantage ended while the test waited for it %s:\n%s", what, v.log)
		default:
		}
	}
	v.t.Fatalf("vantage did not come %s:\n%s", what, v.log)
}

// eventually polls until ok, for what no running instance is needed.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(guardTime); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("it did not happen that %s", what)
}

// status asks as `vantage status` does; ok is false while it cannot answer.
func (v *instance) status() (s status, ok bool) {
	r, err := readRunFile(v.data)
	if err != nil || r == nil {
		return s, false
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var out bytes.Buffer
	if err := r.call(ctx, "status", strings.NewReader(""), nil, &out); err != nil {
		return s, false
	}
	return s, json.Unmarshal(out.Bytes(), &s) == nil
}

// settle waits until every source was visited once since the start, everything
// in the stream is stored, and every number is derived.
func (v *instance) settle() status {
	v.t.Helper()
	var last status
	v.wait("to rest", func() bool {
		s, ok := v.status()
		last = s
		return ok && s.Sources["waiting"] == 0 && s.Sources["failing"] == 0 && s.Waiting == 0 && s.Weeks == 0 && s.Items > 0
	})
	return last
}

func parseQuery(t testing.TB, raw string) url.Values {
	t.Helper()
	q, err := url.ParseQuery(html.UnescapeString(raw))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func (v *instance) get(path string) []byte {
	v.t.Helper()
	r, err := readRunFile(v.data)
	if err != nil || r == nil {
		v.t.Fatalf("no run file: %v", err)
	}
	res, err := http.Get(r.URL + path)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		v.t.Fatalf("%s: status %d, %v\n%.500s", path, res.StatusCode, err, b)
	}
	return b
}

// kill ends one process the hard way.
func kill(t testing.TB, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		t.Fatal(err)
	}
}

// killGroup ends vantage and its engine together, as a power cut would.
func (v *instance) killGroup() {
	v.t.Helper()
	kill(v.t, -v.cmd.Process.Pid)
	<-v.done
}

// enginePID finds the child in the kernel's lists, one for each thread of the
// parent; 0 while there is none.
func (v *instance) enginePID() (pid int) {
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", v.cmd.Process.Pid))
	if err != nil {
		v.t.Fatal(err)
	}
	for _, list := range lists {
		if b, err := os.ReadFile(list); err == nil {
			_, _ = fmt.Sscan(string(b), &pid)
		}
	}
	return pid
}

// stop asks the program to end and makes sure that nothing of its group stays.
func (v *instance) stop() {
	select {
	case <-v.done:
	default:
		_ = v.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-v.done:
		case <-time.After(time.Minute):
			v.t.Errorf("vantage does not end when asked:\n%s", v.log)
		}
	}
	_ = syscall.Kill(-v.cmd.Process.Pid, syscall.SIGKILL)
	<-v.done
}

// groupEmpty is true when no process of the group is alive.
func (v *instance) groupEmpty() bool {
	return errors.Is(syscall.Kill(-v.cmd.Process.Pid, 0), syscall.ESRCH)
}

// invoke runs a subcommand to its end and returns what it printed.
func invoke(t testing.TB, dir string, stdin io.Reader, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	return invokeWith(t, dir, stdin, []string{"VANTAGE_CLICKHOUSE_LIBRARY=" + library(t)}, args...)
}

func invokeWith(t testing.TB, dir string, stdin io.Reader, env []string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	bin, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), guardTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "vantage"), args...)
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, stdin, &out, &errs
	cmd.Env = append(os.Environ(), env...)
	err = cmd.Run()
	return out.String(), errs.String(), err
}
