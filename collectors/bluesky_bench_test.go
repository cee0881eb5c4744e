package collectors

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/klauspost/compress/zstd"

	"vantage/collectors/item"
	"vantage/pipeline/council"
	vocabulary "vantage/pipeline/tag"
)

// smallTalk is what a network says all day; ours is what concerns us.
var (
	smallTalk = []string{
		"good morning everyone, coffee first and then we will see", "the new season starts tonight and I am not ready at all",
		"just finished the book, cried on the train, would recommend", "my cat has decided that the keyboard is hers now",
		"Reading by the river in Bath, what a day", "watching the match with the neighbours, great second half",
		"おはようございます。今日も一日がんばりましょう", "mais uma segunda-feira e eu aqui com sono", "que dia tan bonito para salir a caminar",
		"this thread explains why the update broke my phone, see link", "I made a small game over the weekend, feedback welcome #gamedev #indie",
		"the AI keyboard keeps suggesting the wrong word and honestly it is funny", "heute wieder Regen, aber die Pilze freuen sich",
		"new painting finished, oil on canvas, commissions open #art #oilpainting", "breaking: the government of another country says something",
		"rt if you remember this song from school discos", "pumpkin soup recipe in the replies because you asked", "long day, short night, same again tomorrow",
	}
	ours = []string{
		"Leeds City Council is trying a chatbot for housing repairs", "what councillors make of AI note taking #localgov",
		"Bristol City Council meets tonight about bins", "Generative AI in the UK public sector: a report",
	}
)

// network makes the frames of a minute of the network: seven posts in ten,
// the rest deletes, edits, accounts and identities; one post in 200 concerns
// us.
func network(dialect, n int) []string {
	r := rand.New(rand.NewPCG(1, 2))
	frames := make([]string, n)
	for i := range frames {
		at := today.Add(time.Duration(i) * 10 * time.Millisecond)
		did := fmt.Sprintf("did:plc:%024d", r.IntN(1e6))
		kind, body := "commit", map[string]any{"rev": "3l3qo2vutsw2b", "operation": "create", "collection": postCollection, "rkey": fmt.Sprintf("3l%011d", i)}
		switch k := r.IntN(20); {
		case k < 15:
			body["record"], body["cid"] = talk(r, at), "bafyreidc6sydkkbchcyg62v77wbhzvb2mvytlmsychqgwf2xojjtirmzj4"
		case k < 18:
			body["operation"] = "delete"
		case k < 19:
			kind, body = "identity", map[string]any{"did": did, "handle": "someone.example.com", "seq": i, "time": at}
		default:
			kind, body = "account", map[string]any{"active": r.IntN(2) == 0, "did": did, "seq": i, "status": "deactivated", "time": at}
		}
		frames[i] = frameV1(did, kind, at.UnixMicro(), body)
		if dialect == 2 {
			frames[i] = frameV2(did, kind, int64(i+1), at, body)
		}
	}
	return frames
}

func talk(r *rand.Rand, at time.Time) map[string]any {
	text := smallTalk[r.IntN(len(smallTalk))]
	if r.IntN(200) == 0 {
		text = ours[r.IntN(len(ours))]
	}
	for r.IntN(2) == 0 {
		text += ". " + smallTalk[r.IntN(len(smallTalk))]
	}
	record := map[string]any{"$type": postCollection, "text": text, "createdAt": at, "langs": []string{"en"}}
	ref := map[string]any{"cid": "bafyreidc6sydkkbchcyg62v77wbhzvb2mvytlmsychqgwf2xojjtirmzj4", "uri": "at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/app.bsky.feed.post/3l3qo2vutsw2b"}
	if r.IntN(3) == 0 {
		record["reply"] = map[string]any{"root": ref, "parent": ref}
	}
	switch r.IntN(6) {
	case 0:
		record["embed"] = map[string]any{"$type": "app.bsky.embed.external", "external": map[string]any{
			"uri": "https://news.example.org/2026/11/21/story?id=1", "title": "A story from the news", "description": strings.Repeat("What happened, and why it matters to some. ", 3)}}
	case 1:
		record["embed"] = map[string]any{"$type": "app.bsky.embed.images", "images": []any{map[string]any{"alt": "A picture of a thing", "aspectRatio": map[string]any{"height": 1, "width": 2},
			"image": map[string]any{"$type": "blob", "ref": map[string]any{"$link": "bafkreidc6sydkkbchcyg62v77wbhzvb2mvytlmsychqgwf2xojjtirmzj4"}, "mimeType": "image/jpeg", "size": 312345}}}}
	}
	return record
}

func wholeVocabulary(b *testing.B) *vocabulary.Tagger {
	b.Helper()
	v, err := vocabulary.Default()
	if err != nil {
		b.Fatal(err)
	}
	t, err := vocabulary.Compile(v, council.Load())
	if err != nil {
		b.Fatal(err)
	}
	return t
}

func benchFollow(b *testing.B, match func(string, []string) bool, dictionary []byte) *skyFollow {
	b.Helper()
	sky := newBluesky(Deps{Now: func() time.Time { return today }, Key: []byte("key"), Match: match}).(*bluesky)
	state, err := loadSky(nil)
	if err != nil {
		b.Fatal(err)
	}
	conn := &jetConn{}
	if dictionary != nil {
		if conn.unpack, err = newUnpacker(dictionary); err != nil {
			b.Fatal(err)
		}
	}
	return newSkyFollow(sky, Source{Kind: "bluesky", Query: "councils", Tags: []string{"localgov", "ukgovcamp"}}.Complete(), state, conn, func(Visit) error { return nil })
}

// BenchmarkBluesky measures, per second of one core, the events that are unpacked, read,
// filtered with the whole vocabulary and register and, where they concern us,
// made into items.
func BenchmarkBluesky(b *testing.B) {
	match := wholeVocabulary(b).Concerns
	d := trained(b, 7)
	z, err := zstd.NewWriter(nil, zstd.WithEncoderDict(d), zstd.WithEncoderConcurrency(1))
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		dialect int
		packed  bool
	}{{"version 1", 1, false}, {"version 2", 2, false}, {"version 2 packed", 2, true}} {
		b.Run(c.name, func(b *testing.B) {
			frames, size, kind := network(c.dialect, 20_000), 0, websocket.MessageText
			if c.packed {
				kind = websocket.MessageBinary
			}
			for i := range frames {
				size += len(frames[i])
				if c.packed {
					frames[i] = string(z.EncodeAll([]byte(frames[i]), nil))
				}
			}
			f := benchFollow(b, match, map[bool][]byte{true: d}[c.packed])
			b.ReportAllocs()
			n, before := 0, cpuTime()
			for b.Loop() {
				f.frame = append(f.frame[:0], frames[n%len(frames)]...)
				plain, ok := f.unpack(kind, f.frame)
				if err := f.take(plain, ok); err != nil || !ok {
					b.Fatal(ok, err)
				}
				n++
			}
			b.ReportMetric(float64(n)/(cpuTime()-before).Seconds(), "events/cpu-s")
			b.ReportMetric(float64(size)/float64(len(frames)), "bytes/event")
		})
	}
}

// BenchmarkBlueskyBaseline is the plain way: encoding/json for each frame, and
// all tags of each post.
func BenchmarkBlueskyBaseline(b *testing.B) {
	t := wholeVocabulary(b)
	frames := network(1, 20_000)
	b.ReportAllocs()
	n, found, before := 0, 0, cpuTime()
	for b.Loop() {
		var e struct {
			Did    string
			TimeUS int64 `json:"time_us"`
			Kind   string
			Commit *struct {
				Operation, Collection, RKey string
				Record                      *skyRecord
			}
		}
		if err := json.Unmarshal([]byte(frames[n%len(frames)]), &e); err != nil {
			b.Fatal(err)
		}
		if e.Commit != nil && e.Commit.Record != nil {
			r := e.Commit.Record
			in := vocabulary.Input{Text: r.words(), Hashtags: r.hashtags(), Links: r.links(), Quiet: true}
			if res := t.Tag(in); len(res.Topics)+len(res.Councils) > 0 {
				found++
			}
		}
		n++
	}
	b.ReportMetric(float64(n)/(cpuTime()-before).Seconds(), "events/cpu-s")
}

// cpuTime is what this process has used of all processors, so that a busy
// machine does not change the result much.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestNetworkOfTheBenchmarkIsFiltered keeps the benchmark honest.
func TestNetworkOfTheBenchmarkIsFiltered(t *testing.T) {
	v, err := vocabulary.Default()
	if err != nil {
		t.Fatal(err)
	}
	tagger, err := vocabulary.Compile(v, council.Load())
	if err != nil {
		t.Fatal(err)
	}
	for dialect := 1; dialect <= 2; dialect++ {
		var b testing.B
		f := benchFollow(&b, tagger.Concerns, nil)
		want := 0
		for _, frame := range network(dialect, 4000) {
			for _, text := range ours {
				if strings.Contains(frame, text) {
					want++
				}
			}
			if err := f.take([]byte(frame), true); err != nil {
				t.Fatal(err)
			}
		}
		got := 0
		for _, it := range f.batch {
			if it.Op == item.Create {
				got++
			}
		}
		if want < 5 || got != want {
			t.Errorf("version %d: %d posts were taken, %d concern us", dialect, got, want)
		}
	}
}
