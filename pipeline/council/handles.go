package council

import (
	"slices"
	"strings"

	"vantage/collectors/text"
)

// readHandles finds councils by @handle: a listed one, or a name with an
// affix that councils use.
func (w *work) readHandles() {
	for i := strings.IndexByte(w.Text, '@'); i >= 0; {
		n := text.HashtagLen(w.Text[i+1:])
		glued := i > 0 && text.HashtagLen(w.Text[i-1:i]) > 0 // an e-mail address
		if n > 0 && !glued {
			w.readHandle(w.Text[i+1:i+1+n], w.f.rules.Handles.After, "handle @%s")
		}
		next := strings.IndexByte(w.Text[i+1+n:], '@')
		if next < 0 {
			return
		}
		i += 1 + n + next
	}
}

// readTags does the same for hashtags, those in the text and those that came
// with the post.
func (w *work) readTags() {
	for i := strings.IndexByte(w.Text, '#'); i >= 0; {
		n := text.HashtagLen(w.Text[i+1:])
		w.readHandle(w.Text[i+1:i+1+n], w.f.rules.Handles.TagAfter, "hashtag #%s")
		next := strings.IndexByte(w.Text[i+1+n:], '#')
		if next < 0 {
			break
		}
		i += 1 + n + next
	}
	for _, tag := range w.Hashtags {
		w.readHandle(tag, w.f.rules.Handles.TagAfter, "hashtag #%s")
	}
}

func (w *work) readHandle(handle string, after []string, reason string) {
	w.fold = text.AppendFold(w.fold[:0], handle)
	s := &w.f.rules.Scores
	if councils := w.f.handles[string(w.fold)]; w.anyAlive(councils) {
		for _, c := range councils {
			w.extra(c, s.Handle, reason, handle)
		}
		return
	}
	if w.readAffixes(string(w.fold), after, reason, handle) {
		return
	}
	if head, _, ok := strings.Cut(handle, "_"); ok {
		w.fold = text.AppendFold(w.fold[:0], head)
		w.readAffixes(string(w.fold), after, reason, handle)
	}
}

// readAffixes takes the affixes off that councils use, and reports whether a
// name of a council is left.
func (w *work) readAffixes(key string, after []string, reason, handle string) bool {
	for _, affix := range w.f.rules.Handles.Before {
		if name, ok := strings.CutPrefix(key, affix); ok && w.readAffixed(name, reason, handle) {
			return true
		}
	}
	for _, affix := range after {
		if name, ok := strings.CutSuffix(key, affix); ok && w.readAffixed(name, reason, handle) {
			return true
		}
	}
	return false
}

// anyAlive reports whether one of the councils existed at the time of the post,
// or all had ended.
func (w *work) anyAlive(councils []int) bool {
	return slices.ContainsFunc(councils, func(c int) bool { return w.alive(c) || !w.f.register.all[c].End.IsZero() })
}

// readAffixed gives points to the owners of a bare name that stood in a
// handle, and reports whether there are any.
func (w *work) readAffixed(name, reason, handle string) bool {
	const shortest = 4 // shorter names are parts of other words
	surfaces := w.f.bare[name]
	if len(name) < shortest || len(surfaces) == 0 {
		return false
	}
	for _, at := range surfaces {
		for _, o := range w.living(w.f.surfaces[at].owners) {
			w.extra(o.council, w.f.rules.Scores.HandleForm, reason, handle)
		}
	}
	return true
}

// extra gives a council points that belong to no mention. Of several handles
// and links the best counts, and only that is a reason.
func (w *work) extra(c int, points float32, why, quote string) {
	t := w.tally(c)
	if points <= t.extra {
		return
	}
	t.extra = points
	w.reasons = slices.DeleteFunc(w.reasons, func(r reason) bool { return r.mention == forCouncil(c) })
	w.because(forCouncil(c), points, why, quote)
}

// readHosts finds councils by the links of the post and the hosts that its
// text writes out, and notes government sites of other countries.
func (w *work) readHosts() {
	w.signs[govAbroad] = false
	for _, link := range w.Links {
		if _, rest, ok := strings.Cut(link, "://"); ok {
			link = rest
		}
		host, _ := hostAt(link, 0)
		w.readHost(host)
	}
	for i := 0; i < len(w.Text); {
		dot := strings.IndexByte(w.Text[i:], '.')
		if dot < 0 {
			return
		}
		if i += dot; i+1 == len(w.Text) || !hostByte(w.Text[i+1]) {
			i++ // the end of a sentence
			continue
		}
		host, end := hostAt(w.Text, i)
		w.readHost(host)
		i = end
	}
}

// hostAt returns the host-like token of s around byte at, without dots at its
// ends, and the byte where to go on, which is after at.
func hostAt(s string, at int) (host string, end int) {
	from := at
	end = at
	for from > 0 && hostByte(s[from-1]) {
		from--
	}
	for end < len(s) && hostByte(s[end]) {
		end++
	}
	return strings.Trim(s[from:end], ".-"), max(end, at+1)
}

func hostByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.'
}

// abroadHosts end the hosts of governments of other countries.
var abroadHosts = []string{".gov", ".gov.au", ".govt.nz", ".gc.ca", ".gov.za", ".gov.in", ".gov.ie", ".us", ".mil"}

const longestHost = 253 // bytes of a domain name (RFC 1035)

func (w *work) readHost(host string) {
	if strings.IndexByte(host, '.') < 0 || len(host) > longestHost {
		return
	}
	host = strings.ToLower(host)
	for d := host; d != ""; {
		if councils := w.f.domains[d]; len(councils) > 0 {
			w.readDomain(councils, d)
			return
		}
		_, d, _ = strings.Cut(d, ".")
	}
	if host == "modern.gov" {
		return // the software that shows committee papers
	}
	for _, end := range abroadHosts {
		w.signs[govAbroad] = w.signs[govAbroad] || strings.HasSuffix(host, end)
	}
}

// readDomain gives points to the owners of a domain. One that many share
// speaks for none of them.
func (w *work) readDomain(councils []int, domain string) {
	const most = 2
	living := 0
	for _, c := range councils {
		if w.alive(c) {
			living++
		}
	}
	for _, c := range councils {
		if (living == 0 || w.alive(c)) && max(living, 1) <= most && (living > 0 || len(councils) <= most) {
			w.extra(c, w.f.rules.Scores.Link, "link to %s", domain)
		}
	}
}
