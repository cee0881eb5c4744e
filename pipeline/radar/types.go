// Package radar says what is emerging: pure functions over counts.
package radar

import "time"

// Weeks of the two windows. Evidence is the newest; both hold whole ISO weeks.
const (
	EvidenceWeeks = 4
	BaselineWeeks = 12
	Units         = EvidenceWeeks + BaselineWeeks
)

// Input is all that the radar needs to rank the terms of one kind at one date.
// A unit is one ISO week: unit 0 is the last whole week before AsOf.
type Input struct {
	AsOf   time.Time // a Monday, midnight UTC, of the running (unfinished) week
	Feeds  []Feed
	Counts []Count
	Terms  []Term
}

// Feed is one channel's volume in the windows, near-duplicates counted once.
type Feed struct {
	Key   string
	Class string    // publisher class; slow but known feeds are pooled by it
	First time.Time // Monday of its oldest stored item
	Items [Units]uint64
}

// Count is what one feed gave of one term, near-duplicates counted once. A
// feed that Input.Feeds does not name is taken for a new one.
type Count struct {
	Term    string
	Feed    string
	Items   [Units]uint64
	Sources [Units]uint64 // distinct publishers
}

// Term carries the facts that decide eligibility.
type Term struct {
	ID      string
	Items28 uint64 // in the four evidence weeks, near-duplicates counted once
	Items7  uint64 // in unit 0
	Sources uint64 // distinct publishers in the evidence weeks
	Known   uint64 // of these, publishers first seen over 28 days before AsOf
}

// Window is the stretch of time that a score was computed from. All three are
// Mondays; the evidence ends before AsOf.
type Window struct {
	AsOf         time.Time `json:"as_of"`
	EvidenceFrom time.Time `json:"evidence_from"`
	BaselineFrom time.Time `json:"baseline_from"`
	Weeks        int       `json:"baseline_weeks_heard"` // baseline weeks in which any warm feed had an item, at most BaselineWeeks
}

// Label names a class of lift.
type Label string

// The labels, by lift.
const (
	None     Label = ""
	Watch    Label = "watch"
	Emerging Label = "emerging"
	Strong   Label = "strong"
)

// Score is the radar's word on one term.
type Score struct {
	Term     string  `json:"term"`
	Eligible bool    `json:"eligible"`
	Reason   string  `json:"reason,omitempty"` // why not eligible, in plain words; empty when eligible
	Lift     float64 `json:"lift"`
	Low      float64 `json:"low"` // 80 % interval of Lift
	High     float64 `json:"high"`
	Label    Label   `json:"label,omitempty"`

	Observed        float64 `json:"observed"` // weighted mentions in the evidence weeks
	Expected        float64 `json:"expected"` // the same feeds at their own usual rate
	ObservedSources float64 `json:"observed_sources"`
	ExpectedSources float64 `json:"expected_sources"`
	BySources       bool    `json:"by_sources"` // true where distinct sources gave the smaller lift

	Items   uint64 `json:"items"`
	Sources uint64 `json:"sources"`
	Known   uint64 `json:"sources_known"`
	New     uint64 `json:"items_from_new_sources"` // items of the evidence weeks from feeds too new to compare
}

// Ranking is the answer for one kind of term at one date.
type Ranking struct {
	Window Window  `json:"window"`
	Rules  string  `json:"rules"`            // version of the formula and its constants
	Feeds  int     `json:"feeds"`            // warm feeds
	Cold   int     `json:"feeds_too_new"`    // feeds left out because they are new
	Items  uint64  `json:"items"`            // items of warm feeds in both windows
	Enough bool    `json:"enough"`           // false: "not enough items yet"
	Scores []Score `json:"scores,omitempty"` // eligible ones first, then by lift, then by term
}
