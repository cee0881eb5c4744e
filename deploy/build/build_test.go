package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestCopyEChartsReplacesTheOldOne(t *testing.T) {
	from, dist := t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(from, "dist"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"dist/echarts.min.js": "one", "LICENSE": "l", "NOTICE": "n"} {
		if err := os.WriteFile(filepath.Join(from, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, script := range []string{"one", "two"} {
		if err := os.WriteFile(filepath.Join(from, "dist", "echarts.min.js"), []byte(script), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := copyECharts(from, dist); err != nil {
			t.Fatal(err)
		}
		scripts, err := filepath.Glob(filepath.Join(dist, "echarts-*.min.js"))
		if err != nil || len(scripts) != 1 {
			t.Fatalf("after %q there are the scripts %v (%v), want one", script, scripts, err)
		}
		if b, err := os.ReadFile(scripts[0]); err != nil || string(b) != script {
			t.Errorf("the script holds %q (%v), want %q", b, err, script)
		}
	}
}

func TestLockHashTellsWhatIsInstalled(t *testing.T) {
	dir := t.TempDir()
	if _, err := lockHash(dir, ""); err == nil {
		t.Error("no lock file is no error")
	}
	write := func(s string) string {
		if err := os.WriteFile(filepath.Join(dir, "package-lock.json"), []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
		h, err := lockHash(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	if a, b := write("a"), write("b"); a == b || a != write("a") {
		t.Error("the hash does not follow the lock file")
	}
}
