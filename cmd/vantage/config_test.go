package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"vantage/deploy"
)

// TestExampleSaysWhatTheDefaultsAre holds deploy/vantage.example.yaml to the
// program: the same keys, the same values.
func TestExampleSaysWhatTheDefaultsAre(t *testing.T) {
	var example Config
	if err := yaml.UnmarshalWithOptions(deploy.Example, &example, yaml.Strict()); err != nil {
		t.Fatal(yaml.FormatError(err, false, true))
	}
	want := defaultConfig()
	example.Sources, want.Sources = nil, nil
	if !reflect.DeepEqual(example, want) {
		t.Errorf("the example means %+v\nthe program   %+v", example, want)
	}
	var keys map[string]any
	if err := yaml.Unmarshal(deploy.Example, &keys); err != nil {
		t.Fatal(err)
	}
	for i := range reflect.TypeFor[Config]().NumField() {
		if tag := reflect.TypeFor[Config]().Field(i).Tag.Get("yaml"); tag != "" && keys[tag] == nil {
			if _, ok := keys[tag]; !ok {
				t.Errorf("the example leaves out %s", tag)
			}
		}
	}
}

func TestEnvironmentWinsOverTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "v.yaml")
	text := "listen: 127.0.0.1:1\nsource_files: []\ncollect: {interval: 2h}\nclickhouse: {memory: 1GiB}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := loadConfig(path, []string{"VANTAGE_LISTEN=127.0.0.1:2", "VANTAGE_CLICKHOUSE_MEMORY=512MiB", "VANTAGE_COLLECT_ALLOW_LOOPBACK=true", "OTHER=1"})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Listen != "127.0.0.1:2" || cfg.ClickHouse.Memory != 512<<20 || !cfg.Collect.AllowLoopback || cfg.Collect.Interval != Duration(2*time.Hour) {
		t.Errorf("in force: %+v", cfg)
	}
}

func TestStarterSourcesAreSound(t *testing.T) {
	list, err := parseSources("starter", deploy.Sources)
	if err != nil {
		t.Fatal(err)
	}
	cfg := defaultConfig()
	cfg.SourceFiles, cfg.Sources = nil, list
	if err := cfg.readSources("the example"); err != nil {
		t.Fatal(err)
	}
	if err := cfg.check(); err != nil || len(list) < 300 {
		t.Errorf("%d starter sources: %v", len(list), err)
	}
}

func TestPasswordsAreNeverPrinted(t *testing.T) {
	for _, s := range []Secret{"clickhouse://me:hunter2@db:9000/v", "https://db/v?username=me&password=hunter2", "clickhouse://me:hunter2@db:bad port"} {
		b, err := s.MarshalText()
		if err != nil || strings.Contains(string(b), "hunter2") || strings.Contains(s.String(), "hunter2") {
			t.Errorf("%q (%v) shows the password", b, err)
		}
	}
}

func TestUnitsReadWhatTheyWrite(t *testing.T) {
	for in, out := range map[string]string{"30d": "30d", "48h": "2d", "90s": "1m30s", "1h": "1h", "1h30m": "1h30m", "0s": "0s"} {
		var d Duration
		if err := d.UnmarshalText([]byte(in)); err != nil {
			t.Fatal(err)
		}
		if b, _ := d.MarshalText(); string(b) != out {
			t.Errorf("%s is written %s, want %s", in, b, out)
		}
	}
	for in, out := range map[string]string{"64MiB": "64MiB", "4096": "4KiB", "1.5GiB": "1536MiB", "1000": "1000"} {
		var z Size
		if err := z.UnmarshalText([]byte(in)); err != nil {
			t.Fatal(err)
		}
		if b, _ := z.MarshalText(); string(b) != out {
			t.Errorf("%s is written %s, want %s", in, b, out)
		}
	}
	for _, bad := range []string{"", "soon", "-1h"} {
		var d Duration
		if d.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("%q is taken as a duration of %v", bad, time.Duration(d))
		}
	}
	for _, bad := range []string{"", "big", "-1MiB", "0"} {
		var z Size
		if z.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("%q is taken as a size of %d", bad, z)
		}
	}
}

func TestSecretsAreRelativeToTheirFileAndNeverPrinted(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "lists"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"v.yaml": `source_files: [lists/more.yaml]
operator: {token: hunter2-hunter2-hunter2}
sources: [{key: a, url: "https://a.example/feed", class: civic, publisher: a.example, token_file: a.token}]
`,
		"lists/more.yaml": `sources: [{key: b, url: "https://b.example/feed", class: civic, publisher: b.example, token_file: b.token}, {key: c, url: "https://c.example/feed", class: civic, publisher: c.example, token_file: /etc/c.token}]`,
		"a.token":         "hunter2-of-a", "lists/b.token": "hunter2-of-b",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := loadConfig(filepath.Join(dir, "v.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{filepath.Join(dir, "a.token"), filepath.Join(dir, "lists", "b.token"), "/etc/c.token"} {
		if cfg.Sources[i].TokenFile != want {
			t.Errorf("source %s has its token in %s, want %s", cfg.Sources[i].Key, cfg.Sources[i].TokenFile, want)
		}
	}
	if token, err := cfg.Sources[1].Token(); err != nil || string(token) != "hunter2-of-b" {
		t.Errorf("the token of b: %v, %v", token, err)
	}
	if cfg.origin("a") != filepath.Join(dir, "v.yaml") || cfg.origin("b") != filepath.Join(dir, "lists", "more.yaml") {
		t.Errorf("a stands in %s, b in %s", cfg.origin("a"), cfg.origin("b"))
	}
	var out bytes.Buffer
	if err := runConfig(t.Context(), console{out: &out, err: &out}, []string{"-config", filepath.Join(dir, "v.yaml")}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "hunter2") || !strings.Contains(out.String(), "(hidden)") {
		t.Errorf("config prints\n%s", out.String())
	}
	if _, err := loadConfig(filepath.Join(dir, "v.yaml"), []string{"VANTAGE_OPERATOR_TOKEN=short"}); err == nil || strings.Contains(err.Error(), "short;") || !strings.Contains(err.Error(), "16") {
		t.Errorf("a short token: %v", err)
	}
}

func TestPathsAreSeenFromTheFolderOfTheConfiguration(t *testing.T) {
	cfg := Config{dir: "/etc/vantage"}
	for name, want := range map[string]string{"": "", "lib/libchdb.so": "/etc/vantage/lib/libchdb.so", "/opt/libchdb.so": "/opt/libchdb.so"} {
		if got := cfg.path(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "conf"), 0o700); err != nil {
		t.Fatal(err)
	}
	writeFile(t, dir, "conf/v.yaml", "source_files: []\nlisten: 127.0.0.1:0\nclickhouse: {library: lib/none.so}\n")
	_, stderr, err := invokeWith(t, dir, nil, nil, "run", "-config", "conf/v.yaml")
	if want := filepath.Join("conf", "lib", "none.so"); err == nil || !strings.Contains(stderr, want) {
		t.Errorf("%v, without %s:\n%s", err, want, stderr)
	}
}
