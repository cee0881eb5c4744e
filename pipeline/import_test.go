package pipeline

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"vantage/collectors/item"
	"vantage/pipeline/stream"
)

var clock = func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func openStream(t testing.TB, dir string) *stream.Stream {
	t.Helper()
	s, err := stream.Open(testContext(t), stream.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// read makes one item of one line.
func read(t *testing.T, line string) item.Item {
	t.Helper()
	it, err := readLine([]byte(line), &ImportConfig{Name: "town", Publisher: "town", Class: item.Unknown, Now: clock})
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return it
}

func TestArchiveLine(t *testing.T) {
	it := read(t, `{"id":"government/x","date":"2022-03-18","kind":"publications","title":" A\n title ","lead":"The lead.","body":"The  body.","sources":["hm-treasury","cabinet-office"],"publisher_class":"central"}`)
	day := time.Date(2022, 3, 18, 0, 0, 0, 0, time.UTC)
	if it.ID != "import:town:government/x" || it.Kind != "import" || it.Op != item.Create || it.Version != day.UnixMilli() {
		t.Errorf("%+v", it)
	}
	if it.Source != "import:town:hm-treasury" || len(it.Via) != 2 || it.Via[1] != "import:town:cabinet-office" || it.Publisher != "hm-treasury" || it.Class != item.Central {
		t.Errorf("channels %v of %q, publisher %q", it.Via, it.Source, it.Publisher)
	}
	if it.Title != "A title" || it.Text != "The lead.\nThe body." || !it.Published.Equal(day) || !it.Seen.Equal(day) {
		t.Errorf("%+v", it)
	}
}

func TestImportedIDs(t *testing.T) {
	for id, want := range map[string]string{
		"https://a.example/x":      "https://a.example/x",
		"tag:a.example,2022:x":     "tag:a.example,2022:x",
		"at://did:plc:1/app/3k":    "at://did:plc:1/app/3k",
		"urn:uuid:1":               "urn:uuid:1",
		"24540":                    "import:town:24540",
		"content/x.md":             "import:town:content/x.md",
		"Agenda: 3 November":       "import:town:Agenda: 3 November",
		"https:":                   "import:town:https:",
		"mailto:clerk@town.exampl": "import:town:mailto:clerk@town.exampl",
	} {
		if got := read(t, fmt.Sprintf(`{"id":%q,"date":"2022-03-18","title":"x"}`, id)).ID; got != want {
			t.Errorf("%q became %q, want %q", id, got, want)
		}
	}
	if got := read(t, `{"url":"https://a.example/y","date":"2022-03-18"}`).ID; got != "https://a.example/y" {
		t.Errorf("id from url: %q", got)
	}
}

func TestItemLineIsKeptAsItIs(t *testing.T) {
	in := item.Item{
		Schema: 1, Op: item.Update, ID: "1", Version: 77, Kind: "mastodon", Source: "local", Via: []string{"local", "two"},
		Publisher: "p", Class: item.Person, AuthorRef: "r", Title: "t", Text: "x", Hashtags: []string{"localgov"},
		Published: clock(), Seen: clock().Add(time.Hour), ContentHash: "abc",
	}
	wire, err := in.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, string(wire))
	again, err := got.Encode()
	if err != nil || !bytes.Equal(again, wire) {
		t.Errorf("%v\n got %s\nwant %s", err, again, wire)
	}
	del := read(t, `{"schema":1,"op":"delete","id":"1","version":78,"source":"local","kind":"mastodon"}`)
	if del.Op != item.Delete || del.ID != "1" || del.Version != 78 {
		t.Errorf("%+v", del)
	}
}

func TestHTMLInArchives(t *testing.T) {
	for _, line := range []string{
		`{"id":"1","date":"2022-03-18","html":true,"body":"<p>A &amp; B <script>x</script><a href=\"https://l.example/\">more</a>"}`,
		`{"id":"1","date":"2022-03-18","html":"<p>A &amp; B <script>x</script><a href=\"https://l.example/\">more</a>"}`,
	} {
		it := read(t, line)
		if it.Text != "A & B more" || len(it.Links) != 1 || it.Links[0] != "https://l.example/" {
			t.Errorf("%q, links %v", it.Text, it.Links)
		}
	}
	for _, html := range []string{`false`, `null`, `""`} {
		if it := read(t, `{"id":"1","date":"2022-03-18","html":`+html+`,"body":"5 < 6 &amp; 7"}`); it.Text != "5 < 6 &amp; 7" {
			t.Errorf("with html %s plain text became %q", html, it.Text)
		}
	}
}

func TestDatesOfArchives(t *testing.T) {
	for in, want := range map[string]string{
		"2022-07-18":                      "2022-07-18T00:00:00Z",
		"2022-07-18T09:30:00+02:00":       "2022-07-18T07:30:00Z",
		"2022-07-18 09:30:00":             "2022-07-18T08:30:00Z", // British Summer Time
		"2022-01-18T09:30":                "2022-01-18T09:30:00Z",
		"Mon, 18 Jul 2022 09:30:00 +0000": "2022-07-18T09:30:00Z",
	} {
		it := read(t, fmt.Sprintf(`{"id":"1","date":%q}`, in))
		if got := it.Published.Format(time.RFC3339); got != want {
			t.Errorf("%q is %s, want %s", in, got, want)
		}
	}
	late := read(t, `{"id":"1","published":"2026-12-24"}`)
	if !late.Seen.Equal(clock()) {
		t.Errorf("a future item was seen at %s", late.Seen)
	}
	if it := read(t, `{"id":"1","date":"2022-07-18","updated":"2022-08-01","seen":"2022-07-20"}`); it.Version != it.Updated.UnixMilli() || it.Seen.Day() != 20 {
		t.Errorf("%+v", it)
	}
}

// archive has 3,000 lines over 600 weeks, of which 25 are bad.
func archive() (lines string, good int) {
	var b strings.Builder
	start := time.Date(2015, 1, 5, 10, 0, 0, 0, time.UTC)
	for i := range 3000 {
		day := start.AddDate(0, 0, 7*(i%600)).Format(time.DateOnly)
		switch {
		case i%120 == 7:
			b.WriteString(bad[i/120%len(bad)] + "\n")
			continue
		case i%1000 == 0:
			b.WriteString("\n  \n") // empty lines are nothing
		}
		good++
		fmt.Fprintf(&b, `{"id":"post-%d","date":%q,"title":"Planning pilot %d","body":"The council tries data sharing for planning, item %d.","sources":["org-%d"]}`+"\n", i, day, i, i, i%9)
	}
	return b.String(), good
}

var bad = []string{
	`{"id":"cut off`,
	`{"id":"x","date":"yesterday"}`,
	`{"date":"2020-01-01","title":"no id"}`,
	`{"id":"no date"}`,
	`{"id":"x","date":"2020-01-01","publisher_class":"aliens"}`,
	`{"id":"long","date":"2020-01-01","body":"` + strings.Repeat("x", maxLine) + `"}`,
	`{"id":"x","date":"1870-01-01"}`,
	`[]`, `{"id":7,"date":"2020-01-01"}`,
	`{"id":"x","date":"2020-01-01","url":"javascript:alert(1)"}`,
	"\x00\x01\x02",
}

func zipped(t testing.TB, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestImportLeavesBadLinesOut(t *testing.T) {
	lines, good := archive()
	s := openStream(t, t.TempDir())
	for _, in := range [][]byte{[]byte(lines), zipped(t, lines)} {
		steps := 0
		done, err := Import(testContext(t), ImportConfig{Reader: bytes.NewReader(in), Name: "town", Sink: s, Now: clock, Progress: func(Imported) { steps++ }})
		if err != nil {
			t.Fatal(err)
		}
		if done.Items != good || done.Bad != 25 || done.Lines != 3006 || len(done.Problems) != maxShown || steps != 3 {
			t.Errorf("%d items of %d, %d bad, %d lines, %d shown, %d steps", done.Items, good, done.Bad, done.Lines, len(done.Problems), steps)
		}
		if p := done.Problems[0]; p.Line != 10 || !strings.Contains(p.String(), "not JSON") {
			t.Errorf("first problem: %s", p)
		}
		if done.Oldest.Year() != 2015 || done.Newest.Year() != 2026 {
			t.Errorf("from %s to %s", done.Oldest, done.Newest)
		}
		for _, p := range done.Problems {
			if p.Reason == "" || len(p.Reason) > 300 {
				t.Errorf("reason %q", p.Reason)
			}
		}
	}
	if st, err := s.State(testContext(t)); err != nil || st.Messages != uint64(good) {
		t.Errorf("%d messages after two imports, want %d: %v", st.Messages, good, err)
	}
}

func TestStrictImportStopsAtTheLine(t *testing.T) {
	lines, _ := archive()
	s := openStream(t, t.TempDir())
	done, err := Import(testContext(t), ImportConfig{Reader: strings.NewReader(lines), Name: "town", Sink: s, Strict: true, Now: clock})
	if err == nil || !strings.Contains(err.Error(), "line 10: not JSON") || done.Items != 7 {
		t.Errorf("%d items, %v", done.Items, err)
	}
}

func TestImportWithoutAName(t *testing.T) {
	for _, name := range []string{"", "A b", "a.b", "../x"} {
		_, err := Import(testContext(t), ImportConfig{Reader: strings.NewReader(""), Name: name})
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", name)) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestImportOfAnUnknownClass(t *testing.T) {
	_, err := Import(testContext(t), ImportConfig{Reader: strings.NewReader(""), Name: "town", Class: "aliens"})
	if err == nil || !strings.Contains(err.Error(), `"aliens"`) || !strings.Contains(err.Error(), "council") {
		t.Error(err)
	}
}

// endless has a bad line and nothing else.
type endless struct{}

func (endless) Read(b []byte) (int, error) { return copy(b, "no item\n"), nil }

func TestImportEndsWithItsContextWhereNoLineIsGood(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := Import(ctx, ImportConfig{Reader: endless{}, Name: "town", Now: clock})
		ended <- err
	}()
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-testContext(t).Done():
		t.Fatal("it reads on")
	}
}

func TestTruncatedArchiveKeepsWhatCameThrough(t *testing.T) {
	lines, _ := archive()
	s := openStream(t, t.TempDir())
	in := zipped(t, lines)
	done, err := Import(testContext(t), ImportConfig{Reader: bytes.NewReader(in[:len(in)/2]), Name: "town", Sink: s, Now: clock})
	if err == nil || !strings.Contains(err.Error(), "after line") || done.Items == 0 {
		t.Errorf("%d items, %v", done.Items, err)
	}
}

// failing lets some batches through and then fails.
type failing struct {
	*stream.Stream
	left int
}

func (f *failing) Put(ctx context.Context, items []item.Item) error {
	if f.left--; f.left < 0 {
		return errors.New("the line is cut")
	}
	return f.Stream.Put(ctx, items)
}

func TestImportGoesOnWhereItStopped(t *testing.T) {
	lines, good := archive()
	s := openStream(t, t.TempDir())
	cursors, err := s.Bucket(testContext(t), "imports")
	if err != nil {
		t.Fatal(err)
	}
	cfg := ImportConfig{Reader: strings.NewReader(lines), Name: "town", Sink: &failing{s, 2}, Cursors: cursors, Now: clock}
	first, err := Import(testContext(t), cfg)
	if err == nil || first.Items != 2*importBatch {
		t.Fatalf("%d items, %v", first.Items, err)
	}
	cfg.Reader, cfg.Sink = strings.NewReader(lines), s
	second, err := Import(testContext(t), cfg)
	if err != nil || second.Resumed == 0 || first.Items+second.Items != good {
		t.Errorf("%d + %d items of %d, resumed after %d, %v", first.Items, second.Items, good, second.Resumed, err)
	}
	cfg.Reader = strings.NewReader(lines)
	third, err := Import(testContext(t), cfg)
	if err != nil || third.Items != 0 || third.Resumed != 3006 || third.Lines != 3006 {
		t.Errorf("a finished import: %+v, %v", third, err)
	}
	cfg.Reader, cfg.Again = strings.NewReader(lines), true
	again, err := Import(testContext(t), cfg)
	if err != nil || again.Items != good || again.Resumed != 0 {
		t.Errorf("again: %d items, %v", again.Items, err)
	}
	if st, err := s.State(testContext(t)); err != nil || st.Messages != uint64(good) {
		t.Errorf("%d messages, want %d: %v", st.Messages, good, err)
	}
}

func TestOtherArchiveOfTheSameNameBeginsAnew(t *testing.T) {
	s := openStream(t, t.TempDir())
	cursors, err := s.Bucket(testContext(t), "imports")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		line := fmt.Sprintf(`{"id":"post-%d","date":"2020-01-01"}`, i)
		done, err := Import(testContext(t), ImportConfig{Reader: strings.NewReader(line), Name: "town", Sink: s, Cursors: cursors, Now: clock})
		if err != nil || done.Items != 1 {
			t.Errorf("%d items, %v", done.Items, err)
		}
	}
}
