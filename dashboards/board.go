package dashboards

import (
	"html"
	"html/template"
	"strconv"
	"strings"

	"vantage/dashboards/chart"
	"vantage/pipeline/radar"
)

// board writes the heat map as an HTML table: the picture that needs no
// script. It is written by hand because a page has thousands of cells, which
// take html/template ten milliseconds; every text goes through escape.
func board(m *chart.Matrix) template.HTML {
	b := &boardWriter{Matrix: m}
	b.Grow(160 * len(m.Rows) * len(m.Cols))
	b.open()
	b.head()
	b.text(`<tbody role="rowgroup">`)
	for i := range m.Rows {
		b.row(i)
	}
	b.text("</tbody>")
	b.totals()
	b.text("</table>\n")
	b.narrow()
	return template.HTML(b.String())
}

type boardWriter struct {
	strings.Builder
	*chart.Matrix
	half [2]string // of the last link, escaped and not
}

func (b *boardWriter) text(s string) { b.WriteString(s) }

func (b *boardWriter) escape(s string) {
	if strings.ContainsAny(s, `&<>"'`) {
		s = html.EscapeString(s)
	}
	b.WriteString(s)
}

// link writes the address of a cell. The longer half is the same all along a
// row, so it is escaped once.
func (b *boardWriter) link(i, j int) {
	ofRow, ofCol := b.Halves(i, j)
	if b.half[1] != ofRow {
		b.half = [2]string{html.EscapeString(ofRow), ofRow}
	}
	b.WriteString(b.half[0])
	b.escape(ofCol)
}

// narrow says what a narrow screen leaves out; wide ones hide it.
func (b *boardWriter) narrow() {
	words := "This screen shows the newest weeks. The table below holds all of them."
	if !b.Weekly() {
		words = "This screen shows the topics with the most posts. The CSV file below holds all of them."
	}
	b.text(`<p class="narrow note">` + words + `</p>`)
}

// open names the density: with many columns there is no room for numbers.
func (b *boardWriter) open() {
	class := "weeks n" + strconv.Itoa(len(b.Cols))
	if !b.Weekly() {
		class = "matrix"
	}
	if b.Reorganised.Fraction {
		class += " shares"
	}
	b.text(`<table class="board ` + class + `" role="table" aria-label="`)
	b.escape(b.Title)
	b.text(`"><thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">`)
	b.escape(capital(b.RowNoun))
	b.text(`</th>`)
}

func (b *boardWriter) head() {
	for j, c := range b.Cols {
		b.text(`<th role="columnheader" scope="col" class="` + b.headClass(j) + `"><span class="vh"><span>`)
		b.escape(c.Name)
		if c.Partial {
			b.text(`, not over yet`)
		}
		b.text(`</span>`)
		if missed := c.MissedWords(); missed != "" {
			b.text(`<span>, `)
			b.escape(missed)
			b.text(`</span>`)
		}
		b.text(`</span><span aria-hidden="true">`)
		if b.Weekly() {
			b.text(c.Week.Format("2") + `<br>` + c.Week.Format("Jan"))
		} else {
			b.escape(c.Short)
		}
		b.text(`</span></th>`)
	}
	b.text(`</tr></thead>`)
}

func (b *boardWriter) headClass(j int) string {
	class := "h"
	if b.Cols[j].Gap {
		class += " gap"
	}
	return class
}

func (b *boardWriter) row(i int) {
	r := b.Rows[i]
	b.text(`<tr role="row"><th role="rowheader" scope="row"><a href="`)
	b.escape(b.RowLink(i))
	b.text(`">`)
	b.escape(r.Name)
	b.text(`</a>`)
	pill(b, r.Score.Label)
	b.text(`</th>`)
	for j := range b.Cols {
		b.cell(i, j)
	}
	b.text("</tr>\n")
	said := r.Sentence()
	if said == "" {
		return
	}
	class := "said"
	if !r.Score.Eligible {
		class += " quiet"
	}
	b.text(`<tr role="row" class="` + class + `"><td role="cell" colspan="` + strconv.Itoa(len(b.Cols)+1) + `"><p>`)
	b.escape(said)
	b.text("</p></td></tr>\n")
}

func pill(b *boardWriter, l radar.Label) {
	if l != radar.None {
		b.text(` <span class="pill ` + string(l) + `">` + string(l) + `</span>`)
	}
}

func (b *boardWriter) cell(i, j int) {
	c := b.Rows[i].Cells[j]
	more := ""
	if b.Cols[j].Partial {
		more = " p"
	}
	if b.Cols[j].Gap && c.State != chart.Unheard {
		more += " g"
	}
	switch c.State {
	case chart.Unheard:
		b.text(`<td role="cell" class="u` + more + `"><span class="vh">not heard</span></td>`)
	case chart.Zero:
		b.text(`<td role="cell" class="z` + more + `"><span class="vh">0</span></td>`)
	case chart.Counted:
		b.text(`<td role="cell" class="c`)
		b.text(strconv.Itoa(b.Step(b.Class(c)) + 1))
		b.text(more)
		b.text(`"><a href="`)
		b.link(i, j)
		b.text(`" data-n="`)
		b.text(b.readout(c))
		b.text(`">`)
		b.escape(b.Shown(c))
		b.text(`</a></td>`)
	}
}

// readout is what the script says besides the number: publishers, stories and,
// where the number is not that of the posts, these.
func (b *boardWriter) readout(c chart.Cell) string {
	words := strconv.FormatUint(c.Publishers, 10) + " " + strconv.FormatUint(c.Stories, 10)
	if !b.Alike(c) {
		words += " " + chart.Number(c.Items)
	}
	return words
}

// totals adds up the councils, also those that a picture leaves out.
func (b *boardWriter) totals() {
	if b.Weekly() {
		return
	}
	b.text(`<tfoot role="rowgroup"><tr role="row"><th role="rowheader" scope="row">Total</th>`)
	for _, sum := range b.Totals {
		b.text(`<td role="cell">` + b.Amount(sum) + `</td>`)
	}
	b.text(`</tr></tfoot>`)
}

// numbers writes every row and week as a plain table of links.
func numbers(m *chart.Matrix) template.HTML {
	b := &boardWriter{Matrix: m}
	b.Grow(120 * len(m.Rows) * len(m.Cols))
	b.text(`<table class="numbers"><thead><tr><th scope="col">`)
	b.escape(capital(m.RowNoun))
	b.text(`</th><th scope="col">Label</th><th scope="col">Items</th><th scope="col">Publishers</th><th scope="col">Stories</th>`)
	for _, c := range m.Cols {
		b.text(`<th scope="col"><time datetime="` + c.ID + `">` + c.Short + `</time>`)
		if c.Partial {
			b.text(` so far`)
		}
		if c.Gap {
			b.text(` (part missed)`)
		}
		b.text(`</th>`)
	}
	b.text(`</tr></thead><tbody>`)
	for i := range m.Rows {
		b.numberRow(i)
	}
	b.text("</tbody></table>\n")
	return template.HTML(b.String())
}

func (b *boardWriter) numberRow(i int) {
	r := b.Rows[i]
	b.text(`<tr><th scope="row">`)
	b.escape(r.Name)
	b.text(`</th><td>` + string(r.Score.Label) + `</td><td><a href="`)
	b.escape(b.RowLink(i))
	b.text(`">` + chart.Number(r.Total.Items) + `</a></td><td>` + chart.Number(r.Total.Publishers) + `</td><td>` + chart.Number(r.Total.Stories) + `</td>`)
	for j, c := range r.Cells {
		switch c.State {
		case chart.Unheard:
			b.text(`<td class="u">not heard</td>`)
		case chart.Zero:
			b.text(`<td>0</td>`)
		case chart.Counted:
			b.text(`<td><a href="`)
			b.link(i, j)
			b.text(`">` + chart.Number(c.Items) + `</a></td>`)
		}
	}
	b.text("</tr>\n")
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
