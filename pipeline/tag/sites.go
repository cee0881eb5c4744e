package tag

import "strings"

// longestHost is the length of the longest name that DNS knows, in bytes (RFC
// 1035, section 2.3.4). Each domain above a host is looked up, so that the time
// for a stranger's link of a hundred thousand dots would grow by their square.
const longestHost = 253

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
	if len(link) > longestHost {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(link), "www.")
}

// names holds lists by name. A look at the length and the first letter spares
// most names that are not there the hash: a post with two links asks for some
// thirty.
type names[V any] struct {
	lists map[string][]V
	quick [64]uint64 // by length: the first letters
}

func (n *names[V]) add(name string, v V) {
	if n.lists == nil {
		n.lists = map[string][]V{}
	}
	n.lists[name] = append(n.lists[name], v)
	n.quick[len(name)&63] |= 1 << (name[0] & 63)
}

func (n *names[V]) of(name string) []V {
	if name == "" || n.quick[len(name)&63]&(1<<(name[0]&63)) == 0 {
		return nil
	}
	return n.lists[name]
}

// parents calls f with the host and each domain above it, longest first, until
// f returns false.
func parents(host string, f func(domain string) bool) {
	for host != "" && f(host) {
		_, host, _ = strings.Cut(host, ".")
	}
}
