package main

import (
	"time"

	"vantage/collectors/item"
	"vantage/pipeline/radar"
)

// counter gathers the radar's food from posts in memory.
type counter struct {
	asOf   time.Time
	feeds  map[string]*radar.Feed
	counts map[[2]string]*termFeed // term, feed
	terms  map[string]*termFacts
	first  map[string]time.Time // publisher -> Monday of its oldest post
}

type termFeed struct {
	items   [radar.Units]uint64
	sources [radar.Units]map[string]bool
}

type termFacts struct {
	items28, items7 uint64
	publishers      map[string]bool
}

// know notes feeds and publishers, however old the post is. Like everything
// here it looks past near-duplicates.
func (n *counter) know(p ranked) {
	if p.copyOf != "" {
		return
	}
	week := item.Week(p.published)
	if f, ok := n.first[p.publisher]; !ok || week.Before(f) {
		n.first[p.publisher] = week
	}
	f, ok := n.feeds[p.source]
	if !ok {
		f = &radar.Feed{Key: p.source, Class: p.class, First: week}
		n.feeds[p.source] = f
	}
	if week.Before(f.First) {
		f.First = week
	}
}

// count adds a post inside the windows; a near-duplicate counts nowhere.
func (n *counter) count(p ranked) {
	unit := int(n.asOf.Sub(item.Week(p.published))/(7*24*time.Hour)) - 1
	if p.copyOf != "" || unit < 0 || unit >= radar.Units {
		return
	}
	n.feeds[p.source].Items[unit]++
	for _, term := range p.terms {
		n.countTerm(term, unit, p)
	}
}

func (n *counter) countTerm(term string, unit int, p ranked) {
	key := [2]string{term, p.source}
	c := n.counts[key]
	if c == nil {
		c = &termFeed{}
		n.counts[key] = c
	}
	c.items[unit]++
	if c.sources[unit] == nil {
		c.sources[unit] = map[string]bool{}
	}
	c.sources[unit][p.publisher] = true
	t := n.terms[term]
	if t == nil {
		t = &termFacts{publishers: map[string]bool{}}
		n.terms[term] = t
	}
	if unit < radar.EvidenceWeeks {
		t.items28++
		t.publishers[p.publisher] = true
	}
	if unit == 0 {
		t.items7++
	}
}

func (n *counter) input() radar.Input {
	in := radar.Input{AsOf: n.asOf}
	for _, k := range sortedKeys(n.feeds) {
		in.Feeds = append(in.Feeds, *n.feeds[k])
	}
	for key, c := range n.counts {
		out := radar.Count{Term: key[0], Feed: key[1], Items: c.items}
		for u, s := range c.sources {
			out.Sources[u] = uint64(len(s))
		}
		in.Counts = append(in.Counts, out)
	}
	knownBy := n.asOf.AddDate(0, 0, -7*radar.EvidenceWeeks)
	for _, id := range sortedKeys(n.terms) {
		t := n.terms[id]
		out := radar.Term{ID: id, Items28: t.items28, Items7: t.items7, Sources: uint64(len(t.publishers))}
		for p := range t.publishers {
			if n.first[p].Before(knownBy) {
				out.Known++
			}
		}
		in.Terms = append(in.Terms, out)
	}
	return in
}
