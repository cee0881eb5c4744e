package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"

	"vantage/collectors"
	"vantage/pipeline/council"
)

// check reports the first key that cannot be used, its value and what to try.
func (c *Config) check() error {
	checks := []func() error{c.checkServing, c.checkLog, c.checkCollect, c.checkServers, c.checkFamilies}
	for _, f := range checks {
		if err := f(); err != nil {
			return fmt.Errorf("configuration: %w", err)
		}
	}
	if err := collectors.CheckSources(c.Sources); err != nil {
		return err
	}
	if err := checkCouncilCodes(c.Sources); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	return nil
}

func (c *Config) checkServing() error {
	if _, port, err := net.SplitHostPort(c.Listen); err != nil || port == "" {
		return fmt.Errorf("listen: %q is not host:port; try 127.0.0.1:8080", c.Listen)
	}
	if c.Data == "" {
		return fmt.Errorf("data: empty; name a folder, such as vantage-data")
	}
	if c.Retag != retagAuto && c.Retag != retagManual {
		return fmt.Errorf("retag: %q is neither auto nor manual", c.Retag)
	}
	if c.Site.URL == "" {
		return nil
	}
	u, err := url.Parse(c.Site.URL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return fmt.Errorf("site.url: %q is not a web address; try https://vantage.example.org", c.Site.URL)
	}
	return nil
}

func (c *Config) checkLog() error {
	var l slog.Level
	if err := l.UnmarshalText([]byte(c.Log.Level)); err != nil {
		return fmt.Errorf("log.level: %q is not one of debug, info, warn, error", c.Log.Level)
	}
	if c.Log.Format != "text" && c.Log.Format != "json" {
		return fmt.Errorf("log.format: %q is neither text nor json", c.Log.Format)
	}
	return nil
}

func (c *Config) checkCollect() error {
	if c.Collect.Concurrency < 1 || c.Collect.Concurrency > 1000 {
		return fmt.Errorf("collect.concurrency: %d is not between 1 and 1000; 16 suits a small machine", c.Collect.Concurrency)
	}
	if c.Collect.Interval < 0 {
		return fmt.Errorf("collect.interval: it is less than nothing; try 1h, or 0s to read each source at its own pace")
	}
	if c.Retention.PersonText <= 0 || c.Retention.Stream <= 0 {
		return fmt.Errorf("retention: person_text and stream must be longer than nothing; try 30d for both")
	}
	if c.Retention.Stream > c.Retention.PersonText {
		return fmt.Errorf("retention.stream: %s is longer than retention.person_text, %s, and its messages carry the words of persons; make it %[2]s or less",
			c.Retention.Stream, c.Retention.PersonText)
	}
	return nil
}

func (c *Config) checkServers() error {
	if c.NATS.Replicas < 1 || c.NATS.Replicas > 5 {
		return fmt.Errorf("nats.replicas: %d is not between 1 and 5; 3 suits a cluster", c.NATS.Replicas)
	}
	if s := string(c.NATS.URL); s != "" && !haveScheme(strings.Split(s, ","), natsSchemes...) {
		return fmt.Errorf("nats.url: %s; try nats://host:4222", c.NATS.URL)
	}
	if s := string(c.ClickHouse.DSN); s != "" && !haveScheme([]string{s}, "clickhouse", "http", "https") {
		return fmt.Errorf("clickhouse.dsn: %s; try clickhouse://user:password@host:9000/vantage", c.ClickHouse.DSN)
	}
	if n := len(c.Operator.Token); n > 0 && n < minToken {
		return fmt.Errorf("operator.token: it has %d characters and needs at least %d; leave it out to have one made", n, minToken)
	}
	if c.ClickHouse.Memory < 256<<20 {
		return fmt.Errorf("clickhouse.memory: %d bytes is too little for the engine; try 2GiB", c.ClickHouse.Memory)
	}
	return nil
}

var natsSchemes = []string{"nats", "tls", "ws", "wss"}

func haveScheme(addresses []string, schemes ...string) bool {
	for _, s := range addresses {
		u, err := url.Parse(strings.TrimSpace(s))
		if err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme) {
			return false
		}
	}
	return true
}

// checkCouncilCodes reports a source whose council is in no register: its posts
// would stand in no cell.
func checkCouncilCodes(sources []collectors.Source) error {
	for _, s := range sources {
		if _, ok := council.Load().Council(s.Council); s.Council != "" && !ok {
			return fmt.Errorf("source %s: council %q is not a code of the register; `vantage councils list` prints them", s.Key, s.Council)
		}
	}
	return nil
}
