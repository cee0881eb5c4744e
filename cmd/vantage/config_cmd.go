package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/goccy/go-yaml"

	"vantage/collectors/item"
)

func runConfig(_ context.Context, c console, args []string) error {
	fs := flagSet(c, "config [flags]", "Checks the configuration and prints what is in force, with file, environment and\ndefaults taken together. Passwords are hidden. Nothing is started.\n")
	path := fs.String("config", "", "configuration file (default: vantage.yaml, if it is there)")
	if err := noWords(fs, args); err != nil {
		return err
	}
	cfg, err := loadConfig(*path, c.environ)
	if err != nil {
		return err
	}
	b, err := yaml.Marshal(cfg)
	if err != nil {
		return fmt.Errorf("config: %w", err)
	}
	_, err = c.out.Write(b)
	return err
}

func runSchema(_ context.Context, c console, _ []string) error {
	_, err := c.out.Write(item.JSONSchema)
	return err
}

// logger writes to w as the configuration says.
func (l LogConfig) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(l.Level)) // checked at load
	opts := &slog.HandlerOptions{Level: level}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

// clock returns the clock of the program: the real one, or one that starts at
// the given moment (RFC 3339, or a date at noon UTC) and runs on from there.
func clock(start string) (func() time.Time, error) {
	if start == "" {
		return time.Now, nil
	}
	t, err := time.Parse(time.RFC3339, start)
	if err != nil {
		if t, err = time.Parse(time.DateOnly, start); err != nil {
			return nil, fmt.Errorf("-now: %q is neither a date (2026-11-21) nor a moment (2026-11-21T09:00:00Z)", start)
		}
		t = t.Add(12 * time.Hour)
	}
	began := time.Now()
	return func() time.Time { return t.Add(time.Since(began)) }, nil
}
