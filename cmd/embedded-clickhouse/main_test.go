//go:build linux && amd64

package main

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestOptionsThatAreRefused(t *testing.T) {
	for args, want := range map[string]string{
		"":                  "-dir is missing",
		"-dir d":            "-library is missing",
		"-dir d -library l": "one of -socket and -listen",
		"-dir d -library l -socket s -listen 127.0.0.1:0": "one of -socket and -listen",
		"-dir d -library l -listen 127.0.0.1:0":           "needs a token",
		"-dir d -library l -memory lots -socket s":        "memory",
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
