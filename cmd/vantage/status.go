package main

import (
	"context"
	"encoding/json"
	"io"
	"net/url"
	"strings"

	"vantage/collectors"
)

const statusHelp = `Asks the Vantage that runs on the data folder how far it is, and prints it as
JSON: sources by state, posts that wait in the stream, weeks that wait to be
counted, what is stored, and the vocabulary in use.
`

// status is how far an instance is.
type status struct {
	PID     int            `json:"pid"`
	URL     string         `json:"url"`
	Sources map[string]int `json:"sources"` // by state
	Waiting uint64         `json:"posts_waiting"`
	Weeks   int            `json:"weeks_waiting"`
	Items   uint64         `json:"items"`
	Stalled string         `json:"stalled,omitempty"` // why nothing can be stored
	Engine  int            `json:"engine_restarts"`
	Rules   rulesState     `json:"vocabulary"`
}

func runStatus(ctx context.Context, c console, args []string) error {
	fs := flagSet(c, "status [flags]", statusHelp)
	running := runningFlags(fs)
	if err := noWords(fs, args); err != nil {
		return err
	}
	r, err := running(c)
	if err != nil {
		return err
	}
	return r.call(ctx, "status", strings.NewReader(""), nil, c.out)
}

// status answers with one line of JSON.
func (h *house) status(poller *collectors.Poller, own runFile) operation {
	return func(ctx context.Context, _ io.Reader, _ url.Values, report func(string)) error {
		st, err := h.stream.State(ctx)
		if err != nil {
			return err
		}
		weeks, err := h.store.Pending(ctx)
		if err != nil {
			return err
		}
		totals, err := h.store.Totals(ctx)
		if err != nil {
			return err
		}
		s := status{
			PID: own.PID, URL: own.URL, Sources: map[string]int{}, Waiting: st.Pending + uint64(st.Unacked),
			Weeks: weeks, Items: totals.Items,
		}
		for _, src := range poller.Statuses() {
			s.Sources[src.State]++
		}
		if _, err := h.pipeline.Stalled(); err != nil {
			s.Stalled = err.Error()
		}
		if h.engine != nil {
			s.Engine = h.engine.Restarts()
		}
		if s.Rules, err = h.rules.state(ctx); err != nil {
			return err
		}
		b, err := json.Marshal(s)
		report(string(b))
		return err
	}
}
