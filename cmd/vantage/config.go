package main

import (
	"bytes"
	"cmp"
	"encoding"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"vantage/collectors"
)

// Config is everything that an operator can set. Its YAML keys, joined by
// underscores in capitals behind VANTAGE_, are also environment variables.
type Config struct {
	Listen      string              `yaml:"listen"`
	Data        string              `yaml:"data"`
	Log         LogConfig           `yaml:"log"`
	Site        SiteConfig          `yaml:"site"`
	SourceFiles []string            `yaml:"source_files"`
	Sources     []collectors.Source `yaml:"sources"`
	Collect     CollectConfig       `yaml:"collect"`
	Operator    OperatorConfig      `yaml:"operator"`
	Vocabulary  string              `yaml:"vocabulary"`
	Families    string              `yaml:"families"`
	Retag       string              `yaml:"retag"`
	Retention   RetentionConfig     `yaml:"retention"`
	NATS        NATSConfig          `yaml:"nats"`
	ClickHouse  ClickHouseConfig    `yaml:"clickhouse"`

	// dir is the folder that relative paths in the file start from.
	dir string
	// origins says in which file a source stands, by its key.
	origins map[string]string
	// lists are the entries of source_files that are read from the web.
	lists []string
}

// OperatorConfig opens the operator's page. Without both, the first start
// makes a token in the data folder.
type OperatorConfig struct {
	Token     Token  `yaml:"token"`
	TokenFile string `yaml:"token_file"`
}

// LogConfig says what is logged and how.
type LogConfig struct {
	Level  string `yaml:"level"`
	Format string `yaml:"format"`
}

// SiteConfig is what the pages say of themselves.
type SiteConfig struct {
	Name    string `yaml:"name"`
	URL     string `yaml:"url"`
	Contact string `yaml:"contact"`
}

// CollectConfig is how hosts are visited.
type CollectConfig struct {
	Interval      Duration `yaml:"interval"`
	HostGap       Duration `yaml:"host_gap"`
	Concurrency   int      `yaml:"concurrency"`
	AllowLoopback bool     `yaml:"allow_loopback"`
	KeyFile       string   `yaml:"key_file"`
}

// RetentionConfig is how long text and messages are kept. Messages carry the
// text of persons' posts, so they may not outlive it.
type RetentionConfig struct {
	PersonText Duration `yaml:"person_text"`
	Stream     Duration `yaml:"stream"`
}

// NATSConfig names the stream server; an empty URL means embedded.
type NATSConfig struct {
	URL         Secret `yaml:"url"`
	Credentials string `yaml:"credentials"`
	Replicas    int    `yaml:"replicas"`
	MaxBytes    Size   `yaml:"max_bytes"`
}

// ClickHouseConfig names the database; an empty DSN means embedded.
type ClickHouseConfig struct {
	DSN       Secret `yaml:"dsn"`
	Library   string `yaml:"library"`
	Binary    string `yaml:"binary"`
	Memory    Size   `yaml:"memory"`
	MarkCache Size   `yaml:"mark_cache"`
}

// defaultConfig is what an empty file means; deploy/vantage.example.yaml
// shows the same values, and a test holds the two together.
func defaultConfig() Config {
	const day = Duration(24 * time.Hour)
	return Config{
		Listen:      "127.0.0.1:8080",
		Data:        "vantage-data",
		Log:         LogConfig{Level: "info", Format: "text"},
		Site:        SiteConfig{Name: "Vantage"},
		SourceFiles: []string{starterSources},
		Collect:     CollectConfig{HostGap: Duration(2 * time.Second), Concurrency: 16},
		Retention:   RetentionConfig{PersonText: 30 * day, Stream: 30 * day},
		Retag:       retagManual,
		NATS:        NATSConfig{Replicas: 1, MaxBytes: 4 << 30},
		ClickHouse:  ClickHouseConfig{Memory: 2 << 30, MarkCache: 64 << 20},
	}
}

// When posts are tagged anew after a change of the vocabulary: by itself, or
// when somebody says so.
const (
	retagAuto   = "auto"
	retagManual = "manual"
)

// configFile is read when no -config was given and it lies in the folder.
const configFile = "vantage.yaml"

// loadConfig reads the file (empty path: vantage.yaml if it is there), lets
// the environment win, and checks the whole once.
func loadConfig(path string, environ []string) (Config, error) {
	c := defaultConfig()
	c.dir = "."
	b, name, err := readConfig(path)
	if err != nil {
		return Config{}, err
	}
	if b != nil {
		if err := yaml.UnmarshalWithOptions(b, &c, yaml.Strict()); err != nil && !emptyDocument(b) {
			// Without the lines around: one of them may hold a password or a token.
			return Config{}, fmt.Errorf("configuration %s: %s", name, yaml.FormatError(err, false, false))
		}
		c.dir = filepath.Dir(name)
	}
	if err := overrideByEnvironment(reflect.ValueOf(&c).Elem(), "VANTAGE", lookup(environ)); err != nil {
		return Config{}, err
	}
	if err := c.readSources(cmp.Or(name, "the configuration")); err != nil {
		return Config{}, err
	}
	return c, c.check()
}

// demoConfig is what the sample town runs with: the defaults and the
// environment. The file is not read, because its servers, keys and lists are
// for real posts.
func demoConfig(environ []string) (Config, error) {
	c := defaultConfig()
	c.dir = "."
	if err := overrideByEnvironment(reflect.ValueOf(&c).Elem(), "VANTAGE", lookup(environ)); err != nil {
		return Config{}, err
	}
	c.SourceFiles = nil
	return c, c.check()
}

// path is name as seen from the folder of the configuration file; none stays
// none.
func (c *Config) path(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.dir, name)
}

func readConfig(path string) ([]byte, string, error) {
	given := path != ""
	if !given {
		path = configFile
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !given {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("configuration: %w; give the path of a readable file with -config", err)
	}
	return b, path, nil
}

// emptyDocument is true for a file of comments alone, which is a valid
// configuration: everything by default.
func emptyDocument(b []byte) bool {
	for line := range bytes.Lines(b) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' {
			return false
		}
	}
	return true
}

func lookup(environ []string) map[string]string {
	m := make(map[string]string, len(environ))
	for _, e := range environ {
		if k, v, ok := strings.Cut(e, "="); ok && strings.HasPrefix(k, "VANTAGE_") {
			m[k] = v
		}
	}
	return m
}

// overrideByEnvironment sets every leaf of v whose variable is in env. Lists
// of text are separated by commas; lists of sources have no variable.
func overrideByEnvironment(v reflect.Value, prefix string, env map[string]string) error {
	for i := range v.NumField() {
		tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if tag == "" {
			continue
		}
		name, f := prefix+"_"+strings.ToUpper(tag), v.Field(i)
		if f.Kind() == reflect.Struct {
			if err := overrideByEnvironment(f, name, env); err != nil {
				return err
			}
			continue
		}
		text, ok := env[name]
		if !ok {
			continue
		}
		if err := setField(f, text); err != nil {
			return fmt.Errorf("environment: %s: %w", name, err)
		}
	}
	return nil
}

func setField(f reflect.Value, text string) error {
	if u, ok := f.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch f.Kind() {
	case reflect.String:
		f.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		f.SetBool(b)
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		f.SetInt(int64(n))
	case reflect.Slice:
		if f.Type().Elem().Kind() != reflect.String {
			return errors.New("this key can only be set in the file")
		}
		f.Set(reflect.ValueOf(splitList(text)))
	}
	return nil
}

func splitList(s string) []string {
	var list []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}
