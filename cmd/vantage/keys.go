package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"vantage/collectors"
)

const keyHelp = `Adds a key to those that hide persons, and drops the keys that were replaced
longer ago than the text of persons' posts is kept (retention.person_text).
Posts from then on are stored under the new key; edits, deletes and closed
accounts still find what is stored under a key that is kept. Once a key is
dropped, nobody can tell any more whose posts were stored under it.

Over a period that spans a rotation, a person who posted before and after it
counts as two. Once a year is a good measure. Every Vantage that uses the same
file takes the new key up within a minute; copies of the file on other machines
must be replaced by hand, within two minutes.

  vantage key rotate
`

func runKey(_ context.Context, c console, args []string) error {
	flags := flagSet(c, "key rotate [flags]", keyHelp)
	load := dataFlags(flags)
	words, err := parseWords(flags, args)
	if err != nil {
		return err
	}
	if len(words) != 1 || words[0] != "rotate" {
		return errors.New("key: say `vantage key rotate`")
	}
	cfg, err := load(c)
	if err != nil {
		return err
	}
	keys, err := readKeys(cfg.keyFile())
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; the first start of `vantage run` makes the file, or name the folder where it lies with -data", err)
	}
	if err != nil {
		return err
	}
	next, dropped := keys.Rotate(time.Now(), time.Duration(cfg.Retention.PersonText))
	if err := writeKeys(cfg.keyFile(), next); err != nil {
		return err
	}
	newest := next.Live[len(next.Live)-1]
	fmt.Fprintf(c.out, "key %s counts from %s; kept are %d keys, dropped %d\n", newest.ID, newest.From.Format(time.RFC3339), len(next.Live), len(dropped))
	return nil
}

// keyFile is where the keys lie that hide persons.
func (c *Config) keyFile() string {
	if c.Collect.KeyFile != "" {
		return c.path(c.Collect.KeyFile)
	}
	return filepath.Join(c.Data, "pseudonym.keys")
}

func readKeys(name string) (collectors.Keys, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return collectors.Keys{}, fmt.Errorf("keys for pseudonyms: %w", err)
	}
	keys, err := collectors.ParseKeys(b)
	if err != nil {
		return collectors.Keys{}, fmt.Errorf("keys for pseudonyms: %s: %w", name, err)
	}
	return keys, nil
}

// openKeys reads the keys, or makes them the first time.
func openKeys(name string) (collectors.Keys, error) {
	keys, err := readKeys(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	keys = collectors.NewKeys()
	return keys, writeKeys(name, keys)
}

// writeKeys replaces the file in one step.
func writeKeys(name string, keys collectors.Keys) error {
	tmp := name + ".new"
	if err := os.WriteFile(tmp, keys.Encode(), 0o600); err != nil {
		return fmt.Errorf("keys for pseudonyms: %w", err)
	}
	return os.Rename(tmp, name)
}

// keysAge is how long a rotated key may go unnoticed; collectors.Keys.Rotate
// leaves two minutes.
const keysAge = 30 * time.Second

// followKeys takes up keys that were rotated in the file.
func (d *desk) followKeys(ctx context.Context) error {
	for newest := d.policy.Keys().Live; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(keysAge):
		}
		keys, err := readKeys(d.cfg.keyFile())
		if err != nil {
			d.log.Error("the keys that hide persons cannot be read again; those in use stay", slog.Any("err", err))
			continue
		}
		if len(keys.Live) != len(newest) || keys.Live[len(keys.Live)-1].ID != newest[len(newest)-1].ID {
			d.policy.SetKeys(keys)
			newest = keys.Live
		}
	}
}
