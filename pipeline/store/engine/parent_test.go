package engine_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"vantage/pipeline/store/engine"
	"vantage/pipeline/store/engine/enginetest"
)

// parentVariable makes this test program a parent: it starts an engine on the
// configuration in the variable, prints the child's pid, and waits.
const parentVariable = "VANTAGE_ENGINE_TEST_PARENT"

func actAsParent() {
	fmt.Fprintln(os.Stderr, beParent())
	os.Exit(1)
}

func beParent() error {
	var config engine.Config
	if err := json.Unmarshal([]byte(os.Getenv(parentVariable)), &config); err != nil {
		return err
	}
	e, err := engine.Start(context.Background(), config)
	if err != nil {
		return err
	}
	options, err := clickhouse.ParseDSN(e.DSN())
	if err != nil {
		return err
	}
	options.DialContext = e.DialContext
	c, err := clickhouse.Open(options)
	if err != nil {
		return err
	}
	go c.Exec(context.Background(), endless)
	for running := uint64(0); running == 0; {
		if err := c.QueryRow(context.Background(), "SELECT count() FROM system.processes WHERE query LIKE '%cityHash64%' AND query NOT LIKE '%processes%'").Scan(&running); err != nil {
			return err
		}
	}
	fmt.Println(e.PID())
	select {}
}

// The parent is killed: the child ends by itself, even with a statement in
// hand, and a successor that starts at once gets the folder.
func TestChildEndsWithItsParent(t *testing.T) {
	t.Parallel()
	config := enginetest.Config(t)
	for range 3 {
		config.Log = nil // has no form as JSON
		parent, pid := startParent(t, config)
		check(t, parent.Process.Kill())
		parent.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), guard)
		config.Log = discard
		e, err := engine.Start(ctx, config)
		cancel()
		check(t, err)
		if alive(pid) {
			t.Errorf("the orphan %d lives", pid)
		}
		e.Stop()
	}
}

func startParent(t *testing.T, config engine.Config) (parent *exec.Cmd, child int) {
	t.Helper()
	text, err := json.Marshal(config)
	check(t, err)
	parent = exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentVariable+"="+string(text))
	parent.Stderr = os.Stderr
	out, err := parent.StdoutPipe()
	check(t, err)
	check(t, parent.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the parent said %q: %v", line, err)
	}
	if _, err := fmt.Sscan(line, &child); err != nil {
		t.Fatalf("the parent said %q", line)
	}
	return parent, child
}

// alive says whether a process runs; one that nobody has waited for yet does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}
