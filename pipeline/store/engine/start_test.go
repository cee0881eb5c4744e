package engine_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"vantage/pipeline/store/engine"
	"vantage/pipeline/store/engine/enginetest"
)

// startFails starts an engine that cannot start and checks its words.
func startFails(t *testing.T, config engine.Config, words ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), guard)
	defer cancel()
	e, err := engine.Start(ctx, config)
	if err == nil {
		e.Stop()
		t.Fatal("the engine started")
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %q", err, word)
		}
	}
	t.Log(err)
}

func TestMissingBinary(t *testing.T) {
	config := enginetest.Config(t)
	config.Binary = filepath.Join(t.TempDir(), "embedded-clickhouse")
	startFails(t, config, config.Binary, "make engine", "DSN")
	own, err := os.Executable()
	check(t, err)
	if _, err := os.Stat(filepath.Join(filepath.Dir(own), "embedded-clickhouse")); err == nil {
		t.Skip("there is one beside this test")
	}
	config.Binary = ""
	t.Setenv("PATH", t.TempDir())
	startFails(t, config, "neither beside", "make engine", "DSN")
}

func TestMissingLibrary(t *testing.T) {
	config := enginetest.Config(t)
	config.Library = ""
	binary := filepath.Join(t.TempDir(), "embedded-clickhouse")
	check(t, os.Symlink(config.Binary, binary))
	config.Binary = binary
	startFails(t, config, filepath.Join(filepath.Dir(binary), "lib/libchdb.so"), "is missing", "make engine", "DSN")
}

func TestBrokenLibrary(t *testing.T) {
	config := enginetest.Config(t)
	good := config.Library
	config.Library = filepath.Join(t.TempDir(), "libchdb.so")
	for name, c := range map[string]struct {
		content []byte
		word    string
	}{
		"empty":               {nil, "cut short"},
		"a page of HTML":      {[]byte("<html>404</html>"), "not a shared library"},
		"half a download":     {head(t, good, 1<<20), "cut short"},
		"another library":     {otherLibrary(t), "chdb_"},
		"a program":           {head(t, config.Binary, 1<<30), "not a shared library"},
		"a header, then junk": {append(head(t, good, 64), make([]byte, 4096)...), "library"},
	} {
		t.Run(name, func(t *testing.T) {
			check(t, os.WriteFile(config.Library, c.content, 0o600))
			startFails(t, config, config.Library, c.word, "make engine")
		})
	}
}

func head(t *testing.T, path string, n int) []byte {
	t.Helper()
	file, err := os.Open(path)
	check(t, err)
	defer file.Close()
	buf := make([]byte, n)
	n, err = file.Read(buf)
	check(t, err)
	return buf[:n]
}

// otherLibrary is a shared library of this system that is not libchdb.
func otherLibrary(t *testing.T) []byte {
	t.Helper()
	for _, path := range []string{"/lib/x86_64-linux-gnu/libm.so.6", "/lib64/libm.so.6", "/usr/lib/libm.so.6"} {
		if content, err := os.ReadFile(path); err == nil {
			return content
		}
	}
	t.Skip("no libm found to stand for another library")
	return nil
}

func TestUnwritableFolder(t *testing.T) {
	config := enginetest.Config(t)
	file := filepath.Join(t.TempDir(), "file")
	check(t, os.WriteFile(file, nil, 0o600))
	config.Dir = filepath.Join(file, "data")
	startFails(t, config, config.Dir, "cannot be written", "another folder")
	if os.Geteuid() != 0 {
		config.Dir = t.TempDir()
		check(t, os.Chmod(config.Dir, 0o500))
		startFails(t, config, config.Dir, "cannot be written", "another folder")
	}
}

// libchdb gives its reason on stderr only; it must come back all the same.
func TestDamagedFolder(t *testing.T) {
	config := enginetest.Config(t)
	config.Log = discard
	check(t, os.MkdirAll(filepath.Join(config.Dir, "metadata"), 0o700))
	check(t, os.WriteFile(filepath.Join(config.Dir, "metadata", "x.sql"), []byte("ATTACH DATABASE x junk"), 0o600))
	startFails(t, config, config.Dir, "refused to open", "Syntax error", "metadata/x.sql")
}

func TestSecondInstanceOnAFolder(t *testing.T) {
	first := enginetest.Start(t)
	config := enginetest.Config(t)
	config.Dir = first.Dir()
	startFails(t, config, config.Dir, "in use by process", "stop that instance")
	check(t, first.Ping(context.Background()))
}

func TestStartIsBoundedByItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if e, err := engine.Start(ctx, enginetest.Config(t)); err == nil {
		e.Stop()
		t.Fatal("the engine started")
	}
}

// A socket's path is limited to 107 bytes; the folder's is not.
func TestFolderWithALongPath(t *testing.T) {
	config := enginetest.Config(t)
	config.Dir = filepath.Join(config.Dir, strings.Repeat("long/", 30), "it's £ \n data")
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	e, err := engine.Start(context.Background(), config)
	check(t, err)
	defer e.Stop()
	check(t, e.Ping(context.Background()))
	options, err := clickhouse.ParseDSN(e.DSN())
	check(t, err)
	options.DialContext = e.DialContext
	c, err := clickhouse.Open(options)
	check(t, err)
	check(t, c.Ping(context.Background()))
	check(t, c.Close())
	e.Stop()
	if left, _ := os.ReadDir(temporary); len(left) != 0 {
		t.Errorf("%v is left in the temporary folder", left)
	}
}

// What the folder holds is personal data, and whoever reaches the socket can
// read files as this user.
func TestFilesArePrivate(t *testing.T) {
	e := enginetest.Start(t)
	err := filepath.WalkDir(e.Dir(), func(path string, entry os.DirEntry, err error) error {
		if err != nil || path == e.Dir() {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %s", path, info.Mode())
		}
		return err
	})
	check(t, err)
}

func TestStopEndsTheProcessAndMayBeCalledTwice(t *testing.T) {
	e := enginetest.Start(t)
	pid := e.PID()
	e.Stop()
	e.Stop()
	if err := syscall.Kill(pid, 0); err != syscall.ESRCH {
		t.Errorf("process %d after Stop: %v", pid, err)
	}
	if _, err := e.DialContext(context.Background(), ""); err != engine.ErrStopped {
		t.Errorf("%v, want %v", err, engine.ErrStopped)
	}
}

// The program that users start stays a static binary: only the child loads
// libchdb.
func TestVantageDoesNotLoadLibraries(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "vantage/cmd/vantage", "vantage/pipeline/store/engine").Output()
	check(t, err)
	if text := string(out); !strings.Contains(text, "vantage/pipeline/store/engine\n") || strings.Contains(text, "purego") {
		t.Error("cmd/vantage or pipeline/store/engine imports purego")
	}
}
