package radar

import (
	"slices"
	"strings"
	"time"
)

// group is what is compared with its own past: one feed, or all slow but known
// feeds of one class, which singly have too few items to own a rate.
type group struct {
	base  float64 // items in the baseline
	scale float64 // weighted evidence items per (base + PriorItems)
}

// channels is the volume side of a ranking.
type channels struct {
	groups map[string]*group // by feed key; absent: cold
	order  []*group          // each once, in the order of feed keys
	prior  float64           // sum of scale over all groups
	base   float64           // baseline items of every feed, cold ones too
	warm   int
	cold   int
	items  uint64 // of warm feeds, both windows
	weeks  int    // baseline weeks heard
}

// sortFeeds groups the feeds. The expectation is a rate per item times the
// items of the evidence weeks, so a baseline shorter than twelve weeks needs no
// scaling by time: it only leaves fewer feeds warm and rates closer to the
// overall one. Window.Weeks tells how much of it was heard.
func sortFeeds(feeds []Feed, baselineFrom time.Time) channels {
	feeds = slices.Clone(feeds)
	slices.SortFunc(feeds, func(a, b Feed) int { return strings.Compare(a.Key, b.Key) })
	c := channels{groups: make(map[string]*group, len(feeds))}
	pools := map[string]*group{}
	var heard [Units]bool
	for _, f := range feeds {
		base := sum(f.Items[EvidenceWeeks:])
		c.base += float64(base)
		if base < WarmItems && f.First.After(baselineFrom) {
			c.cold++
			continue
		}
		g := c.group(f, base, pools)
		g.base += float64(base)
		g.scale += weighted(f.Items)
		c.groups[f.Key] = g
		c.warm++
		c.items += sum(f.Items[:])
		for u, n := range f.Items {
			heard[u] = heard[u] || n > 0
		}
	}
	for _, h := range heard[EvidenceWeeks:] {
		if h {
			c.weeks++
		}
	}
	c.finish()
	return c
}

// group returns the group of a warm feed: its own, or its class's pool.
func (c *channels) group(f Feed, base uint64, pools map[string]*group) *group {
	g := pools[f.Class]
	if base >= WarmItems || g == nil {
		g = &group{}
		c.order = append(c.order, g)
	}
	if base < WarmItems {
		pools[f.Class] = g
	}
	return g
}

// finish turns the weighted items of each group into its scale.
func (c *channels) finish() {
	for _, g := range c.order {
		g.scale /= g.base + PriorItems
		c.prior += g.scale
	}
}

func sum(n []uint64) (total uint64) {
	for _, v := range n {
		total += v
	}
	return total
}

// weighted returns the evidence weeks of n, recent ones counting more.
func weighted(n [Units]uint64) (total float64) {
	for u, w := range weights {
		total += w * float64(n[u])
	}
	return total
}
