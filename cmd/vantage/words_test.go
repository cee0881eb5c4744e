package main

import (
	"bytes"
	"context"
	"io"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vantage/collectors"
)

// say runs a command that needs no engine in this process.
func say(t *testing.T, in string, environ []string, args ...string) (out string, err error) {
	t.Helper()
	var b bytes.Buffer
	err = run(t.Context(), console{strings.NewReader(in), &b, io.Discard, environ}, args)
	return b.String(), err
}

func TestWordsTooManyAreNamed(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct{ line, want string }{
		{"config other.yaml", "other.yaml"}, {"status now", "now"}, {"operator now", "now"}, {"demo town", "town"},
		{"tag a.jsonl b.jsonl", "b.jsonl"}, {"rank a.jsonl b.jsonl", "b.jsonl"}, {"rank a.jsonl -kind place", `"place"`},
		{"vocabulary check a.yaml b.yaml", "b.yaml"}, {"vocabulary lsit", "lsit"}, {"families a.example -apply", "a.example"},
		{"sources psuse some-key", "psuse"}, {"run -listen 9000", "127.0.0.1:8080"}, {"demo -listen 9000", "127.0.0.1:8080"},
		{"demo -pace -4s", "-4s"}, {"key rotate", "vantage run"}, {"councils list Atlantis", "Atlantis"},
	} {
		if _, err := say(t, "", nil, strings.Fields(c.line)...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("vantage %s: %v, want %q", c.line, err, c.want)
		}
	}
}

func TestFlagsMayStandBehindTheFile(t *testing.T) {
	const post = `{"id":"1","text":"Barnsley Council trials damp sensors"}` + "\n"
	t.Chdir(t.TempDir())
	if err := os.WriteFile("posts.jsonl", []byte(post), 0o644); err != nil {
		t.Fatal(err)
	}
	before, err := say(t, "", nil, "tag", "-explain", "posts.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	behind, err := say(t, "", nil, "tag", "posts.jsonl", "-explain")
	if err != nil || behind != before {
		t.Errorf("-explain behind the file: %v\n%s, want\n%s", err, behind, before)
	}
	if out, err := say(t, "", nil, "vocabulary", "find", "RPA", "-limit", "1"); err != nil || out == "" {
		t.Errorf("-limit behind the words: %v %q", err, out)
	}
}

func TestDemoDoesNotReadTheConfiguration(t *testing.T) {
	t.Chdir(t.TempDir())
	file := "mistake: here\nsource_files: ['https://lists.example/councils.opml']\nclickhouse: {dsn: 'clickhouse://db:9000/real'}\ncollect: {key_file: real.keys}\n"
	if err := os.WriteFile(configFile, []byte(file), 0o644); err != nil {
		t.Fatal(err)
	}
	cfg, err := demoConfig([]string{"VANTAGE_LISTEN=127.0.0.1:9999"})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.ClickHouse.DSN != "" || cfg.Collect.KeyFile != "" || len(cfg.lists)+len(cfg.Sources) > 0 {
		t.Errorf("the sample would go to %q with the keys %q, and %v be read", cfg.ClickHouse.DSN, cfg.Collect.KeyFile, cfg.lists)
	}
	if cfg.Listen != "127.0.0.1:9999" {
		t.Errorf("the environment is left out: listen is %s", cfg.Listen)
	}
	if _, err := say(t, "", nil, "demo", "-listen", "nowhere"); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("demo -listen nowhere: %v", err)
	}
}

func TestMistakesInTheConfigurationShowNoSecret(t *testing.T) {
	t.Chdir(t.TempDir())
	file := "operator:\n  token: correct-horse-battery\n  tokens: x\nclickhouse:\n  dsn: clickhouse://u:hunter2@h:9000/v\n"
	if err := os.WriteFile(configFile, []byte(file), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := say(t, "", nil, "config")
	if err == nil || !strings.Contains(err.Error(), "tokens") || !strings.Contains(err.Error(), "3") {
		t.Fatalf("the message does not name key and line: %v", err)
	}
	for _, secret := range []string{"correct-horse", "hunter2"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the message shows a secret:\n%v", err)
		}
	}
}

func TestServersMayBeListsAndPasswordsHoldCommas(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, env := range []string{
		"VANTAGE_CLICKHOUSE_DSN=clickhouse://u:p,w@one:9000,two:9000/vantage", "VANTAGE_NATS_URL=nats://one:4222, nats://two:4222",
	} {
		if _, err := loadConfig("", []string{env}); err != nil {
			t.Errorf("%s: %v", env, err)
		}
	}
	for _, env := range []string{"VANTAGE_NATS_URL=nats://one:4222,two", "VANTAGE_CLICKHOUSE_DSN=u:p@one:9000"} {
		if _, err := loadConfig("", []string{env}); err == nil || strings.Contains(err.Error(), "u:p") {
			t.Errorf("%s: %v", env, err)
		}
	}
}

func TestCouncilsOfSourcesStandInTheRegister(t *testing.T) {
	source := func(code string) []collectors.Source { return []collectors.Source{{Key: "a", Council: code}} }
	if err := checkCouncilCodes(source("E0600001X")); err == nil || !strings.Contains(err.Error(), "E0600001X") || !strings.Contains(err.Error(), "vantage councils list") {
		t.Errorf("a code that is none: %v", err)
	}
	for _, code := range []string{"", "E06000001"} {
		if err := checkCouncilCodes(source(code)); err != nil {
			t.Error(err)
		}
	}
}

func TestAnswersOfARunningInstanceMayBeLong(t *testing.T) {
	long := strings.Repeat("x", 3<<20)
	c := &control{token: "t", operations: map[string]operation{}}
	c.operations["export"] = reportOnce(long)
	srv := httptest.NewServer(c)
	defer srv.Close()
	r := &runFile{Address: srv.Listener.Addr().String(), Token: "t"}
	var out bytes.Buffer
	if err := r.call(t.Context(), "export", strings.NewReader(""), nil, &out); err != nil || out.Len() != len(long)+1 {
		t.Errorf("%d bytes of %d: %v", out.Len(), len(long)+1, err)
	}
	if err := follow(strings.NewReader(`{"line":"half"}`+"\n"), io.Discard); err == nil || !strings.Contains(err.Error(), "ended before the work") {
		t.Errorf("an answer that breaks off: %v", err)
	}
	srv.Close()
	if err := r.call(t.Context(), "export", strings.NewReader(""), nil, io.Discard); err == nil || !strings.Contains(err.Error(), "vantage run") {
		t.Errorf("nobody answers: %v", err)
	}
}

// TestOperatorAsksWhileARetagMovesOn needs the race detector to fail.
func TestOperatorAsksWhileARetagMovesOn(t *testing.T) {
	var p retagProgress
	b := &rulebook{running: &p, asked: make(chan struct{}, 1)}
	var moving sync.WaitGroup
	moving.Go(func() {
		for i := range 1000 {
			b.mu.Lock()
			p.Read = i
			b.mu.Unlock()
		}
	})
	for range 100 {
		if err := b.Retag(t.Context()); err == nil || !strings.Contains(err.Error(), "a retag runs already") {
			t.Fatal(err)
		}
	}
	moving.Wait()
}

func TestTablesAreWrittenBesideTheirPlace(t *testing.T) {
	to, here := t.TempDir(), t.TempDir()
	t.Chdir(here)
	err := writeTo(console{}, filepath.Join(to, "weights.tsv"), func(w io.Writer) error {
		if left, err := os.ReadDir(here); err != nil || len(left) > 0 {
			t.Errorf("written into the working folder: %v (%v)", left, err)
		}
		_, err := io.WriteString(w, "a\t1\n")
		return err
	})
	if b, readErr := os.ReadFile(filepath.Join(to, "weights.tsv")); err != nil || readErr != nil || string(b) != "a\t1\n" {
		t.Errorf("%q: %v, %v", b, err, readErr)
	}
}

// TestARunFileLeftByAKilledProcessIsForgotten uses the folder of one.
func TestARunFileLeftByAKilledProcessIsForgotten(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, configFile, "source_files: []\nsources: [{key: one, url: 'https://one.example/feed'}]\n")
	data := filepath.Join(dir, "vantage-data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := (runFile{PID: 1, Address: "127.0.0.1:1", URL: "http://127.0.0.1:1", Operator: "old"}).write(data); err != nil {
		t.Fatal(err)
	}
	must(t, dir, "sources", "list")
	refused(t, dir, "no vantage runs", "operator")
	refused(t, dir, "vantage run", "sources", "visit", "one")
}

func TestUnitsRefuseWhatDoesNotFit(t *testing.T) {
	for _, bad := range []string{"NaNd", "Infd", "1e300d", "106752d"} {
		var d Duration
		if d.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("%q is taken as a duration of %v", bad, time.Duration(d))
		}
	}
	for _, bad := range []string{"NaN", "InfGiB", "1e30GiB", "0.5"} {
		var z Size
		if z.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("%q is taken as a size of %d", bad, z)
		}
	}
}

func TestEachPasswordOfAListIsHidden(t *testing.T) {
	for _, s := range []Secret{
		"nats://a:hunter2@one,nats://b:hunter2@two", "nats://a:hunter2@one:4222, nats://b:hunter2@two:4222", "nats://hunter2@one:4222",
		"a:hunter2@one:9000", "clickhouse://a:hun,hunter2@one:9000,two:9000/v",
	} {
		if strings.Contains(s.String(), "hunter2") {
			t.Errorf("shown: %s", s.String())
		}
	}
	if got := Secret("clickhouse://u:p,w@one:9000,two:9000/v").String(); got != "clickhouse://u:xxxxx@one:9000,two:9000/v" {
		t.Errorf("hidden as %q", got)
	}
}

// reportOnce is an operation that answers one line.
func reportOnce(line string) operation {
	return func(_ context.Context, _ io.Reader, _ url.Values, report func(string)) error {
		report(line)
		return nil
	}
}

func TestMessagesDoNotOutliveTheWordsThatTheyCarry(t *testing.T) {
	t.Chdir(t.TempDir())
	_, err := loadConfig("", []string{"VANTAGE_RETENTION_PERSON_TEXT=7d", "VANTAGE_RETENTION_STREAM=8d"})
	if err == nil || !strings.Contains(err.Error(), "8d") || !strings.Contains(err.Error(), "make it 7d or less") {
		t.Errorf("longer in the stream than in the table: %v", err)
	}
	if _, err := loadConfig("", []string{"VANTAGE_RETENTION_PERSON_TEXT=60d"}); err != nil {
		t.Error(err)
	}
}
