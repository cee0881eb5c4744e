package collectors

import (
	"bytes"
	"fmt"
	"html"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// minPark is the length in bytes from which a text is parked.
const minPark = 256

// parked are the long texts of a feed that were taken out before parsing, by
// the token that stands for each. encoding/xml reads text byte by byte: it
// took half of the time of a feed of 217 KB, all of it in bodies whose markup
// it does not even look at.
type parked struct {
	mark  string // that every token begins with
	texts map[string]string
	raw   map[string]bool // the text stood in CDATA: nothing is escaped in it
}

// park takes the long texts out of b that fill an element, plain or in one
// CDATA section. Feeds with xml:base stay as they are, because gofeed resolves
// the links inside their texts.
func park(b []byte) ([]byte, parked) {
	p := parked{mark: fmt.Sprintf("parked.%x.", xxhash.Sum64(b)), texts: map[string]string{}, raw: map[string]bool{}}
	if bytes.Contains(b, []byte("xml:base")) {
		return b, p
	}
	out := make([]byte, 0, 16<<10)
	from := 0 // where the part begins that was not copied yet
	for at := bytes.IndexByte(b, '<'); at >= 0; {
		end, opens := skipMarkup(b, at)
		if end < 0 {
			break
		}
		if opens {
			if text, raw, next := filling(b, end); next > 0 {
				out = append(out, b[from:end]...)
				out = append(out, p.keep(text, raw)...)
				from, end = next, next
			}
		}
		next := bytes.IndexByte(b[end:], '<')
		if next < 0 {
			break
		}
		at = end + next
	}
	return append(out, b[from:]...), p
}

// filling returns the long text that fills the element opened before from, and
// where its end tag begins; next is 0 when there is none.
func filling(b []byte, from int) (text []byte, raw bool, next int) {
	lead := from
	for lead < len(b) && b[lead] <= ' ' {
		lead++
	}
	if bytes.HasPrefix(b[lead:], []byte("<![CDATA[")) {
		end := after(b, lead, "]]>")
		if end < 0 {
			return nil, false, 0
		}
		text, raw, next = b[lead+9:end-3], true, end
		for next < len(b) && b[next] <= ' ' {
			next++
		}
	} else {
		size := bytes.IndexByte(b[from:], '<')
		if size < 0 {
			return nil, false, 0
		}
		text, next = b[from:from+size], from+size
	}
	if len(text) < minPark || !bytes.HasPrefix(b[next:], []byte("</")) {
		return nil, false, 0
	}
	return text, raw, next
}

func (p *parked) keep(text []byte, raw bool) string {
	token := fmt.Sprintf("%s%d.", p.mark, len(p.texts))
	p.texts[token], p.raw[token] = string(text), raw
	return token
}

// back puts the texts into the entries again.
func (p *parked) back(r *raw) {
	if len(p.texts) == 0 {
		return
	}
	r.info.Title, r.info.Link = p.text(r.info.Title), p.text(r.info.Link)
	for i := range r.entries {
		e := &r.entries[i]
		for _, field := range []*string{&e.guid, &e.link, &e.title, &e.body, &e.short} {
			*field = p.text(*field)
		}
		for j, tag := range e.tags {
			e.tags[j] = p.text(tag)
		}
	}
}

// text returns what stands behind the tokens in s: a text that fills s is what
// the parser would have made of it, one inside markup stays as it was written.
func (p *parked) text(s string) string {
	if !strings.Contains(s, p.mark) {
		return s
	}
	if text, ok := p.texts[s]; ok && p.raw[s] {
		return text
	} else if ok {
		return html.UnescapeString(strings.TrimSpace(text))
	}
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(s, p.mark)
		out.WriteString(before)
		if !found {
			return out.String()
		}
		number, _, _ := strings.Cut(rest[:min(len(rest), 12)], ".")
		token := p.mark + number + "."
		text, ok := p.texts[token]
		if !ok {
			out.WriteString(p.mark)
			s = rest
			continue
		}
		out.WriteString(text)
		s = rest[len(number)+1:]
	}
}
