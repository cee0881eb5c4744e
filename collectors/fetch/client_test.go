package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// serve starts a server whose handler may hang; it ends with the test.
func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s
}

func local(t *testing.T, cfg Config) *Client {
	t.Helper()
	cfg.AllowLoopback = true
	if cfg.Gap == 0 {
		cfg.Gap = -1
	}
	c := New(cfg)
	t.Cleanup(c.Close)
	return c
}

func get(t *testing.T, c *Client, url string) (*Response, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	return c.Get(ctx, Request{URL: url})
}

// wantKind checks the kind of an error and that its sentence says something.
func wantKind(t *testing.T, err error, kind Kind, words ...string) {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind != kind {
		t.Fatalf("got %v, want an error of kind %q", err, kind)
	}
	for _, w := range words {
		if !strings.Contains(e.Sentence, w) {
			t.Errorf("the sentence %q does not say %q", e.Sentence, w)
		}
	}
}

func TestGetIsConditionalAndNamesItself(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.UserAgent(), "Vantage/1.2 (+https://example.org/about)") {
			t.Errorf("user agent %q", r.UserAgent())
		}
		if r.Header.Get("Cookie")+r.Header.Get("Referer")+r.Header.Get("Authorization") != "" {
			t.Errorf("sent %v", r.Header)
		}
		w.Header().Set("ETag", `W/"a b"`)
		w.Header().Set("Last-Modified", "Sat, 21 Nov 2026 10:00:00 GMT")
		w.Header().Set("Cache-Control", "public, max-age=600")
		w.Header().Set("Set-Cookie", "a=b")
		w.Header().Set("X-Robots-Tag", "NoIndex, noai")
		if r.Header.Get("If-None-Match") == `W/"a b"` && r.Header.Get("If-Modified-Since") == "Sat, 21 Nov 2026 10:00:00 GMT" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		io.WriteString(w, "hello")
	})
	c := local(t, Config{Version: "1.2", Contact: "https://example.org/about"})
	first, err := get(t, c, s.URL)
	if err != nil {
		t.Fatal(err)
	}
	if string(first.Body) != "hello" || first.NotModified || first.MaxAge != 10*time.Minute || first.Hash == 0 {
		t.Errorf("got %+v", first)
	}
	if fmt.Sprint(first.Robots) != "[noindex noai]" {
		t.Errorf("robots %q", first.Robots)
	}
	second, err := c.Get(t.Context(), Request{URL: s.URL, ETag: first.ETag, LastModified: first.LastModified})
	if err != nil || !second.NotModified || second.Body != nil {
		t.Errorf("got %+v, %v; want not modified", second, err)
	}
}

func TestUserAgentIsNeverEmpty(t *testing.T) {
	if ua := New(Config{}).cfg.UserAgent; !strings.Contains(ua, "Vantage/dev") {
		t.Errorf("got %q", ua)
	}
}

func TestCompressionIsUndone(t *testing.T) {
	text := strings.Repeat("council tax and bins, ", 500)
	pack := map[string]func(io.Writer){
		"gzip": func(w io.Writer) { z := gzip.NewWriter(w); io.WriteString(z, text); z.Close() },
		"br":   func(w io.Writer) { z := brotli.NewWriter(w); io.WriteString(z, text); z.Close() },
		"zstd": func(w io.Writer) { z, _ := zstd.NewWriter(w); io.WriteString(z, text); z.Close() },
		"":     func(w io.Writer) { io.WriteString(w, text) },
	}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		encoding := strings.TrimPrefix(r.URL.Path, "/")
		whole, cut := strings.CutSuffix(encoding, "-cut")
		var b bytes.Buffer
		pack[whole](&b)
		if cut {
			b.Truncate(b.Len() - 6)
		}
		if whole != "" {
			w.Header().Set("Content-Encoding", whole)
		}
		w.Write(b.Bytes())
	})
	c := local(t, Config{})
	for encoding := range pack {
		res, err := get(t, c, s.URL+"/"+encoding)
		if err != nil || string(res.Body) != text || res.Truncated {
			t.Errorf("%q: %d bytes, %v", encoding, len(res.Body), err)
		}
	}
	for _, encoding := range []string{"gzip", "br"} {
		res, err := get(t, c, s.URL+"/"+encoding+"-cut")
		if err != nil || !res.Truncated || !strings.HasPrefix(text, string(res.Body)) || len(res.Body) == 0 {
			t.Errorf("%s cut short: %+v, %v; want what came, marked as truncated", encoding, res, err)
		}
	}
}

func TestAnswersOverTheLimitsAreStopped(t *testing.T) {
	zeros := make([]byte, 1<<20)
	bombs := map[string][]byte{"gzip": packed(t, "gzip", zeros), "br": packed(t, "br", make([]byte, 8<<20)), "zstd": packed(t, "zstd", zeros)}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		encoding := strings.TrimPrefix(r.URL.Path, "/")
		chunk := bombs[encoding]
		switch {
		case encoding == "announced":
			w.Header().Set("Content-Length", "104857600")
			return
		case chunk == nil:
			chunk = zeros
		default:
			w.Header().Set("Content-Encoding", encoding)
		}
		for range 100 { // members of gzip and frames of zstd may follow each other
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	c := local(t, Config{})
	for path, kind := range map[string]Kind{"/announced": TooLarge, "/plain": TooLarge, "/gzip": Bomb, "/br": Bomb, "/zstd": Bomb} {
		before := allocated()
		_, err := get(t, c, s.URL+path)
		wantKind(t, err, kind)
		// Unpacked and grown by doubling, the 100 MiB would make over 200.
		if grown := allocated() - before; grown > 64<<20 {
			t.Errorf("%s: %d MiB allocated", path, grown>>20)
		}
	}
}

// packed compresses plain, once and before anything is measured.
func packed(t *testing.T, encoding string, plain []byte) []byte {
	t.Helper()
	var (
		b   bytes.Buffer
		z   io.WriteCloser
		err error
	)
	switch encoding {
	case "gzip":
		z = gzip.NewWriter(&b)
	case "br":
		z = brotli.NewWriterLevel(&b, 3)
	case "zstd":
		z, err = zstd.NewWriter(&b)
	}
	if err == nil {
		_, err = z.Write(plain)
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func TestSlowAnswersAreStopped(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/silent":
			<-r.Context().Done()
		case "/stalls":
			io.WriteString(w, "begin")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		case "/endless":
			for r.Context().Err() == nil {
				io.WriteString(w, "and so on ")
				w.(http.Flusher).Flush()
				time.Sleep(5 * time.Millisecond)
			}
		}
	})
	_, err := get(t, local(t, Config{Total: 300 * time.Millisecond}), s.URL+"/silent")
	wantKind(t, err, TimedOut, "no answer", "again later")
	_, err = get(t, local(t, Config{Stall: 200 * time.Millisecond}), s.URL+"/stalls")
	wantKind(t, err, TimedOut, "stalled")
	_, err = get(t, local(t, Config{Total: 300 * time.Millisecond}), s.URL+"/endless")
	wantKind(t, err, Endless, "still coming", "a feed must end")
}

func TestBrokenConnectionKeepsWhatCame(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "only this")
	})
	res, err := get(t, local(t, Config{}), s.URL)
	if err != nil || string(res.Body) != "only this" || !res.Truncated {
		t.Errorf("got %+v, %v", res, err)
	}
}

func TestRedirects(t *testing.T) {
	var asked atomic.Int32
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		to := map[string]struct {
			status int
			to     string
		}{
			"/moved":     {301, "/moved2"},
			"/moved2":    {308, "/end"},
			"/then":      {301, "/temporary"},
			"/temporary": {302, "/end"},
			"/later":     {302, "/moved2"},
			"/loop":      {302, "/loop2"},
			"/loop2":     {302, "/loop"},
			"/private":   {302, "http://10.1.2.3/feed"},
			"/metadata":  {301, "http://169.254.169.254/latest/meta-data/"},
			"/decimal":   {302, "http://2130706433/"},
			"/file":      {302, "file:///etc/passwd"},
			"/password":  {302, "http://user:secret@" + r.Host + "/end"},
			"/port":      {302, "http://8.8.8.8:25/"},
		}[r.URL.Path]
		switch {
		case r.URL.Path == "/password2" || r.Header.Get("Authorization") != "":
			t.Error("a password was sent")
		case strings.HasPrefix(r.URL.Path, "/long"):
			http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
		case to.status != 0:
			w.Header().Set("Location", to.to)
			w.WriteHeader(to.status)
		default:
			io.WriteString(w, "end")
		}
	})
	c := local(t, Config{})
	for path, permanent := range map[string]string{"/moved": "/end", "/moved2": "/end", "/then": "/temporary", "/temporary": "", "/later": "", "/end": "", "/password": ""} {
		res, err := get(t, c, s.URL+path)
		want := permanent
		if want != "" {
			want = s.URL + want
		}
		if err != nil || string(res.Body) != "end" || res.Permanent != want {
			t.Errorf("%s: %+v, %v; want permanent %q", path, res, err, want)
		}
	}
	for path, kind := range map[string]Kind{
		"/loop": Redirects, "/long": Redirects, "/file": Redirects, "/decimal": Redirects, "/private": Blocked, "/metadata": Blocked, "/port": Blocked,
	} {
		_, err := get(t, c, s.URL+path)
		wantKind(t, err, kind)
	}
	asked.Store(0)
	get(t, c, s.URL+"/long")
	if n := asked.Load(); n != maxRedirects+1 {
		t.Errorf("%d requests for an endless chain, want %d", n, maxRedirects+1)
	}
}

func TestSecureAddressDoesNotLeadToInsecureOne(t *testing.T) {
	plain := serve(t, func(w http.ResponseWriter, r *http.Request) { t.Error("the insecure address was asked") })
	secure := httptest.NewTLSServer(http.RedirectHandler(plain.URL, http.StatusMovedPermanently))
	defer secure.Close()
	c := local(t, Config{})
	c.http.Transport.(*http.Transport).TLSClientConfig = secure.Client().Transport.(*http.Transport).TLSClientConfig
	_, err := get(t, c, secure.URL)
	wantKind(t, err, Redirects, "https to http")
}

func TestPrivateNetworkIsRefusedWithoutLoopback(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { t.Error("this machine was asked") })
	c := New(Config{Gap: -1})
	_, err := get(t, c, s.URL)
	wantKind(t, err, Blocked, "127.0.0.1", "only public addresses")
	_, err = get(t, c, strings.Replace(s.URL, "127.0.0.1", "localhost", 1))
	wantKind(t, err, Blocked)
}

func TestAddressesThatAreNeverVisited(t *testing.T) {
	c := local(t, Config{})
	for _, address := range []string{"", "example.org/feed", "ftp://example.org/", "file:///etc/passwd", "http://", "gopher://x/", "https://user:secret@example.org/", "http://[::1", "javascript:alert(1)",
		"https://user:secret%@example.org/", "ftp://user:secret@example.org/", "https://user:secret@/", "https://user:secret@127.1/", "user:secret@example.org/"} {
		_, err := get(t, c, address)
		wantKind(t, err, Invalid)
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("the password is in the error: %v", err)
		}
	}
}

func TestProxyIsNotTakenFromTheEnvironment(t *testing.T) {
	// The standard library never sends loopback addresses to a proxy of the
	// environment, so a visit could not show it.
	if New(Config{}).http.Transport.(*http.Transport).Proxy != nil {
		t.Error("the transport asks for a proxy though none is configured")
	}
}

func TestConfiguredProxyIsUsedAndTheTargetStillGuarded(t *testing.T) {
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "for "+r.URL.String()) })
	u, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := New(Config{Proxy: u, Gap: -1})
	if res, err := get(t, c, "http://8.8.8.8/feed"); err != nil || string(res.Body) != "for http://8.8.8.8/feed" {
		t.Errorf("%v, %v", res, err)
	}
	_, err = get(t, c, "http://10.0.0.1/feed")
	wantKind(t, err, Blocked)
}

// A tunnel is asked for with the plain form of a host, so that form is guarded.
func TestOtherFormsOfAHostGainNothingBehindAProxy(t *testing.T) {
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("the proxy was asked for %s %s", r.Method, r.Host)
	})
	c := New(Config{Proxy: mustURL(t, proxy.URL), Gap: -1})
	t.Cleanup(c.Close)
	for address, kind := range map[string]Kind{
		"https://１２７.0.0.1/": Invalid, "https://127。0。0。1/": Invalid, "http://127。0。0。1/": Invalid, "https://０x7f000001/": Invalid,
		"https://ｌｏｃａｌｈｏｓｔ/": Blocked, "http://no-such-name.invalid:25/feed": Blocked,
	} {
		if _, err := get(t, c, address); KindOf(err) != kind {
			t.Errorf("%s: got %v, want an error of kind %q", address, err, kind)
		}
	}
}

func TestStatusesAreErrorsWithASentence(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var status int
		fmt.Sscanf(r.URL.Path, "/%d", &status)
		w.WriteHeader(status)
	})
	c := local(t, Config{Now: func() time.Time { return now }})
	for status, word := range map[int]string{401: "ask its owner", 403: "ask its owner", 404: "new address", 410: "remove it", 429: "fewer visits", 500: "again later", 503: "again later", 302: "error"} {
		_, err := get(t, c, fmt.Sprintf("%s/%d", s.URL, status))
		wantKind(t, err, Refused, word, fmt.Sprint(status))
	}
}

func TestRetryAfterHoldsTheWholeHost(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	var asked atomic.Int32
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.URL.Path == "/busy" {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	c := local(t, Config{Now: func() time.Time { return now }})
	_, err := get(t, c, s.URL+"/busy")
	wantKind(t, err, Refused, "not before 21 November 2026 12:02 UTC")
	_, err = get(t, c, s.URL+"/other")
	wantKind(t, err, Waiting, "12:02")
	if asked.Load() != 1 {
		t.Errorf("%d requests, want 1", asked.Load())
	}
	now = now.Add(121 * time.Second)
	if _, err = get(t, c, s.URL+"/other"); err != nil {
		t.Error(err)
	}
	restarted := local(t, Config{Now: func() time.Time { return now }})
	restarted.Hold(s.URL, now.Add(time.Hour))
	_, err = get(t, restarted, s.URL+"/other")
	wantKind(t, err, Waiting)
}

func TestWhoWaitedForATurnObeysThePauseThatWasAskedForMeanwhile(t *testing.T) {
	var asked atomic.Int32
	began, waiting := make(chan struct{}), make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			close(began)
			<-waiting
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	c := local(t, Config{})
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { _, err := get(t, c, s.URL+"/a"); first <- err }()
	<-began
	go func() { _, err := get(t, c, s.URL+"/b"); second <- err }()
	guard := time.Now().Add(10 * time.Second)
	for at := c.gates.join(Host(mustURL(t, s.URL))); ; time.Sleep(time.Millisecond) {
		if time.Now().After(guard) {
			t.Fatal("the second visit never came to wait")
		}
		c.gates.mu.Lock()
		users := at.users
		c.gates.mu.Unlock()
		if users == 3 { // both visits, and this look
			break
		}
	}
	close(waiting)
	wantKind(t, <-first, Refused)
	wantKind(t, <-second, Waiting)
	if n := asked.Load(); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestRetryAfterForms(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Time{
		"":                              {},
		"soon":                          {},
		"0":                             {},
		"-5":                            {},
		"60":                            now.Add(time.Minute),
		" 60 ":                          now.Add(time.Minute),
		"Sat, 21 Nov 2026 13:00:00 GMT": now.Add(time.Hour),
		"Sat, 21 Nov 2026 11:00:00 GMT": {},
		"99999999999":                   now.Add(7 * 24 * time.Hour),
		"99999999999999999999":          now.Add(7 * 24 * time.Hour),
		"-9999999999":                   {},
		"-13835058055":                  {},
		"-99999999999999999999":         {},
		"Sat, 21 Nov 2099 11:00:00 GMT": now.Add(7 * 24 * time.Hour),
	} {
		if got := retryAfter(value, now); !got.Equal(want) {
			t.Errorf("%q: got %s, want %s", value, got, want)
		}
	}
}

func TestMaxAge(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"": 0, "no-cache": 0, "max-age=60": time.Minute, "public, max-age=\"300\"": 5 * time.Minute,
		"max-age=60, no-store": 0, "max-age=-1": 0, "max-age=x": 0, "s-maxage=10, Max-Age=20": 20 * time.Second,
	} {
		if got := maxAge(value); got != want {
			t.Errorf("%q: got %s, want %s", value, got, want)
		}
	}
}

func TestHostIsVisitedOneAtATimeWithAPause(t *testing.T) {
	var running, most atomic.Int32
	var last atomic.Int64
	const gap = 50 * time.Millisecond
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		most.Store(max(most.Load(), running.Add(1)))
		defer running.Add(-1)
		began := time.Now().UnixNano()
		if before := last.Load(); before != 0 && began-before < int64(gap) {
			t.Errorf("a visit began %s after the last", time.Duration(began-before))
		}
		time.Sleep(5 * time.Millisecond)
		last.Store(time.Now().UnixNano())
	})
	c := local(t, Config{Gap: gap})
	done := make(chan error, 4)
	for range 4 {
		go func() { _, err := c.Get(context.Background(), Request{URL: s.URL}); done <- err }()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if most.Load() != 1 {
		t.Errorf("%d visits at a time", most.Load())
	}
}

func TestWaitingForATurnEndsWithTheContext(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {})
	c := local(t, Config{Gap: time.Hour})
	if _, err := get(t, c, s.URL); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Get(ctx, Request{URL: s.URL}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if at := c.gates.byHost[Host(mustURL(t, s.URL))]; at.users != 0 || len(at.turn) != 1 {
		t.Errorf("the turn was not given back: %+v", at)
	}
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestUnknownNameSaysSo(t *testing.T) {
	_, err := get(t, New(Config{Gap: -1}), "http://no-such-name.invalid/")
	wantKind(t, err, Unreachable)
}
