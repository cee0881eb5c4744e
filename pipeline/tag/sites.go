package tag

import "strings"

// host returns the host of a link without "www." and port, "" where there is
// none. It allocates only for hosts with capital letters.
func host(link string) string {
	if _, rest, ok := strings.Cut(link, "://"); ok {
		link = rest
	}
	if i := strings.IndexAny(link, "/?#"); i >= 0 {
		link = link[:i]
	}
	if i := strings.LastIndexByte(link, '@'); i >= 0 {
		link = link[i+1:]
	}
	if i := strings.IndexByte(link, ':'); i >= 0 {
		link = link[:i]
	}
	return strings.TrimPrefix(strings.ToLower(link), "www.")
}

// parents calls f with the host and each domain above it, longest first, until
// f returns false.
func parents(host string, f func(domain string) bool) {
	for host != "" && f(host) {
		_, host, _ = strings.Cut(host, ".")
	}
}
