package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"vantage/collectors"
	"vantage/collectors/fetch"
	"vantage/pipeline/council"
)

const discoverHelp = `Finds what can be listened to at an address: the feeds that its page announces
or links to, those in the usual places, and hashtags, repositories and searches
whose address it is. Each feed is read before it is named. At most 12 addresses
are asked for, robots.txt is obeyed, and hosts get their pauses, so it can take
half a minute. The best comes first; the field line goes into vantage.yaml as it
is. The exit status is 1 where nothing is found.

  vantage discover www.example.gov.uk
  vantage discover -text https://mastodon.example/tags/localgov
`

func runDiscover(ctx context.Context, c console, args []string) error {
	fs := flagSet(c, "discover [flags] URL", discoverHelp)
	text := fs.Bool("text", false, "print a table for people instead of JSON lines")
	path := fs.String("config", "", "configuration file, for the contact in the User-Agent (default: vantage.yaml, if it is there)")
	loopback := fs.Bool("allow-loopback", false, "let addresses on this machine be read")
	words, err := parseWords(fs, args)
	if err != nil {
		return err
	}
	if len(words) != 1 {
		return errors.New("discover: name one address, such as www.example.gov.uk")
	}
	cfg, err := loadConfig(*path, c.environ)
	if err != nil {
		return err
	}
	own := fetch.Config{Version: programVersion(), Contact: cfg.Site.Contact, AllowLoopback: *loopback, Gap: time.Duration(cfg.Collect.HostGap)}
	client := fetch.New(own)
	defer client.Close()
	found, err := discoverer(client, council.Load(), time.Now).Find(ctx, words[0])
	if err != nil {
		return fmt.Errorf("discover: %w", err)
	}
	if *text {
		return printCandidates(c.out, found)
	}
	enc := json.NewEncoder(c.out)
	enc.SetEscapeHTML(false)
	for i := range found {
		if err := enc.Encode(&found[i]); err != nil {
			return err
		}
	}
	return nil
}

// discoverer finds feeds and knows the councils by their domains.
func discoverer(client *fetch.Client, register *council.Register, now func() time.Time) collectors.Discoverer {
	owners := map[string]council.Council{}
	for _, one := range register.All() {
		if one.Domain != "" && one.Status == council.Current {
			owners[strings.TrimPrefix(strings.ToLower(one.Domain), "www.")] = one
		}
	}
	return collectors.Discoverer{Client: client, Now: now, Council: func(domain string) (id, name string) {
		for rest := domain; strings.Contains(rest, "."); _, rest, _ = strings.Cut(rest, ".") {
			if one, ok := owners[rest]; ok {
				return one.ID, one.Name
			}
		}
		return "", ""
	}}
}

// printCandidates writes a table, then the lines to paste.
func printCandidates(out io.Writer, found []collectors.Candidate) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\tkind\tposts\ta week\tnewest\ttitle\taddress")
	for i, f := range found {
		newest, week := "-", "-"
		if !f.Newest.IsZero() {
			newest = f.Newest.Format(time.DateOnly)
		}
		if f.PerWeek > 0 {
			week = fmt.Sprintf("%.1f", f.PerWeek)
		}
		title := f.Title
		if f.Comments {
			title += " (comments of readers)"
		}
		fmt.Fprintf(table, "%d\t%s\t%d\t%s\t%s\t%s\t%s\n", i+1, f.Kind, f.Items, week, newest, title, f.URL)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprint(out, "\nFor the list of sources in vantage.yaml:\n\nsources:\n")
	for _, f := range found {
		comment := ""
		if f.Notice != "" {
			comment = "  # " + f.Notice
		}
		if _, err := fmt.Fprintf(out, "  %s%s\n", f.Line, comment); err != nil {
			return err
		}
	}
	return nil
}
