package dashboards

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"vantage/dashboards/chart"
	"vantage/pipeline/council"
	"vantage/pipeline/store"
)

// itemsPerFile is how many stories one file of a list holds; ?page= goes on.
const itemsPerFile = 1000

// storyLine is one story of a list as programs read it.
type storyLine struct {
	ID             string       `json:"id"`
	Title          string       `json:"title"`
	URL            string       `json:"url,omitempty"`
	Lang           string       `json:"lang,omitempty"`
	Publisher      string       `json:"publisher"`
	Family         string       `json:"family,omitempty"`
	Class          string       `json:"class"`
	Published      time.Time    `json:"published"`
	Topics         []string     `json:"topics"`
	Tools          []string     `json:"tools"`
	Adoption       []string     `json:"adoption"` // beside tools
	Themes         []string     `json:"themes"`
	Councils       []string     `json:"councils"`
	Stage          string       `json:"stage"`
	Has            []string     `json:"has"`
	Story          string       `json:"story"`
	FirstPublisher string       `json:"first_publisher"`
	FirstPublished time.Time    `json:"first_published"`
	Copies         uint64       `json:"copies"`
	Publishers     uint64       `json:"publishers"`
	Here           uint64       `json:"posts_here"`
	FollowedBy     []followLine `json:"followed_by"`
}

// followLine is one copy of a story.
type followLine struct {
	ID        string    `json:"id"`
	Publisher string    `json:"publisher"`
	Family    string    `json:"family,omitempty"`
	Published time.Time `json:"published"`
}

// storyFile is a list as JSON. The three counts are those of the cell; copies
// are posts that repeat another of the list.
type storyFile struct {
	Generation uint64      `json:"generation"`
	Heading    string      `json:"heading"`
	Posts      uint64      `json:"posts"`
	Publishers uint64      `json:"publishers"`
	Stories    uint64      `json:"stories"`
	Copies     uint64      `json:"copies"`
	Licence    string      `json:"licence"`
	Sample     bool        `json:"sample,omitempty"`
	Next       string      `json:"next,omitempty"`
	List       []storyLine `json:"list"`
}

// itemsFile answers /items.json and /items.csv under the same conditions as the
// page.
func (d *Dashboard) itemsFile(ext, kind string, write func(storyFile) ([]byte, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := r.URL.Query()
		q, number, err := parseItems(v, d.Now())
		if err = cmp.Or(err, d.checkPlaces(v), council.CheckView(v.Get("councils"))); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		q.Limit, q.Offset = itemsPerFile, (number-1)*itemsPerFile
		about := d.aboutCouncils(&q, v)
		got, err := d.Store.Stories(r.Context(), q)
		if err != nil {
			d.fail(w, r, fmt.Errorf("items.%s: %w", ext, err))
			return
		}
		f := d.storyFile(got, d.heading(q, about))
		if uint64(q.Offset+len(got.List)) < got.Counts.Stories && number < maxPage {
			f.Next = d.base(r) + turn("/items."+ext, v, number+1)
		}
		body, err := write(f)
		if err != nil {
			d.fail(w, r, fmt.Errorf("items.%s: %w", ext, err))
			return
		}
		h := w.Header()
		public(h)
		h.Set("Link", fmt.Sprintf(`<%s>; rel="license"`, chart.LicenceURL))
		if ext == "csv" {
			h.Set("Content-Disposition", `inline; filename="vantage-items.csv"`)
		}
		newAnswer(kind, body).serve(w, r, "no-cache")
	}
}

func (d *Dashboard) storyFile(p store.StoryPage, heading string) storyFile {
	f := storyFile{Generation: p.Generation.Number, Heading: heading, Posts: p.Counts.Items, Publishers: p.Publishers, Stories: p.Counts.Stories,
		Copies: p.Counts.Items - p.Counts.Stories, Licence: chart.Licence, Sample: d.Site.Sample, List: []storyLine{}}
	for i := range p.List {
		f.List = append(f.List, d.storyLine(&p.List[i]))
	}
	return f
}

func (d *Dashboard) storyLine(s *store.Story) storyLine {
	v := d.view(s.Row)
	first, _ := d.who(s.First.Publisher, s.First.Family, s.First.Class, s.First.AuthorKind)
	line := storyLine{
		ID: s.ID, Title: v.Title, URL: s.URL, Lang: s.Lang, Publisher: v.Publisher, Family: v.Family, Class: s.Class, Published: s.Published,
		Topics: ids(s.Topics), Tools: ids(s.Tools), Councils: ids(s.Councils),
		Adoption: ids(s.Adoption), Themes: ids(s.Themes), Stage: s.Stage, Has: ids(s.Facets),
		Story: s.Original, FirstPublisher: first, FirstPublished: s.First.Published, Copies: s.CopyCount, Publishers: s.Publishers, Here: s.Here,
		FollowedBy: []followLine{},
	}
	for _, p := range s.Copies {
		name, family := d.who(p.Publisher, p.Family, p.Class, p.AuthorKind)
		line.FollowedBy = append(line.FollowedBy, followLine{p.ID, name, family, p.Published})
	}
	return line
}

// ids is never null.
func ids(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func storiesJSON(f storyFile) ([]byte, error) { return json.Marshal(f) }

// storiesCSV is one line for each story under one header.
func storiesCSV(f storyFile) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	head := []string{"id", "title", "url", "publisher", "family", "class", "published", "story", "first_publisher", "first_published", "copies", "publishers", "posts_here", "stage", "has", "used_tools", "licence"}
	if f.Sample {
		head = append(head, "data")
	}
	err := w.Write(head)
	for _, s := range f.List {
		line := []string{
			chart.Guard(s.ID), chart.Guard(s.Title), chart.Guard(s.URL), chart.Guard(s.Publisher), chart.Guard(s.Family), s.Class, s.Published.Format(time.RFC3339),
			chart.Guard(s.Story), chart.Guard(s.FirstPublisher), s.FirstPublished.Format(time.RFC3339),
			strconv.FormatUint(s.Copies, 10), strconv.FormatUint(s.Publishers, 10), strconv.FormatUint(s.Here, 10),
			s.Stage, strings.Join(s.Has, " "), usedTools(s.Tools, s.Adoption), f.Licence,
		}
		if f.Sample {
			line = append(line, "sample")
		}
		err = cmp.Or(err, w.Write(line))
	}
	w.Flush()
	return b.Bytes(), cmp.Or(err, w.Error())
}
