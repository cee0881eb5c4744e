package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// newsboat is the feed reader that people run in a terminal, with a folder of
// its own: what it fetched is in an SQLite file there.
type newsboat struct {
	program, dir string
}

// newNewsboat is set up for every feed of the site; false where it is not
// installed.
func newNewsboat(b *testing.B, site *archiveSite) (*newsboat, bool) {
	b.Helper()
	program, err := exec.LookPath("newsboat")
	if err != nil {
		b.Logf("no peer beside our numbers: newsboat is missing; Debian and Ubuntu have it: apt install newsboat")
		return nil, false
	}
	n := &newsboat{program: program, dir: b.TempDir()}
	var urls strings.Builder
	for _, org := range slices.Sorted(maps.Keys(site.feeds)) {
		fmt.Fprintf(&urls, "%s/%s.atom\n", site.URL, org)
	}
	for name, text := range map[string]string{"urls": urls.String(), "config": "reload-threads 16\n"} {
		if err := os.WriteFile(filepath.Join(n.dir, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return n, true
}

// run has newsboat execute a command and returns what it printed and the
// processor seconds that it took.
func (n *newsboat) run(b *testing.B, command string) (out string, cpu float64) {
	b.Helper()
	cmd := exec.Command(n.program, "-u", "urls", "-C", "config", "-c", "cache.db", "-x", command)
	cmd.Dir, cmd.Env = n.dir, append(os.Environ(), "HOME="+n.dir)
	text, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("newsboat -x %s: %v\n%s", command, err, text)
	}
	return string(text), (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
}

// reload fetches every feed and returns the processor seconds. It fails unless
// all entries are stored then.
func (n *newsboat) reload(b *testing.B, entries int) (cpu float64) {
	b.Helper()
	_, cpu = n.run(b, "reload")
	if unread, _ := n.run(b, "print-unread"); !strings.HasPrefix(unread, fmt.Sprintf("%d ", entries)) {
		b.Fatalf("newsboat holds %q, want %d entries", unread, entries)
	}
	return cpu
}
