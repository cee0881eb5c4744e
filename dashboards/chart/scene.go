package chart

// scene is a display list: what a picture is made of, before it is written as
// SVG or painted as PNG. Lengths are CSS pixels, y grows downwards.
type scene struct {
	width, height float64
	title, alt    string
	theme         Theme
	marks         []inked
}

// inked is one thing drawn. Tip and Link make it speak and lead somewhere, in
// SVG only.
type inked struct {
	shape      shape
	x, y, w, h float64
	fill       RGB
	stroke     RGB
	dash       bool
	text       string
	size       float64
	bold       bool
	anchor     anchor
	tip, link  string
}

type shape uint8

const (
	rect  shape = iota // filled
	frame              // outlined
	hatch              // diagonal lines: nothing was heard
	textMark
)

type anchor uint8

const (
	start anchor = iota
	middle
	end
)

func (s *scene) add(m inked) { s.marks = append(s.marks, m) }

func (s *scene) write(x, y, size float64, a anchor, fill RGB, words string) {
	s.add(inked{shape: textMark, x: x, y: y, size: size, anchor: a, fill: fill, text: words})
}
