package story

import (
	"strings"
	"testing"
)

func TestPostThatWasCutOffIsACopyOfTheWhole(t *testing.T) {
	whole := Sign(nil, "Damp sensors", news+" "+strings.Repeat("Further paragraphs tell of costs, dates and other councils which take part. ", 20)+other)
	for name, body := range map[string]string{
		"ellipsis":         news[:120] + "…",
		"dots":             news[:120] + "...",
		"brackets":         news[:118] + " [...]",
		"an entity":        news[:120] + "&hellip;",
		"with a link":      news[:120] + "… https://example.org/news/damp",
		"continue reading": news[:118] + " Continue reading Damp sensors",
		"in Welsh":         news[:118] + " Darllen mwy",
		"named by a feed":  news[:120] + " [&#8230;] The post Damp sensors appeared first on Example Council News and Views.",
	} {
		if got := Sign(nil, "Damp sensors", body); !Copy(whole, got) || !Copy(got, whole) {
			t.Errorf("%s: not found (similarity %.2f)", name, Similarity(whole, got))
		}
	}
}

const other = "A wholly different post about library visits, warm rooms and seed swaps which nobody has copied from anywhere."

func TestBeginningAloneMakesNoCopy(t *testing.T) {
	opening := "The leader of the council said at the meeting on Tuesday evening that residents deserve better: "
	more := strings.Repeat("roads buses parks trees schools rents heat water light noise ", 8)
	whole := Sign(nil, "", opening+more)
	for name, body := range map[string]string{
		"another end":         opening + other + other,
		"a pause":             opening + "well… we shall see what the next budget brings for parks and libraries and for the swimming pool too",
		"cut, another middle": opening + "libraries and seed swaps and warm rooms will all be open longer this wint…",
		"cut too early":       "The leader of the council said…",
	} {
		if got := Sign(nil, "", body); Copy(whole, got) {
			t.Errorf("%s: counts as a copy", name)
		}
	}
}

func TestTwoCutTextsAreComparedAsFarAsTheShorterGoes(t *testing.T) {
	long, short := Sign(nil, "", news[:180]+"…"), Sign(nil, "", news[:100]+"…")
	if !Copy(long, short) {
		t.Error("two lengths of one text are not one story")
	}
}

func TestEntitiesAndHandlesAreNoWords(t *testing.T) {
	plain := "The council's leader & cabinet met “online” to agree the housing plan for next year, don't forget to reply"
	want := Sign(nil, "", plain)
	for name, body := range map[string]string{
		"entities": "The council&#8217;s leader &amp; cabinet met &ldquo;online&rdquo; to agree the housing plan for next year, don't forget to reply",
		"handles":  "@council The council's leader & cabinet met “online” to agree the housing plan for next year, don't forget to reply @leader",
		"curly":    "The council’s leader & cabinet met \"online\" to agree the housing plan for next year, don’t forget to reply",
	} {
		if got := Sign(nil, "", body); string(got) != string(want) {
			t.Errorf("%s change the signature: %.2f", name, Similarity(got, want))
		}
	}
	for _, odd := range []string{"&", "&;", "& ;", "&#", "&#8217;", "&rsquo;s", "a&b;c", "&rsquo;style", "R&D; S&P; A&E; B&B; Q&A"} {
		Sign(nil, odd, strings.Repeat(odd+" word ", 20))
	}
}

func TestSignatureOfAnotherVersionIsNoCopy(t *testing.T) {
	old := Sign(nil, "", news)
	old[0]--
	if Copy(old, Sign(nil, "", news)) || Similarity(old, old) != 0 {
		t.Error("versions are compared with each other")
	}
	before := make([]byte, 128) // 64 values of 16 bits, before versions
	copy(before, "\x02")
	expect(t, []Entry{
		{ID: "old", Published: start, Signature: old}, {ID: "before", Published: start, Signature: before},
		{ID: "before2", Published: start, Signature: before}, entry("new", 1, news), entry("copy", 2, news),
	}, map[string]string{"copy": "new"})
}
