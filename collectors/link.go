package collectors

import (
	"net/url"
	"slices"
	"strings"

	"vantage/collectors/text"
)

const (
	maxLink  = 2 << 10 // bytes; browsers and servers stop near it
	maxLinks = 64      // of one item
)

// trackers are query parameters that say how a reader came, not what the page
// is. A trailing * stands for any ending.
var trackers = []string{
	"utm_*", "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid",
	"igshid", "igsh", "mc_cid", "mc_eid", "_hsenc", "_hsmi", "hsctatracking", "mkt_tok", "vero_id", "vero_conv",
	"at_medium", "at_campaign", "at_custom*", "wt.mc_id", "wt_mc", "oly_anon_id", "oly_enc_id",
	"_openstat", "ns_campaign", "ns_mchannel", "ns_source", "xtor", "spm", "ref_src", "ref_url",
}

// canonical returns the address of raw as seen from base: absolute, http or
// https, without trackers, fragment, default port and credentials. It is ""
// for everything that is not such an address.
func canonical(base *url.URL, raw string) string {
	raw = strings.TrimSpace(raw)
	if raw == "" || len(raw) > maxLink {
		return ""
	}
	if _, path := plainAddress(raw); path != "" {
		return raw
	}
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	if !u.IsAbs() && base != nil {
		u = base.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return ""
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	u.Host = strings.ToLower(u.Host)
	if u.Scheme == "http" && u.Port() == "80" || u.Scheme == "https" && u.Port() == "443" {
		u.Host = u.Host[:strings.LastIndexByte(u.Host, ':')]
	}
	u.RawQuery, u.ForceQuery = untracked(u.RawQuery), false
	if u.Path == "" {
		u.Path = "/"
	}
	out := u.String()
	if len(out) > maxLink {
		return ""
	}
	return out
}

// plainAddress splits an address of which nothing can be changed or doubted: a
// host in lower case without a port, and a path of letters, digits and the marks
// that need no escape. Most are so, and need not be taken apart. Both are "" for
// others.
func plainAddress(s string) (host, path string) {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(s, "http://"); !ok {
			return "", ""
		}
	}
	end := strings.IndexByte(rest, '/')
	if end <= 0 {
		return "", ""
	}
	for i := range len(rest) {
		switch c := rest[i]; {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-':
		case i >= end && (c == '/' || c == '_' || c == '~' || c >= 'A' && c <= 'Z'):
		default:
			return "", ""
		}
	}
	return rest[:end], rest[end:]
}

// untracked removes the trackers and leaves the rest as it was written.
func untracked(query string) string {
	if query == "" {
		return ""
	}
	parts := strings.Split(query, "&")
	kept := slices.DeleteFunc(parts, func(part string) bool {
		name, _, _ := strings.Cut(part, "=")
		return part == "" || tracker(strings.ToLower(name))
	})
	return strings.Join(kept, "&")
}

func tracker(name string) bool {
	for _, t := range trackers {
		stem, open := strings.CutSuffix(t, "*")
		if name == stem || open && strings.HasPrefix(name, stem) {
			return true
		}
	}
	return false
}

// linksOf returns the canonical links of an item: those of its markup, then
// the addresses that stand in its text as they are.
func linksOf(base *url.URL, markup []string, plain string) []string {
	var out []string
	add := func(raw string) {
		if len(out) < maxLinks {
			if l := canonical(base, raw); l != "" && !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	for _, l := range markup {
		add(l)
	}
	for rest := plain; len(out) < maxLinks; {
		at := strings.Index(rest, "://")
		if at < 0 {
			break
		}
		scheme := schemeBefore(rest[:at])
		if scheme == 0 {
			rest = rest[at+len("://"):]
			continue
		}
		rest = rest[at-scheme:]
		end := strings.IndexAny(rest, " \n\"<>|^`{}")
		if end < 0 {
			end = len(rest)
		}
		add(text.TrimAddress(rest[:end]))
		rest = rest[end:]
	}
	return out
}

// schemeBefore is the length of the scheme of a web address in which s ends, 0
// for any other.
func schemeBefore(s string) int {
	for _, scheme := range [...]string{"https", "http"} {
		if strings.HasSuffix(s, scheme) {
			return len(scheme)
		}
	}
	return 0
}
