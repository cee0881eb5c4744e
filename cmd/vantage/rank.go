package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"vantage/collectors/item"
	"vantage/pipeline"
	"vantage/pipeline/radar"
	"vantage/pipeline/store"
	"vantage/pipeline/story"
	"vantage/pipeline/tag"
)

const rankHelp = `Tags dated JSON lines (the form of ` + "`vantage import`" + `) and prints the radar of
them as JSON lines: first the window, then each topic or tool by lift. It is the
same code that orders the pages.

  vantage rank posts.jsonl
  vantage rank -kind tool -asof 2022-03-28 archive.jsonl.gz
`

func runRank(ctx context.Context, c console, args []string) error {
	fs := flagSet(c, "rank [flags] [FILE|-]", rankHelp)
	load := understandingFlags(fs)
	kind := fs.String("kind", store.Topics, "topic or tool")
	asOf := fs.String("asof", "", "rank as on this date (default: the day of the newest post)")
	all := fs.Bool("all", false, "also terms that are not eligible, with the reason")
	name, err := oneWord(fs, args, "-")
	if err != nil {
		return err
	}
	if *kind != store.Topics && *kind != store.Tools {
		return fmt.Errorf("rank: -kind %q is neither topic nor tool", *kind)
	}
	u, err := load(c)
	if err != nil {
		return err
	}
	in, _, err := openInput(c, name)
	if err != nil {
		return fmt.Errorf("rank: %w", err)
	}
	defer in.Close()
	posts, err := readPosts(ctx, c, in, u.tagger, *kind)
	if err != nil {
		return err
	}
	for i := range posts {
		posts[i].publisher = u.families.Of(posts[i].publisher)
	}
	at, err := rankDate(*asOf, posts)
	if err != nil {
		return err
	}
	return printRanking(c.out, radar.Rank(countPosts(posts, at)), *all)
}

// ranked is a post with what the radar counts of it.
type ranked struct {
	id, source, publisher, class string
	published                    time.Time
	terms                        []string
	signature                    []byte
	copyOf                       string
}

// collected keeps items instead of publishing them, so that rank reads the
// same lines as import does.
type collected struct{ items []item.Item }

func (s *collected) Put(_ context.Context, items []item.Item) error {
	s.items = append(s.items, items...)
	return nil
}

// readPosts reads, tags and signs the lines; near-duplicates point to their
// original.
func readPosts(ctx context.Context, c console, in io.Reader, tagger *tag.Tagger, kind string) ([]ranked, error) {
	var sink collected
	done, err := pipeline.Import(ctx, pipeline.ImportConfig{Reader: bufio.NewReader(in), Name: "rank", Sink: &sink})
	if err != nil {
		return nil, err
	}
	reportImport(done, func(line string) { fmt.Fprintln(c.err, line) })
	byID := map[string]int{}
	var posts []ranked
	for i := range sink.items {
		it := &sink.items[i]
		if _, ok := byID[it.ID]; ok {
			continue
		}
		byID[it.ID] = len(posts)
		posts = append(posts, rankedPost(it, tagger, kind))
	}
	entries := make([]story.Entry, len(posts))
	for i, p := range posts {
		entries[i] = story.Entry{ID: p.id, Published: p.published, Signature: p.signature}
	}
	for id, original := range story.Copies(entries) {
		posts[byID[id]].copyOf = original
	}
	return posts, nil
}

func rankedPost(it *item.Item, tagger *tag.Tagger, kind string) ranked {
	input := pipeline.Input(it)
	input.Quiet = true
	res := tagger.Tag(input)
	hits := res.Topics
	if kind == store.Tools {
		hits = res.Tools
	}
	p := ranked{
		id: it.ID, source: it.Source, publisher: it.Publisher, class: string(it.Class),
		published: it.Published, signature: story.Sign(nil, it.Title, it.Text),
	}
	for _, h := range hits {
		p.terms = append(p.terms, h.ID)
	}
	return p
}

func rankDate(given string, posts []ranked) (time.Time, error) {
	if given != "" {
		t, err := time.Parse(time.DateOnly, given)
		if err != nil {
			return time.Time{}, fmt.Errorf("rank: -asof: %q is not a date; write 2022-03-28", given)
		}
		return item.Week(t), nil
	}
	var newest time.Time
	for _, p := range posts {
		if p.published.After(newest) {
			newest = p.published
		}
	}
	return item.Week(newest), nil
}

func printRanking(w io.Writer, r radar.Ranking, all bool) error {
	enc := json.NewEncoder(w)
	head := r
	head.Scores = nil
	if err := enc.Encode(map[string]any{"ranking": head}); err != nil {
		return err
	}
	for _, s := range r.Scores {
		if !s.Eligible && !all {
			continue
		}
		if err := enc.Encode(s); err != nil {
			return err
		}
	}
	return nil
}

// countPosts counts what radar.Rank needs from posts in memory, as the store
// does from its table.
func countPosts(posts []ranked, asOf time.Time) radar.Input {
	n := counter{asOf: asOf, feeds: map[string]*radar.Feed{}, counts: map[[2]string]*termFeed{}, terms: map[string]*termFacts{}, first: map[string]time.Time{}}
	for _, p := range posts {
		n.know(p)
	}
	for _, p := range posts {
		n.count(p)
	}
	return n.input()
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
