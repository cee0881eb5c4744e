package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"vantage/collectors"
	"vantage/collectors/fetch"
	"vantage/collectors/item"
)

const parseHelp = `Reads one feed (RSS, Atom, JSON Feed) from a file, an address or standard input,
and prints JSON lines: first the feed, then each item in the wire form of
` + "`vantage schema`" + `. The exit status is 1 where nothing can be parsed.

  vantage parse https://www.example.gov.uk/news/rss
  vantage parse feed.xml | tail -n +2 | vantage tag --explain
`

func runParse(ctx context.Context, c console, args []string) error {
	fs := flagSet(c, "parse [flags] FILE|URL|-", parseHelp)
	key := fs.String("source", "", "key of the source (default: made from the address)")
	publisher := fs.String("publisher", "", "domain of the organisation (default: host of the address)")
	class := fs.String("class", "unknown", "publisher class: council, central, civic, press, vendor, person, unknown")
	councilID := fs.String("council", "", "register id, when this is a council's own channel")
	loopback := fs.Bool("allow-loopback", false, "let addresses on this machine be read")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() != 1 {
		return errors.New("parse: name one file or address, or - for standard input")
	}
	name := fs.Arg(0)
	body, media, address, err := readFeed(ctx, c, name, *loopback)
	if err != nil {
		return err
	}
	src := collectors.Source{Key: *key, URL: address, Publisher: *publisher, Class: item.Class(*class), Council: *councilID}.Complete()
	if err := collectors.CheckSources([]collectors.Source{src}); err != nil {
		return fmt.Errorf("parse: %w", err)
	}
	if name == "-" {
		name = "standard input"
	}
	info, items, err := collectors.Parse(name, body, media, src, time.Now())
	if err != nil {
		return err
	}
	enc := json.NewEncoder(c.out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(map[string]collectors.FeedInfo{"feed": info}); err != nil {
		return err
	}
	for i := range items {
		if err := enc.Encode(&items[i]); err != nil {
			return err
		}
	}
	return nil
}

// maxFile bounds a feed from a file, like one from the web.
const maxFile = fetch.DefaultBody

// readFeed returns a body, its media type where there is one, and the address
// that links in it start from.
func readFeed(ctx context.Context, c console, name string, allowLoopback bool) (body []byte, media, address string, err error) {
	if strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://") {
		client := fetch.New(fetch.Config{Version: programVersion(), AllowLoopback: allowLoopback})
		defer client.Close()
		res, err := client.Get(ctx, fetch.Request{URL: name})
		if err != nil {
			return nil, "", "", err
		}
		return res.Body, res.Header.Get("Content-Type"), res.URL, nil
	}
	in := io.NopCloser(c.in)
	address = "https://stdin.invalid/"
	if name != "-" {
		if in, err = os.Open(name); err != nil {
			return nil, "", "", fmt.Errorf("parse: %w", err)
		}
		address = "https://file.invalid/"
	}
	defer in.Close()
	body, err = io.ReadAll(io.LimitReader(in, maxFile+1))
	if err == nil && len(body) > maxFile {
		err = fmt.Errorf("it has more than %d MiB, which no feed needs", maxFile>>20)
	}
	if err != nil {
		return nil, "", "", fmt.Errorf("parse: %s: %w", name, err)
	}
	return body, "", address, nil
}
