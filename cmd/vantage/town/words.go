package town

import (
	"embed"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
)

//go:embed data/*.yaml
var data embed.FS

// subject is one thing that the town writes about.
type subject struct {
	Topic  string   `yaml:"topic"`
	Also   []string `yaml:"also"` // topics that its phrases bring along
	Things []string `yaml:"things"`
	Aims   []string `yaml:"aims"`
	Finds  []string `yaml:"finds"`
	Tools  []string `yaml:"tools"`
}

// wording is how the town writes; see data/sentences.yaml.
type wording struct {
	Titles, Openers, Subject, Tools, General []string
	Teams, Places, Days, Names               []string
	WelshTitles                              []string `yaml:"welsh_titles"`
	Welsh                                    []string
	Release                                  release
}

// release is the notice that many print.
type release struct {
	Title, Topic             string
	Body, Prefixes, Suffixes []string
}

// words is everything that the town writes with.
type words struct {
	wording
	subjects map[string]subject // by topic
	order    []string           // topics as the file has them
	bodies   map[string][]string
}

func loadWords() (*words, error) {
	w := &words{subjects: map[string]subject{}}
	var list struct{ Subjects []subject }
	for name, into := range map[string]any{"subjects": &list, "sentences": &w.wording, "bodies": &w.bodies} {
		b, err := data.ReadFile("data/" + name + ".yaml")
		if err != nil {
			return nil, fmt.Errorf("town: %w", err)
		}
		if err := yaml.UnmarshalWithOptions(b, into, yaml.Strict()); err != nil {
			return nil, fmt.Errorf("town: data/%s.yaml: %w", name, err)
		}
	}
	for _, s := range list.Subjects {
		w.subjects[s.Topic] = s
		w.order = append(w.order, s.Topic)
	}
	return w, nil
}

// writer writes one post: what it chose once stays for the whole post.
type writer struct {
	*words
	rand *rand.Rand
	subject
	org, welsh string
	tool       string
	at         time.Time
	used       map[string]bool
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// say fills a template that this post has not used yet.
func (w *writer) say(from []string) string {
	t := pick(w.rand, from)
	for range 20 {
		if !w.used[t] {
			break
		}
		t = pick(w.rand, from)
	}
	w.used[t] = true
	return w.fill(t)
}

// fill puts words into the slots and begins with a capital.
func (w *writer) fill(template string) string {
	var b strings.Builder
	for template != "" {
		before, rest, found := strings.Cut(template, "{")
		b.WriteString(before)
		if !found {
			break
		}
		slot, after, _ := strings.Cut(rest, "}")
		b.WriteString(w.slot(slot))
		template = after
	}
	s := b.String()
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[n:]
}

func (w *writer) slot(name string) string {
	switch name {
	case "org":
		return w.org
	case "enw":
		return w.welsh
	case "tool":
		return w.tool
	case "thing":
		return pick(w.rand, w.subject.Things)
	case "aim":
		return pick(w.rand, w.Aims)
	case "find":
		return pick(w.rand, w.Finds)
	case "team":
		return pick(w.rand, w.Teams)
	case "place":
		return pick(w.rand, w.Places)
	case "day":
		return pick(w.rand, w.Days)
	case "month":
		return w.at.AddDate(0, w.rand.IntN(8)-3, 0).Month().String()
	case "mis":
		return welshMonths[w.at.Month()-1]
	}
	return w.number(name)
}

func (w *writer) number(name string) string {
	low, high := 11, 480
	switch name {
	case "few":
		low, high = 2, 9
	case "weeks":
		low, high = 3, 16
	case "pct":
		low, high = 12, 93
	}
	return strconv.Itoa(low + w.rand.IntN(high-low+1))
}

var welshMonths = [12]string{
	"Ionawr", "Chwefror", "Mawrth", "Ebrill", "Mai", "Mehefin",
	"Gorffennaf", "Awst", "Medi", "Hydref", "Tachwedd", "Rhagfyr",
}
