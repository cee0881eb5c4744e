package stream

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"
)

// crashDir names the folder in which the re-executed test binary publishes
// until it is killed.
const crashDir = "VANTAGE_TEST_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		if err := publishForEver(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// publishForEver prints the number of the first item that is not confirmed yet.
func publishForEver(dir string) error {
	s, err := Open(context.Background(), Config{Dir: dir})
	if err != nil {
		return err
	}
	from, err := strconv.Atoi(os.Getenv("VANTAGE_TEST_CRASH_FROM"))
	if err != nil {
		return err
	}
	for n := from; ; {
		to := n + 1 + rand.IntN(1500)
		if err := s.Put(context.Background(), posts(max(n-30, 0), to)); err != nil {
			return err
		}
		n = to
		fmt.Println(n)
	}
}

func TestKillDuringPutLosesNoConfirmedItem(t *testing.T) {
	dir := t.TempDir()
	confirmed := 0
	for range 5 {
		confirmed = publishUntilKilled(t, dir, confirmed)
		s := open(t, Config{Dir: dir})
		if st := state(t, s); st.Messages < uint64(confirmed) {
			t.Fatalf("%d of %d confirmed items are there", st.Messages, confirmed)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	ids := drained(t, open(t, Config{Dir: dir}))
	if len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("%d messages, %d different", len(ids), len(slices.Compact(ids)))
	}
	for i := range confirmed {
		it := post(i)
		if _, ok := slices.BinarySearch(ids, it.MsgID()); !ok {
			t.Fatalf("item %d of %d confirmed ones is lost", i, confirmed)
		}
	}
	t.Logf("%d confirmed, %d stored", confirmed, len(ids))
}

// publishUntilKilled starts a child and kills it at a random moment after its
// first confirmation. It returns how many items are confirmed.
func publishUntilKilled(t *testing.T, dir string, from int) int {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashDir+"="+dir, "VANTAGE_TEST_CRASH_FROM="+strconv.Itoa(from))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	confirmed := from
	var kill *time.Timer
	for lines.Scan() {
		if confirmed, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatal(err)
		}
		if kill == nil {
			kill = time.AfterFunc(rand.N(300*time.Millisecond), func() { _ = cmd.Process.Kill() })
		}
	}
	if kill == nil {
		t.Fatal("the child published nothing")
	}
	_ = cmd.Wait() // it was killed
	return confirmed
}
