package main

import (
	"bufio"
	"cmp"
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

const parseHelp = `Reads feeds (RSS 0.9 to 2.0 and 1.1, Atom 0.3 and 1.0, CDF, JSON Feed) from files,
addresses or standard input, and prints JSON lines: first the feed, then each
item in the wire form of ` + "`vantage schema`" + `. What is broken is read as far as it
goes: the line of the feed then says "truncated", "skipped" or "dropped".

  vantage parse https://www.example.gov.uk/news/rss
  vantage parse feed.xml | tail -n +2 | vantage tag --explain
  vantage parse --base https://www.example.gov.uk/ saved/*.xml

Where nothing can be parsed the exit status is 1, with one line on standard
error that says why; of several feeds the others are still read.
`

// parseFlags are the settings of the source that is read.
type parseFlags struct {
	src      collectors.Source
	class    string
	base     string
	loopback bool
}

func runParse(ctx context.Context, c console, args []string) error {
	var p parseFlags
	fs := flagSet(c, "parse [flags] FILE|URL|- …", parseHelp)
	fs.StringVar(&p.src.Key, "source", "", "key of the source (default: made from the address)")
	fs.StringVar(&p.src.Publisher, "publisher", "", "domain of the organisation (default: host of the address)")
	fs.StringVar(&p.class, "class", "unknown", "publisher class: council, central, civic, press, vendor, person, unknown")
	fs.StringVar(&p.src.Council, "council", "", "register id, when this is a council's own channel")
	fs.StringVar(&p.base, "base", "", "address that a file came from, against which its links are resolved")
	fs.BoolVar(&p.loopback, "allow-loopback", false, "let addresses on this machine be read")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() == 0 {
		return errors.New("parse: name a file or an address, or - for standard input")
	}
	out := bufio.NewWriter(c.out)
	failed := 0
	for _, name := range fs.Args() {
		err := p.one(ctx, c, out, name)
		if flushErr := out.Flush(); flushErr != nil {
			return flushErr
		}
		switch {
		case err == nil:
		case fs.NArg() == 1 || ctx.Err() != nil:
			return err
		default:
			failed++
			fmt.Fprintln(c.err, "vantage:", err)
		}
	}
	if failed > 0 {
		return fmt.Errorf("parse: %d of %d feeds cannot be read", failed, fs.NArg())
	}
	return nil
}

// one prints one feed.
func (p *parseFlags) one(ctx context.Context, c console, out io.Writer, name string) error {
	body, media, address, err := readFeed(ctx, c, name, p.loopback)
	if err != nil {
		return err
	}
	src := p.src
	src.URL, src.Class = cmp.Or(p.base, address), item.Class(p.class)
	src = src.Complete()
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
	enc := json.NewEncoder(out)
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
