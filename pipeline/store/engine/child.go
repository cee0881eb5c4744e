package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// child is one run of embedded-clickhouse. It shares two pipes with us: the
// lifeline, whose closing ends it even if we were killed, and the report, on
// which it tells once how its start went.
type child struct {
	cmd      *exec.Cmd
	lifeline *os.File
	report   *os.File
	lines    *lines
	started  time.Time

	network, address, version string

	exited chan struct{} // closed when the process is gone
	status error         // of Wait, after exited
}

// spawn starts a child and returns it once it answers a ping.
func (e *Engine) spawn(ctx context.Context) (*child, error) {
	c, err := e.launch()
	if err != nil {
		return nil, err
	}
	if err := e.awaitReady(ctx, c); err != nil {
		c.kill()
		return nil, err
	}
	return c, nil
}

func (e *Engine) launch() (*child, error) {
	lifeEnd, lifeline, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer lifeEnd.Close()
	report, reportEnd, err := os.Pipe()
	if err != nil {
		lifeline.Close()
		return nil, err
	}
	defer reportEnd.Close()
	c := &child{lifeline: lifeline, report: report, lines: &lines{log: e.log}, exited: make(chan struct{}), started: time.Now()}
	c.cmd = exec.Command(e.config.Binary, e.arguments()...)
	c.cmd.Env = e.environment()
	c.cmd.ExtraFiles = []*os.File{lifeEnd, reportEnd}
	c.cmd.Stdout, c.cmd.Stderr = c.lines, c.lines
	if err := c.cmd.Start(); err != nil {
		lifeline.Close()
		report.Close()
		return nil, explainStart(e.config.Binary, err)
	}
	go func() {
		c.status = c.cmd.Wait()
		c.lines.flush()
		close(c.exited)
	}()
	return c, nil
}

// explainStart adds what a bare "no such file" hides: a program for glibc has
// no loader on a musl system.
func explainStart(binary string, err error) error {
	if _, missing := os.Stat(binary); missing == nil && errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s needs glibc, which this system does not have: %s", binary, setDSN)
	}
	return err
}

func (e *Engine) arguments() []string {
	args := []string{
		"-parent",
		"-dir", e.config.Dir,
		"-library", e.config.Library,
		"-memory", strconv.FormatInt(e.config.Memory, 10),
		"-mark-cache", strconv.FormatInt(e.config.MarkCache, 10),
	}
	if e.config.TCP {
		return append(args, "-listen", e.listenAddress())
	}
	return append(args, "-socket", e.socket)
}

// listenAddress keeps the port over restarts.
func (e *Engine) listenAddress() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.port == "" {
		return "127.0.0.1:0"
	}
	return net.JoinHostPort("127.0.0.1", e.port)
}

// environment is what the engine needs and no more; our own holds secrets. Its
// clock zone is UTC, so that no number depends on the machine's.
func (e *Engine) environment() []string {
	env := []string{"TZ=UTC", "LANG=C.UTF-8"}
	for _, name := range []string{"HOME", "PATH", "TMPDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	if e.token != "" {
		env = append(env, "VANTAGE_ENGINE_TOKEN="+e.token)
	}
	return env
}

// awaitReady waits for the report and then for a ping.
func (e *Engine) awaitReady(ctx context.Context, c *child) error {
	type answer struct {
		Address, Version, Error string
		err                     error
	}
	reports := make(chan answer, 1)
	go func() {
		var a answer
		a.err = json.NewDecoder(c.report).Decode(&a)
		c.report.Close()
		reports <- a
	}()
	var a answer
	select {
	case a = <-reports:
	case <-ctx.Done():
		return fmt.Errorf("did not start in time: %w", ctx.Err())
	case <-e.life.Done():
		return ErrStopped
	}
	switch {
	case a.Error != "":
		c.lastWords()
		return errors.New(a.Error + c.lines.hint())
	case a.err != nil:
		c.lastWords()
		return fmt.Errorf("ended while it started (%s)%s", c.ended(), c.lines.hint())
	}
	c.network, c.address, c.version = "unix", a.Address, a.Version
	if e.config.TCP {
		c.network = "tcp"
	}
	return ping(ctx, c.client(), e.token)
}

// client talks to this child alone.
func (c *child) client() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, c.network, c.address)
		},
	}}
}

func ping(ctx context.Context, client *http.Client, token string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/ping", nil)
	if err != nil {
		return err
	}
	req.Header.Set("X-ClickHouse-Key", token)
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1024))
	if err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("ping: %s: %s", res.Status, text)
	}
	return nil
}

// lastWords waits until all that a failing child had to say has come: libchdb
// tells why it refused a folder on stderr only.
func (c *child) lastWords() {
	select {
	case <-c.exited:
	case <-time.After(2 * time.Second):
	}
}

// ended says in words how the process ended.
func (c *child) ended() string {
	select {
	case <-c.exited:
	default:
		return "still there"
	}
	if c.status == nil {
		return "exit status 0"
	}
	return c.status.Error()
}

// stopPatience is longer than the child's own bounds (10 s for requests in
// hand, 5 s to close the engine).
const stopPatience = 20 * time.Second

// stop asks the child to end and makes sure that it does.
func (c *child) stop() {
	c.lifeline.Close()
	select {
	case <-c.exited:
	case <-time.After(stopPatience):
		c.cmd.Process.Kill()
		<-c.exited
	}
}

func (c *child) kill() {
	c.cmd.Process.Kill()
	<-c.exited
	c.lifeline.Close()
}
