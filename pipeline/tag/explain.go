package tag

import (
	"fmt"
	"strings"

	"vantage/pipeline/council"
)

// Explain returns a result as plain text for people, with a reason for
// everything that was found. It ends with an empty line.
func Explain(in Input, r Result, v *Vocabulary, reg *council.Register) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", heading(in))
	for _, m := range r.Councils {
		c, _ := reg.Council(m.ID)
		fmt.Fprintf(&b, "  council  %s (%s), %d%% sure, %s\n", c.Short, m.ID, int(m.Confidence*100+0.5), senseText(m))
		for _, reason := range m.Reasons {
			fmt.Fprintf(&b, "             %s\n", reason)
		}
	}
	explainHits(&b, v, Topics, r.Topics)
	explainHits(&b, v, Tools, r.Tools)
	explainHits(&b, v, Themes, r.Themes)
	if len(r.Councils)+len(r.Topics)+len(r.Tools)+len(r.Themes) == 0 {
		b.WriteString("  nothing found\n")
	}
	b.WriteString("\n")
	return b.String()
}

func explainHits(b *strings.Builder, v *Vocabulary, kind string, hits []Hit) {
	for _, h := range hits {
		fmt.Fprintf(b, "  %-7s  %s: %s\n", kind, v.Name(kind, h.ID), strings.Join(h.Reasons, ", "))
	}
}

// heading is the id and the beginning of the post.
func heading(in Input) string {
	const most = 70 // letters
	words := strings.Join(strings.Fields(in.Title+" "+in.Text), " ")
	if letters := []rune(words); len(letters) > most {
		words = string(letters[:most]) + "…"
	}
	return strings.TrimSpace(in.ID + "  " + words)
}

func senseText(m council.Match) string {
	switch {
	case m.Sense == council.SenseFeed:
		return "from its own channel"
	case m.Sense == council.SensePlace:
		return "as a place, not counted"
	case !m.Counted():
		return "not sure enough to be counted"
	}
	return "counted"
}
