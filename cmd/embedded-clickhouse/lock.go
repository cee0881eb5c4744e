//go:build linux && amd64

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// The lock of a data folder is an flock on engine.lock in it; the kernel frees
// it with the process, however that ends. The file says who holds it and
// whether it is about to let go.
const (
	lockName = "engine.lock"
	// lockPatience is for a holder that serves: it may only just be about to
	// learn that its parent was killed.
	lockPatience = 2 * time.Second
	// stopPatience is for a holder that said it stops: it takes up to
	// finishTime + closeTime, and some for a slow disk.
	stopPatience = finishTime + closeTime + 5*time.Second
	lockPoll     = 20 * time.Millisecond
)

type folderLock struct{ file *os.File }

// lockFolder makes the folder and locks it, waiting a bounded time for a
// predecessor that is about to end.
func lockFolder(ctx context.Context, dir string) (*folderLock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unwritable(dir, err)
	}
	file, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, unwritable(dir, err)
	}
	l := &folderLock{file}
	if err := l.wait(ctx, dir); err != nil {
		file.Close()
		return nil, err
	}
	l.write("serving")
	return l, nil
}

func (l *folderLock) wait(ctx context.Context, dir string) error {
	begin := time.Now()
	for {
		err := syscall.Flock(int(l.file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return fmt.Errorf("data folder %s cannot be locked: %w: put it on a local disk", dir, err)
		}
		holder, stopping := l.holder()
		patience := lockPatience
		if stopping {
			patience = stopPatience
		}
		if time.Since(begin) > patience {
			return fmt.Errorf("data folder %s is in use by process %s: stop that instance first, or give this one a folder of its own", dir, holder)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lockPoll):
		}
	}
}

// holder reads who holds the lock, such as "123 serving".
func (l *folderLock) holder() (pid string, stopping bool) {
	text, err := io.ReadAll(io.NewSectionReader(l.file, 0, 64))
	fields := strings.Fields(string(text))
	if err != nil || len(fields) != 2 {
		return "unknown", false
	}
	return fields[0], fields[1] == "stopping"
}

func (l *folderLock) write(state string) {
	l.file.Truncate(0)
	fmt.Fprintf(io.NewOffsetWriter(l.file, 0), "%d %s\n", os.Getpid(), state)
}

// stopping tells a successor that waiting is worth its while.
func (l *folderLock) stopping() { l.write("stopping") }

func unwritable(dir string, err error) error {
	return fmt.Errorf("data folder %s cannot be written: %w: choose another folder, or give this user the right to it", dir, err)
}
