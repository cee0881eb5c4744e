package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
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
  vantage sources add '#localgov' '#ukgovcamp' -on bluesky
  vantage sources add '#localgov' -on mastodon.social
  vantage sources add digital planning -on govuk
  vantage sources pause KEY
  vantage sources visit KEY     (without a key: all of them)
  vantage sources export > feeds.opml
`

func runSources(ctx context.Context, c console, args []string) error {
	fs := flagSet(c, "sources list|add|pause|resume|visit|remove|export [URL|KEY] [flags]", sourcesHelp)
	load := dataFlags(fs)
	o := url.Values{}
	for _, f := range [][2]string{{"key", "made from the address"}, {"name", "that of the feed"}, {"kind", "feed"}, {"publisher", "host of the address"},
		{"class", "known from the domain, or unknown"}, {"council", "none"}} {
		fs.Func(f[0], "with add: its "+f[0]+" (default: "+f[1]+")", func(v string) error { o.Set(f[0], v); return nil })
	}
	fs.Func("on", "with add: where hashtags or words are listened to: bluesky, govuk, hackernews, github, or the address of a Mastodon server", func(v string) error { o.Set("on", v); return nil })
	words, err := parseWords(fs, args)
	if err != nil {
		return err
	}
	if err := checkSourcesWords(words); err != nil {
		return err
	}
	o.Set("do", words[0])
	o.Set("what", strings.Join(words[1:], " "))
	return operateTo(ctx, c, c.out, load, "sources", strings.NewReader(""), o)
}

// checkSourcesWords reports a command with too few words or too many.
func checkSourcesWords(words []string) error {
	switch {
	case len(words) == 0:
		return errors.New("sources: say list, add URL, pause KEY, resume KEY, visit [KEY], remove KEY or export; see vantage sources -h")
	case !slices.Contains([]string{"list", "add", "pause", "resume", "visit", "remove", "export"}, words[0]):
		return fmt.Errorf("sources: %q is not list, add, pause, resume, visit, remove or export; see vantage sources -h", words[0])
	case words[0] == "list" || words[0] == "export":
		if len(words) > 1 {
			return fmt.Errorf("sources: %s takes nothing more, not %q; see vantage sources -h", words[0], words[1])
		}
	case words[0] == "add" && len(words) == 1:
		return errors.New("sources: add needs an address, or hashtags in quotation marks: vantage sources add '#localgov' -on mastodon.social")
	case words[0] == "visit" && len(words) > 2:
		return fmt.Errorf("sources: visit takes one key, or none for all sources, not %q; see vantage sources -h", strings.Join(words[1:], " "))
	case words[0] == "visit":
	case words[0] != "add" && len(words) != 2:
		return fmt.Errorf("sources: %s needs one key; see vantage sources -h", words[0])
	}
	return nil
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
		key, err := h.desk.Add(ctx, whatIsAdded(o))
		if err == nil {
			report("listening to " + key)
		}
		return err
	}
	err := h.desk.Change(ctx, o.Get("what"), o.Get("do"))
	if err == nil && o.Get("do") == dashboards.VisitSource && h.poller == nil && h.cfg.NATS.URL == "" {
		return fmt.Errorf("sources: no vantage runs on the data folder %s that could visit %s; start one with `vantage run`", h.cfg.Data, cmp.Or(o.Get("what"), "the sources"))
	}
	return err
}

// listSources writes a table: a line for each source.
func (h *house) listSources(report func(string)) error {
	var statuses []collectors.Status
	if h.poller != nil {
		statuses = h.poller.Statuses()
	}
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "KEY\tSTATE\tNEXT VISIT\tA WEEK\tWORKED\tADDRESS\tPACE AND PROBLEMS")
	for _, v := range h.desk.views(statuses) {
		if v.State == "" {
			v.State = "not running"
		}
		fmt.Fprintln(table, sourceRow(v))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(b.String()) {
		report(strings.TrimRight(line, " \n"))
	}
	return nil
}

func sourceRow(v dashboards.SourceView) string {
	next, worked := "-", "-"
	switch {
	case v.State == collectors.StatePaused:
		v.Pace = ""
	case v.Following:
		next = "listening now"
	case !v.NextVisit.IsZero():
		next = v.NextVisit.UTC().Format(time.RFC3339)
	}
	if !v.Since.IsZero() {
		worked = fmt.Sprintf("%.0f%%", math.Floor(100*v.Coverage))
	}
	words := strings.Join(slices.DeleteFunc([]string{v.Pace, v.Error}, func(s string) bool { return s == "" }), "; ")
	return fmt.Sprintf("%s\t%s\t%s\t%.1f\t%s\t%s\t%s", v.Key, v.State, next, v.Rate, worked, v.URL, words)
}
