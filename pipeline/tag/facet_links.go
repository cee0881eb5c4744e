package tag

import (
	"fmt"
	"slices"
	"strings"

	"vantage/collectors/text"
)

// mostArtefacts bounds what is kept of a post that is a list of links.
const mostArtefacts = 20

// artefacts finds what the post's links lead to. A facet that only its words
// have gets the first link that is nothing else, or the post's own page.
func (rd *facetReader) artefacts(r *Result) {
	first := ""
	rd.eachLink(func(link string) {
		kind := rd.artefact(link)
		switch {
		case kind < 0 && first == "":
			first = link
		case kind >= 0:
			rd.lead(r, kind, link)
		}
	})
	if first == "" && onWeb(rd.in.URL) {
		first = rd.in.URL
	}
	for i := range rd.list {
		if rd.list[i].kind != artefactFacet || !rd.held[i].on {
			continue
		}
		id := rd.list[i].ID
		if slices.ContainsFunc(r.Artefacts, func(a Artefact) bool { return a.Kind == id }) {
			continue
		}
		if rd.held[i].on = first != ""; first != "" {
			rd.lead(r, i, first)
		}
	}
}

// lead notes one artefact.
func (rd *facetReader) lead(r *Result, facet int, link string) {
	a := Artefact{rd.list[facet].ID, link}
	if len(r.Artefacts) >= mostArtefacts || slices.Contains(r.Artefacts, a) {
		return
	}
	r.Artefacts = append(r.Artefacts, a)
	if !rd.held[facet].on {
		rd.held[facet].on = true
		if !rd.in.Quiet {
			rd.held[facet].reason = "links to " + link
		}
	}
}

// eachLink calls f with every link of the post to the web, and with every
// address in its text that leads elsewhere.
func (rd *facetReader) eachLink(f func(link string)) {
	for _, link := range rd.in.Links {
		if onWeb(link) {
			f(link)
		}
	}
	rest := rd.all
	for {
		i := strings.Index(rest, "://") // a colon is rarer than an h
		if i < 0 {
			return
		}
		if !strings.HasSuffix(rest[:i], "https") {
			rest = rest[i+len("://"):]
			continue
		}
		link := rest[i-len("https"):]
		if end := strings.IndexAny(link, " \t\r\n<>\"”"); end >= 0 {
			link = link[:end]
		}
		rest = rest[i-len("https")+len(link):]
		if link = text.TrimAddress(link); onWeb(link) && !rd.linked(link) {
			f(link)
		}
	}
}

// linked reports whether a link of the post leads to the page of an address:
// in the text it may still have its trackers and its fragment.
func (rd *facetReader) linked(address string) bool {
	own := page(address)
	return slices.ContainsFunc(rd.in.Links, func(l string) bool { return strings.EqualFold(page(l), own) })
}

// onWeb reports whether a link can be shown as one: what a script would do with
// it, or a mail programme, is nothing to reuse.
func onWeb(link string) bool {
	scheme, rest, _ := strings.Cut(link, "://")
	return rest != "" && (strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http"))
}

// artefact returns the facet that a link is, -1 where it is none.
func (rd *facetReader) artefact(link string) int { return rd.links.facetOf(host(link), linkPath(link)) }

// artefactLinks knows the links of all artefacts, so that none is held against
// every rule.
type artefactLinks struct {
	sites names[artefactSite] // by domain
	words names[artefactWord] // by the letters that a word begins with
	ends  map[string]int      // by the ending of a path, with its full stop: the facet
}

// artefactSite is a site that an artefact is found at.
type artefactSite struct {
	facet int
	under string   // how the path begins
	pages []string // of a site of repositories: owners that are none
}

// artefactWord is a word in the path of a link.
type artefactWord struct {
	facet int
	word  string
}

func newArtefactLinks(list []facet) (*artefactLinks, error) {
	l := &artefactLinks{ends: map[string]int{}}
	for i, f := range list {
		for _, h := range f.Hosts {
			domain, under, _ := strings.Cut(h, "/")
			l.sites.add(domain, artefactSite{i, under, f.Pages})
		}
		for _, w := range f.Paths {
			l.words.add(w[:letters(w)], artefactWord{i, w})
		}
		for _, end := range f.Ends {
			if strings.LastIndexByte(end, '.') != 0 {
				return nil, fmt.Errorf("ends of %s: %q must be a full stop and what follows the last one of a path", f.ID, end)
			}
			if _, ok := l.ends[end]; !ok {
				l.ends[end] = i
			}
		}
	}
	return l, nil
}

// facetOf returns the first facet that a link to a path at a host is, -1 where
// it is none.
func (l *artefactLinks) facetOf(host, path string) int {
	best := l.atSite(host, path)
	take := func(facet int) {
		if best < 0 || facet < best {
			best = facet
		}
	}
	for at := 0; at < len(path); at++ {
		n := letters(path[at:])
		for _, w := range l.words.of(path[at : at+n]) {
			if rest, ok := strings.CutPrefix(path[at:], w.word); ok && letters(rest) == 0 {
				take(w.facet)
			}
		}
		at += n
	}
	if dot := strings.LastIndexByte(path, '.'); dot >= 0 {
		if facet, ok := l.ends[path[dot:]]; ok {
			take(facet)
		}
	}
	return best
}

// atSite returns the first facet that is found at the host or a domain above
// it.
func (l *artefactLinks) atSite(host, path string) int {
	best := -1
	parents(host, func(domain string) bool {
		for _, s := range l.sites.of(domain) {
			if (best < 0 || s.facet < best) && s.has(domain, domain == host, path) {
				best = s.facet
			}
		}
		return true
	})
	return best
}

func (s *artefactSite) has(domain string, whole bool, path string) bool {
	if len(s.pages) > 0 {
		return whole && isRepository(path, s.pages)
	}
	return strings.HasPrefix(path, s.under) && (path != "" || !broad(domain))
}

// letters returns how many letters and digits s begins with, in lower case.
func letters(s string) (n int) {
	for n < len(s) && alnum(s[n]) {
		n++
	}
	return n
}

// broad are hosts whose front page is about everything.
func broad(domain string) bool {
	return strings.Contains(domain, "data.") || strings.HasPrefix(domain, "stat")
}

// linkPath is the path of a link in lower case, without its first slash, query
// and fragment.
func linkPath(link string) string {
	_, path, _ := strings.Cut(page(link), "/")
	return strings.ToLower(path)
}

// page is a link without its scheme, query, fragment and last slash.
func page(link string) string {
	if _, rest, ok := strings.Cut(link, "://"); ok {
		link = rest
	}
	if i := strings.IndexAny(link, "?#"); i >= 0 {
		link = link[:i]
	}
	return strings.TrimSuffix(link, "/")
}

// isRepository reports whether a path begins with an owner and a name.
func isRepository(path string, pages []string) bool {
	owner, rest, _ := strings.Cut(path, "/")
	name, _, _ := strings.Cut(rest, "/")
	return owner != "" && name != "" && !slices.Contains(pages, owner)
}

func alnum(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }
