package collectors

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"vantage/collectors/item"
)

// pds is a real Bluesky data server on loopback, see testdata/pds/server.cjs.
type pds struct {
	t       *testing.T
	in      io.Writer
	answers chan string
}

// startPDS starts the server; what its firehose says goes to the peers.
func startPDS(t *testing.T, peers ...*jetPeer) *pds {
	t.Helper()
	if _, err := os.Stat("testdata/pds/node_modules/.lock-hash"); err != nil {
		t.Skip("the Bluesky data server is not here; fetch it with: go run ./deploy/build -dev -web")
	}
	cmd := exec.CommandContext(t.Context(), "node", "testdata/pds/server.cjs", t.TempDir())
	cmd.Env = append(os.Environ(), "LOG_ENABLED=false")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v; install Node.js", err)
	}
	s := &pds{t: t, in: in, answers: make(chan string, 16)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(s.answers)
		s.listen(out, peers)
	}()
	t.Cleanup(func() { in.Close(); <-ended; cmd.Wait() }) // it ends with its input
	s.done()
	return s
}

func (s *pds) listen(out io.Reader, peers []*jetPeer) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l struct {
			Done, Error string
			Event       json.RawMessage
		}
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil || l.Error != "" {
			s.t.Errorf("the data server says %s", lines.Text())
			return
		}
		if l.Event == nil {
			s.answers <- l.Done
			continue
		}
		for _, p := range peers {
			p.relay(s.t, l.Event)
		}
	}
}

// relay passes on an event of the data server as it is.
func (p *jetPeer) relay(t *testing.T, event []byte) {
	var e struct {
		Did, Kind string
		TimeUS    int64          `json:"time_us"`
		Commit    map[string]any `json:"commit"`
		Account   map[string]any `json:"account"`
		Identity  map[string]any `json:"identity"`
	}
	if err := json.Unmarshal(event, &e); err != nil {
		t.Error(err)
		return
	}
	body := map[string]map[string]any{"commit": e.Commit, "account": e.Account, "identity": e.Identity}[e.Kind]
	p.locked(func() {
		seq := int64(1000 + len(p.log))
		p.clock = time.UnixMicro(e.TimeUS)
		p.log = append(p.log, jetEntry{us: e.TimeUS, seq: seq, v1: string(event), v2: frameV2(e.Did, e.Kind, seq, p.clock, body)})
	})
}

func (s *pds) done() string {
	s.t.Helper()
	select {
	case answer, ok := <-s.answers:
		if !ok {
			s.t.Fatal("the data server ended")
		}
		return answer
	case <-time.After(2 * time.Minute):
		s.t.Fatal("the data server does not answer")
	}
	return ""
}

// do lets an account do something and returns its DID or the address of the
// post.
func (s *pds) do(act, who, name, text string, extra map[string]any) string {
	s.t.Helper()
	fmt.Fprintln(s.in, mustJSON(map[string]any{"act": act, "who": who, "name": name, "text": text, "extra": extra}))
	return s.done()
}

// TestRealBlueskyServer: what the data server of Bluesky itself makes of
// posts, edits, deletes and closed accounts keeps its meaning.
func TestRealBlueskyServer(t *testing.T) {
	one, two := newJetPeer(t, 1), newJetPeer(t, 2)
	s := startPDS(t, one, two)
	worlds := map[*jetPeer]*world{one: newWorld(t), two: newWorld(t)}
	for p, w := range worlds {
		w.pass(time.Since(today) + time.Hour) // the server keeps real time
		w.listen(p)
	}
	both := func(want ...string) {
		t.Helper()
		for _, w := range worlds {
			w.holds(strings.Join(want, ","))
		}
	}
	s.do("account", "anna", "", "", nil)
	ben := s.do("account", "ben", "", "", nil)
	s.do("post", "anna", "1", "Bins by app 🥣 #LocalGov see https://www.bristol.gov.uk/bins", nil)
	s.do("post", "ben", "2", "Thanks to @anna.test for #localgov", map[string]any{
		"labels": map[string]any{"$type": "com.atproto.label.defs#selfLabels", "values": []any{map[string]any{"val": "graphic-media"}}},
		"embed": map[string]any{"$type": "app.bsky.embed.external", "external": map[string]any{
			"uri": "https://example.org/report?utm_source=x", "title": "A report", "description": "On bins"}},
	})
	s.do("post", "ben", "3", "Nothing to see", nil)
	s.do("post", "ben", "4", "A hidden tag", map[string]any{"tags": []string{"LocalGov"}})
	both("A hidden tag", "Bins by app 🥣 #LocalGov see https://www.bristol.gov.uk/bins", "Thanks to for #localgov\nA report\nOn bins")
	for _, w := range worlds {
		first, labelled := w.sink.puts[0], w.sink.puts[1]
		if strings.Join(first.Hashtags, " ") != "localgov" || strings.Join(first.Links, " ") != "https://www.bristol.gov.uk/bins" || first.Lang != "en" || first.Sensitive {
			t.Errorf("%+v", first)
		}
		if !labelled.Sensitive || strings.Join(labelled.Links, " ") != "https://example.org/report" || labelled.AuthorRef != pseudonym(nil, "bluesky", ben) {
			t.Errorf("%+v", labelled)
		}
	}
	s.do("edit", "anna", "1", "Edited by its author", nil)
	s.do("delete", "ben", "4", "", nil)
	both("Edited by its author", "Thanks to for #localgov\nA report\nOn bins")
	s.do("post", "anna", "5", "Another #localgov", nil)
	s.do("deactivate", "ben", "", "", nil)
	both("Another #localgov", "Edited by its author")
	for _, w := range worlds {
		if w.events(item.Create) != 4 || w.events(item.Update) != 1 || w.events(item.Delete) != 1 || w.events(item.AuthorGone) != 1 || w.events(item.Gap) != 0 {
			t.Errorf("%d posts, %d edits, %d deletes, %d closed accounts, %d gaps", w.events(item.Create), w.events(item.Update), w.events(item.Delete), w.events(item.AuthorGone), w.events(item.Gap))
		}
	}
}
