package town

import (
	"slices"
	"testing"
	"time"

	"vantage/collectors/item"
	"vantage/collectors/text"
	"vantage/pipeline/council"
	"vantage/pipeline/radar"
	"vantage/pipeline/story"
	"vantage/pipeline/tag"
)

var noon = time.Date(2026, 11, 19, 12, 0, 0, 0, time.UTC) // a Thursday

// reading is one post of the town, read as the pipeline reads it.
type reading struct {
	feed   *feed
	post   post
	week   time.Time
	topics []string
	tools  []string
	copy   bool
}

func tagger(t testing.TB) *tag.Tagger {
	t.Helper()
	v, err := tag.Default()
	if err != nil {
		t.Fatal(err)
	}
	g, err := tag.Compile(v, council.Load())
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func ids(hits []tag.Hit) (ids []string) {
	for _, h := range hits {
		ids = append(ids, h.ID)
	}
	return ids
}

// readAll tags every post of the town and marks the copies.
func readAll(t testing.TB, town *Town) []reading {
	g := tagger(t)
	var all []reading
	var entries []story.Entry
	for _, f := range town.feeds {
		for _, p := range f.posts {
			plain, links := text.FromHTML(p.HTML)
			r := g.Tag(tag.Input{ID: p.Link, Title: p.Title, Text: plain, Links: links, Published: p.Published, Quiet: true})
			all = append(all, reading{feed: f, post: p, week: item.Week(p.Published), topics: ids(r.Topics), tools: ids(r.Tools)})
			entries = append(entries, story.Entry{ID: p.Link, Published: p.Published, Signature: story.Sign(nil, p.Title, plain)})
		}
	}
	copies := story.Copies(entries)
	for i := range all {
		_, all[i].copy = copies[all[i].post.Link]
	}
	return all
}

// rank counts in maps what the store counts in SQL, and asks the radar.
func rank(all []reading, asOf time.Time, terms func(reading) []string) radar.Ranking {
	in := radar.Input{AsOf: asOf}
	feeds := map[string]*radar.Feed{}
	counts := map[[2]string]*radar.Count{}
	facts := map[string]*radar.Term{}
	publishers := map[string]map[string]bool{}
	for _, r := range all {
		unit := int(asOf.Sub(r.week)/(7*24*time.Hour)) - 1
		f := feeds[r.feed.body.slug]
		if f == nil {
			f = &radar.Feed{Key: r.feed.body.slug, Class: string(r.feed.body.class), First: r.week}
			feeds[f.Key] = f
		}
		if r.week.Before(f.First) {
			f.First = r.week
		}
		if unit < 0 || unit >= radar.Units || r.copy {
			continue
		}
		f.Items[unit]++
		for _, id := range terms(r) {
			key := [2]string{id, f.Key}
			if counts[key] == nil {
				counts[key] = &radar.Count{Term: id, Feed: f.Key}
			}
			counts[key].Items[unit]++
			counts[key].Sources[unit] = 1
			if facts[id] == nil {
				facts[id] = &radar.Term{ID: id}
				publishers[id] = map[string]bool{}
			}
			if unit < radar.EvidenceWeeks {
				facts[id].Items28++
				publishers[id][f.Key] = true
			}
			if unit == 0 {
				facts[id].Items7++
			}
		}
	}
	for _, f := range feeds {
		in.Feeds = append(in.Feeds, *f)
	}
	for _, c := range counts {
		in.Counts = append(in.Counts, *c)
	}
	for id, f := range facts {
		for p := range publishers[id] {
			f.Sources++
			if feeds[p].First.Before(asOf.AddDate(0, 0, -28)) {
				f.Known++
			}
		}
		in.Terms = append(in.Terms, *f)
	}
	return radar.Rank(in)
}

func topics(r reading) []string { return r.topics }
func tools(r reading) []string  { return r.tools }

// In any season the planted rises come first, and nothing that was planted to
// mislead has a label. Among some 40 other topics chance may lift one to the
// lowest label, the more so as they are few; never higher.
func TestRadarFindsWhatWasPlantedAndNothingElse(t *testing.T) {
	for seed := range 5 {
		now := noon.AddDate(0, 0, -53*seed)
		town, err := build(Options{Seed: uint64(seed), Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		all := readAll(t, town)
		plan := town.Planted()
		checkTopics(t, rank(all, item.Week(now), topics), plan)
		checkTools(t, rank(all, item.Week(now), tools), plan)
	}
}

func checkTopics(t *testing.T, r radar.Ranking, plan Plan) {
	t.Helper()
	misleading := append(slices.Clone(plan.Steady), plan.Flood.Topic, plan.Release.Topic, plan.Fresh.Topic)
	rises := append(slices.Clone(plan.Rises), plan.Carried...)
	found, chance := 0, 0
	for i, s := range r.Scores {
		switch {
		case slices.Contains(plan.Rises, s.Term):
			found++
			if s.Lift < radar.EmergingLift || i >= len(rises) {
				t.Errorf("%s: planted %s is in place %d with %.2f %q", r.Window.AsOf.Format(time.DateOnly), s.Term, i, s.Lift, s.Label)
			}
		case slices.Contains(misleading, s.Term) && s.Label != radar.None:
			t.Errorf("%s: %s has %.2f %q", r.Window.AsOf.Format(time.DateOnly), s.Term, s.Lift, s.Label)
		case s.Label != radar.None && !slices.Contains(rises, s.Term):
			chance++
			if s.Lift >= radar.EmergingLift || chance > 1 {
				t.Errorf("%s: %s has %.2f %q and was not planted", r.Window.AsOf.Format(time.DateOnly), s.Term, s.Lift, s.Label)
			}
		}
		if slices.Contains(plan.Steady, s.Term) && s.Lift < 0.6 {
			t.Errorf("steady %s has fallen to %.2f", s.Term, s.Lift)
		}
	}
	if found != len(plan.Rises) {
		t.Errorf("%d of %d rises found", found, len(plan.Rises))
	}
}

func checkTools(t *testing.T, r radar.Ranking, plan Plan) {
	for _, s := range r.Scores {
		if slices.Contains(plan.Tools, s.Term) && s.Label == radar.None {
			t.Errorf("planted tool %s has only %.2f", s.Term, s.Lift)
		}
	}
}

// A copy counts once: the release is one story, and ordinary posts, though
// they come from templates, are not copies of each other.
func TestReleaseIsOneStoryAndOtherPostsAreNot(t *testing.T) {
	town, err := build(Options{Seed: 1, Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	plan := town.Planted()
	printed, copies, others := 0, 0, 0
	all := readAll(t, town)
	for _, r := range all {
		switch {
		case r.post.Title == plan.Release.Title:
			printed++
			if r.copy {
				copies++
			}
		case r.copy:
			others++
		}
	}
	if printed != plan.Release.Posts || copies != printed-1 {
		t.Errorf("release: %d posts, %d copies; want %d and %d", printed, copies, plan.Release.Posts, plan.Release.Posts-1)
	}
	if others*50 > len(all) {
		t.Errorf("%d of %d ordinary posts are taken for copies", others, len(all))
	}
	t.Logf("%d posts, %d ordinary ones are copies", len(all), others)
}

// Every subject is found by the tagger under its own topic, and its phrases
// bring along no topic but those that it declares.
func TestSubjectsSpeakOfTheirTopicOnly(t *testing.T) {
	w, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	g := tagger(t)
	found := func(s string) []string { return ids(g.Tag(tag.Input{ID: "x", Text: s, Quiet: true}).Topics) }
	for _, topic := range w.order {
		s := w.subjects[topic]
		for _, thing := range s.Things {
			if !slices.Contains(found(thing), topic) {
				t.Errorf("%s: %q is not tagged so, but %v", topic, thing, found(thing))
			}
		}
		for _, phrase := range slices.Concat(s.Things, s.Aims, s.Finds) {
			for _, other := range found(phrase) {
				if other != topic && !slices.Contains(s.Also, other) {
					t.Errorf("%s: %q is also tagged %s", topic, phrase, other)
				}
			}
		}
	}
	for _, s := range slices.Concat(w.Titles, w.Openers, w.wording.Subject, w.wording.Tools, w.General, w.Teams, w.Places, w.Welsh, []string{Note}) {
		if got := found(s); len(got) > 0 {
			t.Errorf("%q is tagged %v", s, got)
		}
	}
}
