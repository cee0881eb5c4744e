package collectors

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"vantage/collectors/item"
	"vantage/collectors/text"
)

// Caps on an OPML file.
const (
	maxOPML         = 8 << 20 // bytes
	maxOutlines     = 20_000
	maxOutlineDepth = 64
	maxCategories   = 64 // of one feed
)

// ParseOPML reads the feeds of an OPML file, versions 1.0 to 2.0, nested as
// deep as 64 levels. Folders and category attributes become Categories; a
// folder or category named after a publisher class (council, central, civic,
// press, vendor, person) sets Class. Feeds that stand twice are taken once.
// What is commented out (isComment) is taken as paused. Outlines that include
// other files are not followed, so a list cannot lead in circles.
func ParseOPML(r io.Reader) ([]Source, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxOPML+1))
	if err != nil {
		return nil, fmt.Errorf("opml: %w", err)
	}
	if len(b) > maxOPML {
		return nil, fmt.Errorf("opml: the file has more than %d MiB; split it", maxOPML>>20)
	}
	b = bytes.Map(printable, toUTF8(b, ""))
	p := opmlParser{decoder: xml.NewDecoder(bytes.NewReader(b)), at: map[string]int{}}
	p.decoder.Strict = false
	p.decoder.Entity = xml.HTMLEntity
	p.decoder.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // it is UTF-8 by now
	if err := p.read(); err != nil {
		return nil, fmt.Errorf("opml: %w", err)
	}
	return p.sources, nil
}

// printable drops the control characters that XML does not allow.
func printable(r rune) rune {
	if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\ufffe' || r == '\uffff' {
		return -1
	}
	return r
}

type opmlParser struct {
	decoder  *xml.Decoder
	inBody   bool
	isOPML   bool
	folders  []string // "" for an outline that is a feed
	comments []bool   // beside folders: it is commented out, and all below it
	outlines int
	sources  []Source
	at       map[string]int // address -> index in sources
}

func (p *opmlParser) read() error {
	for {
		token, err := p.decoder.Token()
		switch {
		case errors.Is(err, io.EOF) && p.isOPML:
			return nil
		case errors.Is(err, io.EOF):
			return errors.New("this is not an OPML file: its root element must be <opml>")
		case err != nil:
			return fmt.Errorf("the file cannot be read (%w); export it again", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if err := p.open(t); err != nil {
				return err
			}
		case xml.EndElement:
			if n := len(p.folders); strings.EqualFold(t.Name.Local, "outline") && n > 0 {
				p.folders, p.comments = p.folders[:n-1], p.comments[:n-1]
			}
		case xml.Directive:
			if bytes.ContainsRune(t, '[') {
				return errors.New("the file defines entities of its own (a DOCTYPE with an internal subset), which is refused; remove it")
			}
		}
	}
}

func (p *opmlParser) open(t xml.StartElement) error {
	switch name := strings.ToLower(t.Name.Local); {
	case name == "opml":
		p.isOPML = true
	case !p.isOPML || name == "outline" && !p.inBody:
		return errors.New("this is not an OPML file: its root element must be <opml>, with a <body>")
	case name == "body":
		p.inBody = true
	case name == "outline":
		return p.outline(t)
	}
	return nil
}

func (p *opmlParser) outline(t xml.StartElement) error {
	if p.outlines++; p.outlines > maxOutlines {
		return fmt.Errorf("the file has more than %d outlines; split it", maxOutlines)
	}
	if len(p.folders) >= maxOutlineDepth {
		return fmt.Errorf("the file nests more than %d deep; flatten it", maxOutlineDepth)
	}
	a := map[string]string{}
	for _, attr := range t.Attr {
		a[strings.ToLower(attr.Name.Local)] = strings.TrimSpace(attr.Value)
	}
	name := title(first(a["text"], a["title"]))
	above := len(p.comments) > 0 && p.comments[len(p.comments)-1]
	p.comments = append(p.comments, above || strings.EqualFold(a["iscomment"], "true"))
	if kind := strings.ToLower(a["type"]); a["xmlurl"] == "" && (kind == "rss" || kind == "atom") {
		a["xmlurl"] = a["url"] // as some programs write it
	}
	if a["xmlurl"] == "" {
		p.folders = append(p.folders, name)
		return nil
	}
	p.folders = append(p.folders, "")
	p.add(a, name)
	return nil
}

func (p *opmlParser) add(a map[string]string, name string) {
	address := canonicalFeed(a["xmlurl"])
	if address == "" {
		return
	}
	paused := p.comments[len(p.comments)-1]
	if i, ok := p.at[address]; ok {
		p.sources[i].Categories = merge(p.sources[i].Categories, p.categories(a["category"]))
		p.sources[i].Paused = p.sources[i].Paused && paused
		return
	}
	src := Source{
		Kind: "feed", URL: address, Name: name, Publisher: hostOf(a["htmlurl"]), Lang: language(a["language"]),
		Note: text.CutBytes(text.Line(a["description"]), item.MaxTitle), Categories: p.categories(a["category"]),
		Paused: paused,
	}
	src.Class = classOf(src.Categories)
	p.at[address] = len(p.sources)
	p.sources = append(p.sources, src.Complete())
}

// categories joins the folders and the category attribute ("/a/b,c").
func (p *opmlParser) categories(attribute string) []string {
	var out []string
	for _, f := range p.folders {
		out = merge(out, []string{f})
	}
	for c := range strings.SplitSeq(attribute, ",") {
		out = merge(out, []string{strings.Trim(strings.TrimSpace(c), "/")})
	}
	return out
}

func merge(into, more []string) []string {
	for _, m := range more {
		if m != "" && len(into) < maxCategories && !slices.Contains(into, m) {
			into = append(into, m)
		}
	}
	return into
}

// classOf finds the class that a category names, in singular or plural.
func classOf(categories []string) item.Class {
	for _, c := range categories {
		for _, class := range item.Classes {
			if n := string(class); strings.EqualFold(c, n) || strings.EqualFold(c, n+"s") {
				return class
			}
		}
	}
	return item.Unknown
}

// canonicalFeed accepts the schemes that lists use for feeds.
func canonicalFeed(address string) string {
	if rest, ok := strings.CutPrefix(address, "feed://"); ok {
		address = "https://" + rest
	}
	address = strings.TrimPrefix(address, "feed:")
	return canonical(nil, address)
}

type opmlFile struct {
	XMLName xml.Name      `xml:"opml"`
	Version string        `xml:"version,attr"`
	Title   string        `xml:"head>title"`
	Created string        `xml:"head>dateCreated"`
	Body    []opmlOutline `xml:"body>outline"`
}

type opmlOutline struct {
	Text     string        `xml:"text,attr"`
	Type     string        `xml:"type,attr,omitempty"`
	Feed     string        `xml:"xmlUrl,attr,omitempty"`
	Site     string        `xml:"htmlUrl,attr,omitempty"`
	Category string        `xml:"category,attr,omitempty"`
	Language string        `xml:"language,attr,omitempty"`
	Comment  string        `xml:"isComment,attr,omitempty"` // true: it is paused
	Outlines []opmlOutline `xml:"outline"`
}

func outlineOf(s Source) opmlOutline {
	o := opmlOutline{
		Text: s.Name, Type: "rss", Feed: s.URL, Site: "https://" + s.Publisher + "/", Language: s.Lang,
		Category: strings.Join(s.Categories, ","),
	}
	if s.Paused {
		o.Comment = "true"
	}
	return o
}

// WriteOPML writes the feeds among sources as OPML 2.0, one folder for each
// publisher class, so that ParseOPML reads classes and categories back.
func WriteOPML(w io.Writer, title string, sources []Source, now time.Time) error {
	file := opmlFile{Version: "2.0", Title: title, Created: now.UTC().Format(time.RFC1123)}
	for _, class := range item.Classes {
		folder := opmlOutline{Text: string(class)}
		for _, s := range sources {
			if s = s.Complete(); s.Class == class && s.Kind == "feed" {
				folder.Outlines = append(folder.Outlines, outlineOf(s))
			}
		}
		if len(folder.Outlines) > 0 {
			file.Body = append(file.Body, folder)
		}
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(file); err != nil {
		return fmt.Errorf("opml: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}
