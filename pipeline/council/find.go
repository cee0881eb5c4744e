package council

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"vantage/collectors/text"
)

// Post is what the finder reads of a post.
type Post struct {
	Text      string
	Words     []text.Word  // of Text
	Names     []text.Match // of Finder.Phrases in Words, in order
	Links     []string
	Hashtags  []string
	Published time.Time // zero: now
	Feed      string    // register id of the council whose channel it is
	Quiet     bool      // leave the reasons out
}

// mention is one place where a name of a council stands.
type mention struct {
	from, to   int32 // words
	surface    int32
	owners     []owner // those who may be meant
	points     float32
	local      float32 // of these, from what councils everywhere have
	abroad     float32 // of these, from what points abroad
	supported  bool    // something around it speaks for a council
	place      bool    // something around it makes it a mere place
	named      bool    // what adjoins it makes it a council beyond doubt
	possessed  bool
	locative   bool  // "in", "from" or the like before it
	number     int32 // in the text
	list       int32 // number of the first mention of its list
	lastOfList int32 // number of the last, in the first mention of a list
	best       kind
	class      string
}

// reason is a piece of evidence, kept until it is known whether it is wanted.
type reason struct {
	mention int32 // or -1-council
	text    string
	points  float32
}

// tally is what was found for one council.
type tally struct {
	council   int
	points    float32 // of its best mention
	extra     float32 // links and handles
	mention   int32   // the best one, -1: none
	place     bool
	mentioned bool
}

// work is the scratch of one call of Find.
type work struct {
	Post
	f         *Finder
	now       time.Time
	mentions  []mention
	spans     []span
	best      []best  // by number of spans
	sentences []int32 // by word
	covers    []cover // by word
	tallies   []tally
	reasons   []reason
	owners    []owner
	signs     [numSigns]bool
	fold      []byte    // of a handle
	given     []float32 // by mention
	feed      int       // council, -1: none
	capitals  bool      // the text has capitals
	caseRead  bool      // it was looked through for them
	around
}

type pool struct{ sync.Pool }

func newPool(groups, slots int) *pool {
	return &pool{sync.Pool{New: func() any {
		return &work{around: newAround(groups, slots)}
	}}}
}

func (p *pool) get() *work { return p.Get().(*work) }

func (p *pool) put(w *work) {
	w.Post = Post{}
	clear(w.reasons)
	clear(w.mentions)
	w.around.reset()
	w.caseRead = false
	w.mentions, w.spans, w.sentences = w.mentions[:0], w.spans[:0], w.sentences[:0]
	w.tallies, w.reasons, w.owners = w.tallies[:0], w.reasons[:0], w.owners[:0]
	p.Put(w)
}

// Find returns the councils of a post with a confidence of at least
// StoreFrom, the surest first.
func (f *Finder) Find(p Post) []Match {
	w := f.pool.get()
	defer f.pool.put(w)
	w.Post, w.f, w.now, w.feed = p, f, p.Published, -1
	if w.now.IsZero() {
		w.now = time.Now()
	}
	if i, ok := f.register.index[p.Feed]; ok {
		w.feed = i
	}
	w.collect()
	w.readHandles()
	w.readTags()
	w.readHosts()
	if len(w.mentions) > 0 {
		w.split()
		w.arrange(w.sentences)
		w.british = w.british || strings.Contains(p.Text, "£")
		w.signs[dollars], w.signs[numbered] = dollarSum(p.Text), w.numberedStreet()
		w.weigh()
		w.settleShared()
		w.compare()
	}
	w.sum()
	return w.matches()
}

// sum gives each council the points of its best mention.
func (w *work) sum() {
	for i := range w.mentions {
		m := &w.mentions[i]
		for _, o := range m.owners {
			t := w.tally(o.council)
			if !t.mentioned || m.points > t.points {
				t.points, t.mention, t.place, t.mentioned = m.points, int32(i), m.place && !m.named, true
			}
		}
	}
	for i := range w.tallies {
		t := &w.tallies[i]
		age := w.age(t.council)
		if !t.mentioned || age == 0 {
			continue
		}
		if m := &w.mentions[t.mention]; m.best == bare {
			age += w.f.rules.Scores.AbolishedBare
			if m.locative {
				age += w.f.rules.Scores.AbolishedPlace
			}
		}
		t.points += age
		w.because(forCouncil(t.council), age, "the post is later than its end", "")
	}
}

// age is what a council loses that had ended when the post was written: more
// with every year that passed.
func (w *work) age(council int) float32 {
	s := &w.f.rules.Scores
	c := &w.f.register.all[council]
	if !c.Ended(w.now) {
		return 0
	}
	const year = 365 * 24 * time.Hour
	return max(s.AbolishedMost, s.Abolished+s.AbolishedYear*float32(w.now.Sub(c.End)/year))
}

func (w *work) tally(c int) *tally {
	for i := range w.tallies {
		if w.tallies[i].council == c {
			return &w.tallies[i]
		}
	}
	w.tallies = append(w.tallies, tally{council: c, mention: -1})
	return &w.tallies[len(w.tallies)-1]
}

// total is all that speaks for the council. A bad mention does not outweigh
// a link or a handle.
func (t *tally) total() float32 {
	if t.extra > 0 {
		return max(t.points, 0) + t.extra
	}
	return t.points
}

func (w *work) confidence(points float32) float32 {
	return float32(1 / (1 + math.Exp(float64(w.f.rules.Bias-points))))
}

func (w *work) matches() []Match {
	var found []Match
	if w.feed >= 0 {
		w.tally(w.feed)
	}
	for i := range w.tallies {
		t := &w.tallies[i]
		m := Match{ID: w.f.register.all[t.council].ID, Sense: SenseCouncil}
		if t.mentioned || t.extra > 0 {
			m.Confidence = w.confidence(t.total())
		}
		if t.place && t.extra == 0 {
			m.Sense = SensePlace
		}
		if t.council == w.feed && (m.Confidence < CountFrom || m.Sense == SensePlace) {
			m.Confidence, m.Sense = max(m.Confidence, CountFrom), SenseFeed
		}
		if m.Confidence < StoreFrom {
			continue
		}
		if !w.Quiet {
			m.Reasons = w.explain(t)
		}
		if found == nil {
			found = make([]Match, 0, len(w.tallies)-i)
		}
		found = append(found, m)
	}
	slices.SortFunc(found, func(a, b Match) int {
		return cmp.Or(-cmp.Compare(a.Confidence, b.Confidence), cmp.Compare(a.ID, b.ID))
	})
	return found
}

// Knows reports whether id is in the register.
func (f *Finder) Knows(id string) bool {
	_, ok := f.register.index[id]
	return ok
}
