package collectors

import (
	"io"
	"net/http"
	"testing"
)

func TestFeedThatRefusesByItsHeaderIsMarkedSo(t *testing.T) {
	for tag, want := range map[string]string{"noai": Refused, "noindex": Refused, "noindex, follow": "unknown", "": "unknown"} {
		w, p := newWorld(t), newFeedPeer(t)
		p.fail(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("X-Robots-Tag", tag)
			io.WriteString(rw, `<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><id>tag:oakshire.example,2026:1</id><title>One</title></entry></feed>`)
		})
		w.begin(p.source())
		w.until(p.source(), visited)
		if len(w.sink.puts) != 1 || w.sink.puts[0].Consent != want {
			t.Errorf("%q: %+v", tag, w.sink.puts)
		}
	}
}
