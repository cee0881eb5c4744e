package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// runFile says where a running instance takes commands. It lies in the data
// folder, readable by its owner alone.
type runFile struct {
	PID     int    `json:"pid"`
	Address string `json:"address"` // loopback host:port of the control interface
	Token   string `json:"token"`
	URL     string `json:"url"` // of the pages
	// Operator is the token of the operator's page.
	Operator string `json:"operator"`
}

const runFileName = "run.json"

// readRunFile returns nil where no instance has left one.
func readRunFile(data string) (*runFile, error) {
	b, err := os.ReadFile(filepath.Join(data, runFileName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("run file: %w", err)
	}
	var r runFile
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, fmt.Errorf("run file %s: %w; if no vantage runs, delete it", filepath.Join(data, runFileName), err)
	}
	return &r, nil
}

// write replaces the file in one step.
func (r runFile) write(data string) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	tmp := filepath.Join(data, runFileName+".new")
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		return fmt.Errorf("run file: %w", err)
	}
	return os.Rename(tmp, filepath.Join(data, runFileName))
}

func newToken() string { return rand.Text() }

// lockData makes the data folder and takes its lock, which the system gives
// back when the process ends, however it ends.
func lockData(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w; name a folder that you may write to with data: or VANTAGE_DATA", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w; name a folder that you may write to with data: or VANTAGE_DATA", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, errInUse(dir)
	}
	return f, nil
}

// errDataInUse is what errInUse wraps: another instance holds the folder.
var errDataInUse = errors.New("in use by another vantage")

func errInUse(dir string) error {
	who := ""
	if r, err := readRunFile(dir); err == nil && r != nil {
		who = fmt.Sprintf(" (process %d, %s)", r.PID, r.URL)
	}
	return fmt.Errorf("data folder %s: %w%s; stop that one, or name another folder with data: or VANTAGE_DATA", dir, errDataInUse, who)
}
