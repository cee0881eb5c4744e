package tag

import (
	"slices"
	"testing"

	"vantage/pipeline/council"
)

func glossary(tb testing.TB) *Glossary {
	tb.Helper()
	v, err := Default()
	if err != nil {
		tb.Fatal(err)
	}
	return NewGlossary(v, council.Load())
}

// TestFindByAnyName: one term under the words of officers and of
// technologists, in each language, and however it is written.
func TestFindByAnyName(t *testing.T) {
	g := glossary(t)
	for _, tt := range []struct{ question, kind, id string }{
		{"RPA", Topics, "rpa"},
		{"robotic process automation", Topics, "rpa"},
		{"Digital workers", Topics, "rpa"},
		{"automating repetitive admin", Topics, "rpa"},
		{"awtomeiddio prosesau", Topics, "rpa"},
		{"deallusrwydd artiffisial", Topics, "ai"},
		{"Ddeallusrwydd Artiffisial", Topics, "ai"},
		{"inntleachd fhuadain", Topics, "ai"},
		{"damp & mould", Topics, "damp-mould"},
		{"Awaab’s Law", Topics, "damp-mould"},
		{"awaabs law", Topics, "damp-mould"},
		{"low-traffic neighbourhoods", Topics, "ltn"},
		{"LTN", Topics, "ltn"},
		{"citizens assemblies", Topics, "citizens-assemblies"},
		{"tai", Themes, "housing"},
		{"Power BI", Tools, "power-bi"},
		{"powerbi", Tools, "power-bi"},
		{"Leeds", Councils, "E08000035"},
		{"leeds city council", Councils, "E08000035"},
		{"Cyngor Caerdydd", Councils, "W06000015"},
		{"Gaerdydd", Councils, "W06000015"},
		{"Ynys Môn", Councils, "W06000001"},
		{"ynys mon", Councils, "W06000001"},
	} {
		found := g.Find(tt.question, 8)
		if !slices.ContainsFunc(found, func(f Found) bool { return f.Kind == tt.kind && f.ID == tt.id && f.Rank != RankSlip }) {
			t.Errorf("%q finds %v, want %s %s", tt.question, found, tt.kind, tt.id)
		}
	}
}

func TestFindPutsTheNameFirst(t *testing.T) {
	g := glossary(t)
	for question, id := range map[string]string{
		"open data": "open-data", "Fostering": "fostering", "buses": "buses", "Drupal": "drupal", "Section 114": "s114",
	} {
		if found := g.Find(question, 5); len(found) == 0 || found[0].ID != id {
			t.Errorf("%q finds %v, want %s first", question, found, id)
		}
	}
	if f := g.Find("deallusrwydd artiffisial", 9); f[0].As != "deallusrwydd artiffisial" || f[0].Lang != "cy" {
		t.Errorf("found as %q in %q", f[0].As, f[0].Lang)
	}
	for _, id := range []string{"rpa", "E08000035"} {
		f := g.Find("RPA in Leeds", 9)
		if !slices.ContainsFunc(f, func(f Found) bool { return f.ID == id && f.Rank == RankInside }) {
			t.Errorf("a question about two things finds %v, without %s", f, id)
		}
	}
}

// TestFindGivesOneLanguage: a name that stands there twice comes with the same
// language each time.
func TestFindGivesOneLanguage(t *testing.T) {
	g := glossary(t)
	for question, want := range map[string]string{"leabharlann": "gd", "Sir Ddinbych": "cy"} {
		for range 50 {
			if f := g.Find(question, 1); len(f) != 1 || f[0].Lang != want {
				t.Fatalf("%q finds %+v, want its language %s", question, f, want)
			}
		}
	}
}

func TestFindForgivesOneSlip(t *testing.T) {
	g := glossary(t)
	for question, id := range map[string]string{
		"homelesness": "homelessness", "retorfit": "retrofit", "fosterring": "fostering", "dementai": "dementia", "robotic proces automation": "rpa",
	} {
		found := g.Find(question, 5)
		if !slices.ContainsFunc(found, func(f Found) bool { return f.ID == id && f.Rank == RankSlip }) {
			t.Errorf("%q finds %v, want %s as a slip", question, found, id)
		}
	}
	if found := g.Find("zzzyx", 5); len(found) != 0 {
		t.Errorf("nonsense finds %v", found)
	}
}

func TestFindTakesAnything(t *testing.T) {
	g := glossary(t)
	for _, s := range []string{"", " ", "'; DROP TABLE items; --", "%", "שלום עולם", "\xff\xfe", "\u202egnisuoh", "a\x00b", "the the the the the the the the the the the the the the the"} {
		for _, f := range g.Find(s, 3) {
			if f.Name == "" {
				t.Errorf("%q finds a term without a name", s)
			}
		}
	}
}

func TestOneSlip(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"house", "hose", true}, {"hose", "house", true}, {"house", "horse", true}, {"house", "huose", true},
		{"house", "house", false}, {"house", "mouses", false}, {"abcd", "badc", false}, {"côr", "cor", true},
	} {
		if oneSlip(tt.a, tt.b) != tt.want {
			t.Errorf("%s and %s: %v", tt.a, tt.b, !tt.want)
		}
	}
}

// TestEveryBuiltInTermIsExplained: names and a sentence for readers, and
// examples on both sides.
func TestEveryBuiltInTermIsExplained(t *testing.T) {
	v, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(v.topics); n < 150 {
		t.Errorf("%d topics; at least 150 are expected", n)
	}
	welsh := 0
	for _, rules := range [][]Rule{v.themes, v.topics, v.tools} {
		for i := range rules {
			r := &rules[i]
			if r.About == "" || len(r.Names()) == 0 {
				t.Error(r.problem("no sentence or no other name"))
			}
			if r.kind != Themes && (len(r.Examples.Match) == 0 || len(r.Examples.Not) == 0) {
				t.Error(r.problem("an example that must match, or one that must not, is missing"))
			}
			if r.kind == Topics && len(r.Cy) > 0 {
				welsh++
			}
		}
	}
	if welsh < 150 {
		t.Errorf("%d topics have a Welsh name", welsh)
	}
}

func TestWelshNamesMatchMutated(t *testing.T) {
	tg := tagger(t)
	for _, tt := range []struct{ post, topic string }{
		{"Mae'r cyngor yn defnyddio deallusrwydd artiffisial", "ai"},
		{"Strategaeth ar gyfer ddeallusrwydd artiffisial", "ai"},
		{"Rhybudd: llifogydd yn y dref", "flooding"},
		{"Rhybudd o lifogydd heno", "flooding"},
		{"Mwy o fannau gwyrdd i bawb", "parks"},
		{"Digartrefedd yn codi yng Nghymru", "homelessness"},
	} {
		if got := ids(tg.Tag(Input{Text: tt.post}).Topics); !slices.Contains(got, tt.topic) {
			t.Errorf("%q has %v, want %s", tt.post, got, tt.topic)
		}
	}
	for _, post := range []string{"A Thai restaurant opens", "Dai opens the shop"} {
		got := tg.Tag(Input{Text: post})
		if len(got.Topics) > 0 || slices.Contains(ids(got.Themes), "housing") {
			t.Errorf("%q has %v %v", post, got.Topics, got.Themes)
		}
	}
}

// BenchmarkFind looks names up, also one that is written wrong.
func BenchmarkFind(b *testing.B) {
	g := glossary(b)
	for _, question := range []string{"RPA", "damp and mould", "homelesness"} {
		b.Run(question, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				g.Find(question, 20)
			}
		})
	}
}
