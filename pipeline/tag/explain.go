package tag

import (
	"fmt"
	"strings"

	"vantage/collectors/text"
	"vantage/pipeline/council"
)

// Explain returns a result as plain text for people, with a reason for
// everything that was found. It ends with an empty line. What it quotes of the
// post is cleaned: a stranger's control characters would steer the terminal.
func Explain(in Input, r Result, v *Vocabulary, reg *council.Register) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", heading(in))
	lines := Lines(r, v, reg)
	if len(lines) == 0 {
		b.WriteString("  nothing found\n")
	}
	last := ""
	for _, l := range lines {
		if l.Heading != last {
			fmt.Fprintf(&b, "  %s\n", l.Heading)
			last = l.Heading
		}
		explainLine(&b, l)
	}
	fmt.Fprintf(&b, "  Language: %s\n\n", text.Line(LanguageName(r.Lang)))
	return b.String()
}

func explainLine(b *strings.Builder, l Line) {
	fmt.Fprintf(b, "    %s", l.Name)
	if l.ID != "" && l.Heading == "Councils" {
		fmt.Fprintf(b, " (%s)", l.ID)
	}
	if l.Note != "" {
		fmt.Fprintf(b, ": %s", text.Line(l.Note))
	}
	b.WriteByte('\n')
	for _, reason := range l.Reasons {
		fmt.Fprintf(b, "      - %s\n", text.Line(reason))
	}
}

// heading is the id and the beginning of the post.
func heading(in Input) string {
	const most = 70 // letters
	words := text.Line(in.Title + " " + in.Text)
	if letters := []rune(words); len(letters) > most {
		words = string(letters[:most]) + "…"
	}
	return strings.TrimSpace(text.Line(in.ID) + "  " + words)
}
