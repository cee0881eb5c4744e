package tag

import (
	"slices"
	"strings"
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
	if first == "" {
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

// eachLink calls f with every link of the post and every address in its text.
func (rd *facetReader) eachLink(f func(link string)) {
	for _, link := range rd.in.Links {
		f(link)
	}
	rest := rd.all
	for {
		i := strings.Index(rest, "https://")
		if i < 0 {
			return
		}
		link := rest[i:]
		if end := strings.IndexAny(link, " \t\r\n<>\"”"); end >= 0 {
			link = link[:end]
		}
		rest = rest[i+len(link):]
		if link = strings.TrimRight(link, ".,;:!?)…"); !slices.Contains(rd.in.Links, link) {
			f(link)
		}
	}
}

// artefact returns the facet that a link is, -1 where it is none.
func (rd *facetReader) artefact(link string) int {
	at, path := host(link), linkPath(link)
	for i := range rd.list {
		if f := &rd.list[i]; f.kind == artefactFacet && f.leadsTo(at, path) {
			return i
		}
	}
	return -1
}

// leadsTo reports whether a link is one of this facet.
func (f *facet) leadsTo(host, path string) bool {
	if len(f.Pages) > 0 {
		return slices.Contains(f.Hosts, host) && isRepository(path, f.Pages)
	}
	for _, h := range f.Hosts {
		domain, under, _ := strings.Cut(h, "/")
		if (host == domain || strings.HasSuffix(host, "."+domain)) && strings.HasPrefix(path, under) && (path != "" || !broad(domain)) {
			return true
		}
	}
	for _, word := range f.Paths {
		if holdsWord(path, word) {
			return true
		}
	}
	return slices.ContainsFunc(f.Ends, func(end string) bool { return strings.HasSuffix(path, end) })
}

// broad are hosts whose front page is about everything.
func broad(domain string) bool {
	return strings.Contains(domain, "data.") || strings.HasPrefix(domain, "stat")
}

// linkPath is the path of a link in lower case, without its first slash, query
// and fragment.
func linkPath(link string) string {
	if _, rest, ok := strings.Cut(link, "://"); ok {
		link = rest
	}
	if i := strings.IndexAny(link, "?#"); i >= 0 {
		link = link[:i]
	}
	_, path, _ := strings.Cut(link, "/")
	return strings.ToLower(strings.TrimSuffix(path, "/"))
}

// isRepository reports whether a path begins with an owner and a name.
func isRepository(path string, pages []string) bool {
	owner, rest, _ := strings.Cut(path, "/")
	name, _, _ := strings.Cut(rest, "/")
	return owner != "" && name != "" && !slices.Contains(pages, owner)
}

// holdsWord reports whether a path holds a word between signs that are neither
// letters nor digits.
func holdsWord(path, word string) bool {
	for from := 0; ; {
		i := strings.Index(path[from:], word)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(word)
		if (i == 0 || !alnum(path[i-1])) && (end == len(path) || !alnum(path[end])) {
			return true
		}
		from = i + 1
	}
}

func alnum(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }
