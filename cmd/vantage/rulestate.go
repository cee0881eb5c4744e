package main

import (
	"context"
	"fmt"
	"time"

	"vantage/pipeline"
)

// rulesState is what `vantage status`, `vantage retag -status` and the
// operator's page say of the vocabulary.
type rulesState struct {
	Rules   string    `json:"rules"`             // version in use
	Since   time.Time `json:"since"`             // when it was read
	Problem string    `json:"problem,omitempty"` // why a newer one on disk is not in use
	Found   time.Time `json:"found,omitzero"`    // when the problem was found
	// Older posts were tagged by older rules, and would be read by a retag.
	Older int         `json:"posts_by_older_rules"`
	Retag *retagState `json:"retag,omitempty"` // that runs or ran last; nil: none ever did
}

type retagState struct {
	pipeline.RetagState
	Running bool `json:"running"`
	Rate    int  `json:"posts_a_second,omitempty"`
	Left    int  `json:"seconds_left,omitempty"`
}

// state reads how things stand.
func (b *rulebook) state(ctx context.Context) (rulesState, error) {
	last, err := pipeline.LastRetag(ctx, b.cursors)
	if err != nil {
		return rulesState{}, err
	}
	older, err := b.olderPosts(ctx, last)
	if err != nil {
		return rulesState{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	st := rulesState{Rules: b.h.pipeline.Tagger().Version(), Since: b.since.UTC(), Problem: b.problem, Found: b.found, Older: older}
	switch {
	case b.running != nil:
		p := *b.running
		st.Retag = &retagState{RetagState: p.RetagState, Running: true, Rate: int(p.rate()), Left: int(p.left().Seconds())}
	case last.Rules != "":
		st.Retag = &retagState{RetagState: last}
	}
	return st, nil
}

// lines say it to people.
func (s rulesState) lines() []string {
	list := []string{fmt.Sprintf("rules %s, read on %s", s.Rules, s.Since.Format("2 January 2006 at 15:04 MST"))}
	if s.Problem != "" {
		list = append(list, "a newer vocabulary is not in use: "+s.Problem)
	}
	list = append(list, s.retagLine())
	switch {
	case s.Older == 1:
		list = append(list, "1 post was tagged with older rules; run `vantage retag`")
	case s.Older > 0:
		list = append(list, fmt.Sprintf("%s posts were tagged with older rules; run `vantage retag`", grouped(s.Older)))
	default:
		list = append(list, "no post was tagged with older rules")
	}
	return list
}

func (s rulesState) retagLine() string {
	r := s.Retag
	switch {
	case r == nil:
		return "no retag has run"
	case r.Running && r.Rate > 0:
		return fmt.Sprintf("a retag runs: %s of %s posts, %s a second, about %s left",
			grouped(r.Read), grouped(r.Total), grouped(r.Rate), time.Duration(r.Left)*time.Second)
	case r.Running:
		return "a retag runs: it has just begun"
	case !r.Over() && r.Rules == s.Rules:
		return fmt.Sprintf("a retag was interrupted after %s of %s posts; `vantage retag` goes on there", grouped(r.Read), grouped(r.Total))
	case !r.Over():
		return fmt.Sprintf("a retag by other rules (%s) was interrupted; the next one begins anew", r.Rules)
	}
	return fmt.Sprintf("the last retag ended on %s: %s posts read, %s changed", r.Ended.Format("2 January 2006 at 15:04 MST"), grouped(r.Read), grouped(r.Changed))
}
