package chart

import (
	"strings"

	"vantage/pipeline/radar"
)

// Measures of the picture, in pixels.
const (
	pictureWidth = 1200 // where the look asks for none
	margin       = 24
	cellHeight   = 26
	minCell      = 12
	gapEdge      = 6   // height of the hatched edge of a square whose week is a gap
	labelWidth   = 330 // at most, of the row names
	narrowWidth  = 600 // below this, names take half of the width
	headSize     = 21
	textSize     = 14
	smallSize    = 12
	pillSize     = 11
)

// Look says how a picture is drawn.
type Look struct {
	Theme  Theme
	Width  int    // pixels; 0: the usual one
	Base   string // address before the links of cells; without one they carry none
	Site   string
	Sample bool
}

// SVG draws the chart. The bytes are the same for the same chart and look.
func (m *Matrix) SVG(l Look) []byte { return m.draw(l).svg() }

// PNG paints the same picture at scale pixels to a CSS pixel.
func (m *Matrix) PNG(l Look, scale float64) ([]byte, error) { return m.draw(l).png(scale) }

// draw lays the picture out from top to bottom.
func (m *Matrix) draw(l Look) *scene {
	width := float64(pictureWidth)
	if l.Width > 0 {
		width = float64(l.Width)
	}
	s := &scene{title: m.Title, alt: m.Alt(), theme: l.Theme}
	p := &painter{Matrix: m, scene: s, look: l, left: margin + m.nameWidth(width)}
	if n := len(m.Cols); n > 0 {
		p.cellWidth = max(minCell, (width-margin-p.left)/float64(n))
	}
	s.width = max(width, p.left+p.cellWidth*float64(len(m.Cols))+margin)
	p.head()
	if m.Empty() {
		s.write(margin, p.y+24, textSize, start, l.Theme.Muted, "No items were found.")
		p.y += 48
	} else {
		p.colNames()
		p.rows()
		p.legend()
	}
	p.foot()
	s.height = p.y
	return s
}

// painter draws one matrix; y is the line that it has come to.
type painter struct {
	*Matrix
	scene              *scene
	look               Look
	left, cellWidth, y float64
}

// nameWidth is the room for the row names and their labels.
func (m *Matrix) nameWidth(picture float64) float64 {
	w := 80.0
	for _, r := range m.Rows {
		w = max(w, textWidth(r.Name, textSize, false)+pillWidth(r.Score.Label))
	}
	share := 0.4
	if picture < narrowWidth {
		share = 0.5
	}
	return min(w, labelWidth, picture*share) + 14
}

func pillWidth(l radar.Label) float64 {
	if l == radar.None {
		return 0
	}
	return textWidth(string(l), pillSize, true) + 20
}

func (p *painter) head() {
	t := p.look.Theme
	p.y = 16
	p.words(p.Title, headSize, true, t.Ink)
	p.words("Items by "+p.RowNoun+" and "+p.ColNoun+", "+p.Period(), textSize, false, t.Muted)
	if p.look.Sample {
		p.words(SampleNote, textSize, true, t.Ink)
	}
	p.y += 18
}

// words writes a text in as many lines as the width needs.
func (p *painter) words(text string, size float64, bold bool, fill RGB) {
	room := p.scene.width - 2*margin
	line := ""
	flush := func() {
		p.y += size * 1.45
		p.scene.add(inked{shape: textMark, x: margin, y: p.y, size: size, bold: bold, fill: fill, text: line})
	}
	for word := range strings.FieldsSeq(text) {
		longer := strings.TrimLeft(line+" "+word, " ")
		if line != "" && textWidth(longer, size, bold) > room {
			flush()
			longer = word
		}
		line = longer
	}
	flush()
}

// colNames writes as many week names as there is room for, counted from the
// newest; topics stand on end.
func (p *painter) colNames() {
	if !p.Weekly() {
		p.slanted()
		return
	}
	p.y += 18
	room := textWidth("30 Sep", smallSize, false) + 10
	every := max(1, int(room/p.cellWidth)+1)
	if p.cellWidth >= room {
		every = 1
	}
	for j := len(p.Cols) - 1; j >= 0; j -= every {
		p.scene.write(p.left+(float64(j)+.5)*p.cellWidth, p.y, smallSize, middle, p.look.Theme.Muted, p.Cols[j].Short)
	}
	p.y += 8
}

// slanted numbers the columns and names them below the picture's head, since
// neither SVG text on end nor a slant stays legible in every reader.
func (p *painter) slanted() {
	x, line := float64(margin), p.y+16
	for j, c := range p.Cols {
		words := Number(uint64(j+1)) + " " + c.Name
		if w := textWidth(words, smallSize, false) + 18; x+w > p.scene.width-margin && x > margin {
			x, line = margin, line+18
		}
		p.scene.write(x, line, smallSize, start, p.look.Theme.Ink, words)
		x += textWidth(words, smallSize, false) + 18
	}
	p.y = line + 28
	for j := range p.Cols {
		p.scene.write(p.left+(float64(j)+.5)*p.cellWidth, p.y, smallSize, middle, p.look.Theme.Muted, Number(uint64(j+1)))
	}
	p.y += 8
}

func (p *painter) rows() {
	for i, r := range p.Rows {
		p.rowName(r)
		for j := range p.Cols {
			p.cell(i, j)
		}
		p.y += cellHeight
	}
}

func (p *painter) rowName(r Row) {
	base, pill := p.y+cellHeight/2+5, pillWidth(r.Score.Label)
	name := fit(r.Name, textSize, false, p.left-margin-14-pill)
	p.scene.write(margin, base, textSize, start, p.look.Theme.Ink, name)
	if pill == 0 {
		return
	}
	x := p.left - 14 - pill + 8
	p.scene.add(inked{shape: frame, x: x, y: p.y + 5, w: pill - 8, h: cellHeight - 10, stroke: p.look.Theme.Ink})
	p.scene.add(inked{shape: textMark, x: x + (pill-8)/2, y: p.y + cellHeight/2 + 4, size: pillSize, bold: true, anchor: middle, fill: p.look.Theme.Ink, text: string(r.Score.Label)})
}

func (p *painter) cell(i, j int) {
	c, t := p.Rows[i].Cells[j], p.look.Theme
	m := inked{x: p.left + float64(j)*p.cellWidth, y: p.y, w: p.cellWidth - 1, h: cellHeight - 1, tip: p.Say(i, j)}
	box := m
	if p.Cols[j].Gap && c.State != Unheard {
		m.h -= gapEdge
		p.scene.add(inked{shape: hatch, x: m.x, y: m.y + m.h, w: m.w, h: gapEdge, tip: m.tip})
	}
	switch c.State {
	case Unheard:
		m.shape = hatch
	case Zero:
		m.shape, m.stroke = frame, t.Line
		m.x, m.y, m.w, m.h = m.x+.5, m.y+.5, m.w-1, m.h-1
	case Counted:
		m.fill = t.Ramp[p.Step(p.Class(c))]
		if p.look.Base != "" {
			m.link = p.look.Base + p.Link(i, j)
		}
	}
	p.scene.add(m)
	if c.State == Counted {
		p.count(c, m)
	}
	if p.Cols[j].Partial {
		p.scene.add(inked{shape: frame, x: box.x + .5, y: box.y + .5, w: box.w - 1, h: box.h - 1, stroke: t.Muted, dash: true})
	}
}

// count writes the number into a cell that has the room.
func (p *painter) count(c Cell, m inked) {
	words := p.Shown(c)
	if textWidth(words, pillSize, false)+1 <= m.w {
		p.scene.write(m.x+m.w/2, m.y+m.h/2+4, pillSize, middle, On(m.fill), words)
	}
}

// partMissed is the legend's word for a gap.
const partMissed = "part missed"

// legend names every class, zero, and what was not heard.
func (p *painter) legend() {
	p.y += 22
	left := p.left
	if p.scene.width < narrowWidth {
		left = margin
	}
	x := left
	key := func(m inked, words string) {
		if w := 30 + textWidth(words, smallSize, false); x+w > p.scene.width-margin && x > left {
			x, p.y = left, p.y+24
		}
		m.x, m.y, m.w, m.h = x, p.y, 22, 15
		if words == partMissed {
			m.h -= gapEdge
			p.scene.add(inked{shape: hatch, x: x, y: p.y + m.h, w: m.w, h: gapEdge})
		}
		p.scene.add(m)
		p.scene.write(x+28, p.y+12, smallSize, start, p.look.Theme.Ink, words)
		x += 28 + textWidth(words, smallSize, false) + 18
	}
	key(inked{shape: frame, stroke: p.look.Theme.Line}, "none")
	for k := 1; k <= p.Classes(); k++ {
		key(inked{fill: p.look.Theme.Ramp[p.Step(k)]}, p.ClassName(k))
	}
	key(inked{shape: hatch}, "not heard from")
	if p.HasGaps() {
		key(inked{fill: p.look.Theme.Ramp[2]}, partMissed)
	}
	if p.Weekly() && p.Cols[len(p.Cols)-1].Partial {
		key(inked{shape: frame, stroke: p.look.Theme.Muted, dash: true}, "week not over")
	}
	p.y += 18
}

func (p *painter) foot() {
	p.y += 12
	p.words(Attribution, smallSize, false, p.look.Theme.Muted)
	if p.look.Site != "" {
		p.words(p.look.Site, smallSize, false, p.look.Theme.Muted)
	}
	p.y += margin
}
