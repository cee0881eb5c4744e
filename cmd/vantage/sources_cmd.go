package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"vantage/collectors"
	"vantage/dashboards"
)

const sourcesHelp = `Lists the sources, adds one, pauses, resumes, visits or removes one, or writes
the feeds among them as OPML. It works in the Vantage that runs on the data
folder, or in the folder itself when none runs; all take effect at once. What
the configuration file says of a source wins over what is added here.

  vantage sources list
  vantage sources add https://www.example.gov.uk/news/rss -class council
  vantage sources pause KEY
  vantage sources export > feeds.opml
`

func runSources(ctx context.Context, c console, args []string) error {
	fs := flagSet(c, "sources list|add|pause|resume|visit|remove|export [URL|KEY] [flags]", sourcesHelp)
	path := fs.String("config", "", "configuration file (default: vantage.yaml, if it is there)")
	data := fs.String("data", "", "data folder (default: that of the configuration)")
	o := url.Values{}
	for _, f := range [][2]string{{"key", "made from the address"}, {"name", "that of the feed"}, {"kind", "feed"}, {"publisher", "host of the address"},
		{"class", "known from the domain, or unknown"}, {"council", "none"}} {
		fs.Func(f[0], "with add: its "+f[0]+" (default: "+f[1]+")", func(v string) error { o.Set(f[0], v); return nil })
	}
	words, err := parseWords(fs, args)
	if err != nil {
		return err
	}
	if len(words) == 0 {
		return errors.New("sources: say list, add URL, pause KEY, resume KEY, visit KEY, remove KEY or export; see vantage sources -h")
	}
	alone := words[0] == "list" || words[0] == "export"
	if alone != (len(words) == 1) || len(words) > 2 {
		return fmt.Errorf("sources: %s needs one address or key; see vantage sources -h", words[0])
	}
	o.Set("do", words[0])
	o.Set("what", words[len(words)-1])
	return operateTo(ctx, c, c.out, *path, *data, "sources", strings.NewReader(""), o)
}

func (h *house) sourcesOperation(ctx context.Context, _ io.Reader, o url.Values, report func(string)) error {
	switch o.Get("do") {
	case "list":
		return h.listSources(report)
	case "export":
		var b bytes.Buffer
		if err := collectors.WriteOPML(&b, h.cfg.Site.Name, h.desk.sources(), h.now()); err != nil {
			return err
		}
		report(strings.TrimSuffix(b.String(), "\n"))
		return nil
	case "add":
		key, err := h.desk.Add(ctx, dashboards.NewSource{Key: o.Get("key"), Kind: o.Get("kind"), URL: o.Get("what"), Name: o.Get("name"),
			Publisher: o.Get("publisher"), Class: o.Get("class"), Council: o.Get("council")})
		if err == nil {
			report("listening to " + key)
		}
		return err
	}
	return h.desk.Change(ctx, o.Get("what"), o.Get("do"))
}

func (h *house) listSources(report func(string)) error {
	status := map[string]collectors.Status{}
	if h.poller != nil {
		for _, s := range h.poller.Statuses() {
			status[s.Source] = s
		}
	}
	for _, s := range h.desk.sources() {
		st := status[s.Key]
		switch {
		case s.Paused:
			st.State = collectors.StatePaused
		case h.poller == nil:
			st.State = "not running"
		}
		next := "-"
		if !st.NextVisit.IsZero() {
			next = st.NextVisit.UTC().Format(time.RFC3339)
		}
		report(strings.TrimRight(fmt.Sprintf("%-40s %-11s next %-20s %s  %s%s", s.Key, st.State, next, s.URL, st.Error, st.Notice), " "))
	}
	return nil
}
