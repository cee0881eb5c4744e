package text

import "strings"

// elements are those of HTML by which text is taken for markup.
var elements = map[string]bool{}

func init() {
	for _, name := range strings.Fields(`a abbr article aside audio b big blockquote body br button caption center cite code
		dd del details div dl dt em embed fieldset figcaption figure font footer form frame h1 h2 h3 h4 h5 h6 head header
		hr html i iframe img input ins label li link main mark math meta nav noscript object ol option p param picture pre
		q s samp script section select small source span strike strong style sub summary sup svg table tbody td template
		textarea tfoot th thead time title tr tt u ul video wbr`) {
		elements[name] = true
	}
}

// LooksLikeHTML reports whether plain text holds a tag of HTML, as it does
// when a site escaped its markup once too often.
func LooksLikeHTML(s string) bool {
	for {
		at := strings.IndexByte(s, '<')
		if at < 0 || at+1 == len(s) {
			return false
		}
		s = s[at+1:]
		name := strings.TrimPrefix(s, "/")
		end := 0
		for end < len(name) && end < 12 && (name[end]|0x20 >= 'a' && name[end]|0x20 <= 'z' || name[end] >= '0' && name[end] <= '9') {
			end++
		}
		if end < len(name) && strings.IndexByte(" \t\n\r/>", name[end]) >= 0 && elements[strings.ToLower(name[:end])] {
			return true
		}
	}
}
