package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"vantage/cmd/vantage/town"
)

// TestDemoShowsWhatWasPlanted runs `vantage demo` as a newcomer does: the
// planted rises are labelled, steady topics and the reprinted release are not,
// every form says that the data is a sample, and nothing stays behind.
func TestDemoShowsWhatWasPlanted(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "vantage-data")
	v := start(t, dir, "demo", "-listen", "127.0.0.1:0", "-pace", "0", "-data", data)
	v.wait("to have read the whole town", func() bool {
		s, ok := v.status()
		return ok && s.Sources["waiting"] == 0 && s.Waiting == 0 && s.Weeks == 0 && s.Items > 4000
	})
	var chart struct {
		Sample bool
		Rows   []struct{ ID, Label string }
	}
	if err := json.Unmarshal(v.get("/charts/topics.json"), &chart); err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{}
	for _, r := range chart.Rows {
		labels[r.ID] = r.Label
	}
	plan := planted(t)
	for _, id := range plan.Rises {
		if labels[id] != "strong" && labels[id] != "emerging" {
			t.Errorf("the planted rise %s is labelled %q", id, labels[id])
		}
	}
	for _, id := range slices.Concat(plan.Steady, []string{plan.Release.Topic, plan.Flood.Topic, plan.Fresh.Topic}) {
		if labels[id] != "" {
			t.Errorf("%s does not rise, but is labelled %q", id, labels[id])
		}
	}
	channels := string(v.get("/sources"))
	for _, name := range []string{"on the Commons (sample)", "on the Quay, with a token (sample)"} {
		if !strings.Contains(channels, name) {
			t.Errorf("the page of sources does not name the hashtags %q", name)
		}
	}
	if !chart.Sample || !strings.Contains(string(v.get("/")), "Sample data") {
		t.Error("the page or the data does not say that this is a sample")
	}
}

// planted builds the town of the same seed to read its plan.
func planted(t *testing.T) town.Plan {
	t.Helper()
	w, err := town.Start(t.Context(), town.Options{Seed: 1, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return w.Planted()
}

func TestDemoLeavesNothingBehind(t *testing.T) {
	bin, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	tmp := t.TempDir()
	cmd := exec.Command(filepath.Join(bin, "vantage"), "demo", "-listen", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp, "VANTAGE_CLICKHOUSE_LIBRARY="+library(t))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out := &lockedBuffer{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }()
	eventually(t, "the demo says where it is", func() bool { return strings.Contains(out.String(), "Vantage is at http://127.0.0.1:") })
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil { // as Ctrl+C in a terminal
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("Ctrl+C is not a clean end: %v\n%s", err, out)
	}
	left, err := os.ReadDir(tmp)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}
