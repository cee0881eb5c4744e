//go:build linux && amd64

package main

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vantage/pipeline/store/engine/enginetest"
)

func TestOptionsThatAreRefused(t *testing.T) {
	for args, want := range map[string]string{
		"":                  "-dir is missing",
		"-dir d":            "-library is missing",
		"-dir d -library l": "one of -socket and -listen",
		"-dir d -library l -socket s -listen 127.0.0.1:0": "one of -socket and -listen",
		"-dir d -library l -listen 127.0.0.1:0":           "needs a token",
		"-dir d -library l -memory lots -socket s":        "memory",
		"-dir d -library l -parent true -socket s":        `"true" is no flag`,

		"-dir d -library l -socket " + strings.Repeat("s", 108): "108 bytes",
	} {
		if _, err := readOptions(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
	}
	t.Setenv(tokenVariable, "secret")
	for address, ok := range map[string]bool{
		"127.0.0.1:0": true, "[::1]:9000": true, "0.0.0.0:0": false, ":8123": false, "192.168.1.2:1": false, "localhost:1": false,
	} {
		if _, err := readOptions([]string{"-dir", "d", "-library", "l", "-listen", address}); (err == nil) != ok {
			t.Errorf("-listen %s: %v", address, err)
		}
	}
}

func TestOnlyASocketMakesWayForTheSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "engine.sock")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err := listen(options{socket: path}); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Fatalf("%v, %v", l, err)
	}
	if kept, err := os.ReadFile(path); err != nil || string(kept) != "mine" {
		t.Fatalf("the file holds %q, %v", kept, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	left, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	left.(*net.UnixListener).SetUnlinkOnClose(false) // as after a kill
	left.Close()
	again, err := listen(options{socket: path})
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

// alone starts the program without a parent, and returns once it listens on the
// socket.
func alone(t *testing.T, socket string) (engine *exec.Cmd, dir string) {
	t.Helper()
	config := enginetest.Config(t)
	engine = exec.CommandContext(t.Context(), config.Binary, "-dir", config.Dir, "-library", config.Library, "-socket", socket)
	if err := engine.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the socket", func() bool {
		c, err := net.Dial("unix", socket)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return engine, config.Dir
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func TestASecondSignalEndsAtOnce(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	engine, dir := alone(t, socket)
	c, err := net.Dial("unix", socket) // a request in hand, for which the first signal waits
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8\r\n\r\nSELECT"); err != nil {
		t.Fatal(err)
	}
	holds := func(state string) func() bool {
		return func() bool {
			b, err := os.ReadFile(filepath.Join(dir, lockName))
			return err == nil && strings.HasSuffix(string(b), state+"\n")
		}
	}
	waitFor(t, "the lock", holds("serving"))
	if err := engine.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the first signal", holds("stopping"))
	ended := make(chan error, 1)
	go func() { ended <- engine.Wait() }()
	waitFor(t, "the end", func() bool {
		_ = engine.Process.Signal(syscall.SIGTERM) // fails once it has ended
		return len(ended) > 0
	})
	if err := <-ended; err == nil || !engine.ProcessState.Sys().(syscall.WaitStatus).Signaled() {
		t.Errorf("it ended with %v, want it to be killed by the signal", err)
	}
}

func TestWithoutAParentTheFolderOfTheSocketStays(t *testing.T) {
	folder := t.TempDir()
	engine, _ := alone(t, filepath.Join(folder, "s"))
	if err := engine.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := engine.Wait(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("%v, %v; want the empty folder", left, err)
	}
}

func TestLockWaitsForAHolderThatStops(t *testing.T) {
	dir := t.TempDir()
	first, err := lockFolder(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	first.stopping()
	free := time.AfterFunc(lockPatience+200*time.Millisecond, func() { first.file.Close() })
	defer free.Stop()
	second, err := lockFolder(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer second.file.Close()
	if _, err := lockFolder(context.Background(), dir); err == nil || !strings.Contains(err.Error(), "in use by process") {
		t.Fatalf("%v, want the folder in use", err)
	}
}
