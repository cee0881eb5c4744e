package chart

import (
	"bytes"
	"fmt"
	"html"
	"strconv"
)

// svg writes the scene. The bytes are the same for the same scene.
func (s *scene) svg() []byte {
	var b bytes.Buffer
	b.Grow(160 * len(s.marks))
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" height="%s" role="img" aria-labelledby="t d" font-family="Go, Arial, Helvetica, sans-serif">`,
		num(s.width), num(s.height), num(s.width), num(s.height))
	fmt.Fprintf(&b, `<title id="t">%s</title><desc id="d">%s</desc>`, html.EscapeString(s.title), html.EscapeString(s.alt))
	fmt.Fprintf(&b, `<defs><pattern id="h" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0v5" stroke="%s" stroke-width="1.6"/></pattern></defs>`, s.theme.Hatch.Hex())
	fmt.Fprintf(&b, `<rect width="%s" height="%s" fill="%s"/>`, num(s.width), num(s.height), s.theme.Ground.Hex())
	for i := range s.marks {
		s.marks[i].svg(&b)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func (m *inked) svg(b *bytes.Buffer) {
	if m.link != "" {
		fmt.Fprintf(b, `<a href="%s">`, html.EscapeString(m.link))
	}
	switch m.shape {
	case textMark:
		m.svgText(b)
	default:
		m.svgRect(b)
	}
	if m.link != "" {
		b.WriteString(`</a>`)
	}
}

func (m *inked) svgRect(b *bytes.Buffer) {
	fmt.Fprintf(b, `<rect x="%s" y="%s" width="%s" height="%s" `, num(m.x), num(m.y), num(m.w), num(m.h))
	switch m.shape {
	case rect:
		fmt.Fprintf(b, `fill="%s"`, m.fill.Hex())
	case hatch:
		b.WriteString(`fill="url(#h)"`)
	case frame:
		fmt.Fprintf(b, `fill="none" stroke="%s"`, m.stroke.Hex())
		if m.dash {
			b.WriteString(` stroke-dasharray="3 2"`)
		}
	}
	if m.tip == "" {
		b.WriteString(`/>`)
		return
	}
	fmt.Fprintf(b, `><title>%s</title></rect>`, html.EscapeString(m.tip))
}

// svgText names the width that was measured for long labels, because the
// reader's browser may fall back to a wider font and cut them.
func (m *inked) svgText(b *bytes.Buffer) {
	fmt.Fprintf(b, `<text x="%s" y="%s" font-size="%s" fill="%s"`, num(m.x), num(m.y), num(m.size), m.fill.Hex())
	if m.bold {
		b.WriteString(` font-weight="700"`)
	}
	switch m.anchor {
	case middle:
		b.WriteString(` text-anchor="middle"`)
	case end:
		b.WriteString(` text-anchor="end"`)
	}
	if m.anchor != middle && len(m.text) > 8 {
		fmt.Fprintf(b, ` textLength="%s" lengthAdjust="spacingAndGlyphs"`, num(textWidth(m.text, m.size, m.bold)))
	}
	if m.link == "" && m.tip == "" && m.anchor == middle {
		b.WriteString(` pointer-events="none"`)
	}
	fmt.Fprintf(b, `>%s</text>`, html.EscapeString(m.text))
}

// num writes at most two decimal places.
func num(v float64) string {
	return strconv.FormatFloat(float64(int64(v*100+0.5))/100, 'f', -1, 64)
}
