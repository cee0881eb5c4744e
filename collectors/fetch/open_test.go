package fetch

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestTokenStaysWithItsHost(t *testing.T) {
	var seen []string
	note := func(r *http.Request) { seen = append(seen, r.URL.Path+" "+r.Header.Get("Authorization")) }
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { note(r) }))
	t.Cleanup(other.Close)
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		note(r)
		switch r.URL.Path {
		case "/a":
			http.Redirect(w, r, "/b", http.StatusFound)
		case "/b":
			http.Redirect(w, r, other.URL+"/c", http.StatusFound)
		}
	}))
	t.Cleanup(home.Close)
	client := New(Config{AllowLoopback: true, Gap: -1})
	defer client.Close()
	open := client.HTTP()
	defer open.CloseIdleConnections()
	for name, get := range map[string]func() error{
		"Get": func() error {
			_, err := client.Get(t.Context(), Request{URL: home.URL + "/a", Token: "x"})
			return err
		},
		"HTTP": func() error {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, home.URL+"/a", nil)
			if err != nil {
				return err
			}
			r.Header.Set("Authorization", "Bearer x")
			answer, err := open.Do(r)
			if err != nil {
				return err
			}
			return answer.Body.Close()
		},
	} {
		seen = nil
		if err := get(); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(seen, ","); got != "/a Bearer x,/b Bearer x,/c " {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestTokenIsNotSentWhereItCanBeRead(t *testing.T) {
	client := New(Config{})
	defer client.Close()
	_, err := client.Get(t.Context(), Request{URL: "http://town.example/", Token: "x"})
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://town.example/", nil)
	r.Header.Set("Authorization", "Bearer x")
	_, err2 := client.HTTP().Do(r)
	for _, err := range []error{err, err2} {
		if KindOf(err) != Invalid || !strings.Contains(err.Error(), "only sent over https") {
			t.Errorf("%v", err)
		}
	}
}

func TestRefusedAnswerKeepsHeadAndBody(t *testing.T) {
	client, url := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Reason", "closed")
		w.WriteHeader(http.StatusForbidden)
		w.Write(make([]byte, 3*maxRefusal))
	})
	_, err := client.Get(t.Context(), Request{URL: url})
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Status != 403 || e.Header.Get("X-Reason") != "closed" || len(e.Body) != maxRefusal {
		t.Errorf("%+v", err)
	}
}

// serving returns a client of a server on loopback.
func serving(t *testing.T, h http.HandlerFunc) (*Client, string) {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	client := New(Config{AllowLoopback: true, Gap: -1, Now: func() time.Time { return rateNow }})
	t.Cleanup(client.Close)
	return client, s.URL
}

var rateNow = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestUsedUpLimitHoldsTheHost(t *testing.T) {
	end := rateNow.Add(5 * time.Minute)
	for name, set := range map[string]func(http.Header){
		"RFC 3339":     func(h http.Header) { h.Set("X-RateLimit-Reset", end.Format("2006-01-02T15:04:05.000000Z")) },
		"Unix seconds": func(h http.Header) { h.Set("X-RateLimit-Reset", "1795262700") },
		"from now":     func(h http.Header) { h.Set("RateLimit-Reset", "300") },
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			client, url := serving(t, func(w http.ResponseWriter, _ *http.Request) {
				asked++
				w.Header().Set("X-RateLimit-Limit", "300")
				w.Header().Set("X-RateLimit-Remaining", "0")
				set(w.Header())
				w.WriteHeader(http.StatusTooManyRequests)
			})
			_, err := client.Get(t.Context(), Request{URL: url})
			e, ok := errors.AsType[*Error](err)
			if !ok || !e.Until.Equal(end) {
				t.Fatalf("%+v", err)
			}
			if _, err := client.HTTP().Get(url); KindOf(err) != Waiting || asked != 1 {
				t.Errorf("%v after %d requests", err, asked)
			}
		})
	}
}

func TestWhatIsLeftOfALimitIsHandedOn(t *testing.T) {
	client, url := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-RateLimit-Limit", "60")
		w.Header().Set("X-RateLimit-Remaining", "12")
		w.Header().Set("X-RateLimit-Reset", "99999999999")
	})
	res, err := client.Get(t.Context(), Request{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	if want := (Rate{60, 12, rateNow.Add(maxHold)}); res.Rate != want || !res.RetryAfter.IsZero() {
		t.Errorf("%+v, retry %s", res.Rate, res.RetryAfter)
	}
}

func TestOpenClientIsGuarded(t *testing.T) {
	client := New(Config{})
	defer client.Close()
	for _, url := range []string{
		"http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest/", "http://localhost:8080/",
		"http://10.0.0.1/", "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/",
	} {
		if _, err := client.HTTP().Get(url); KindOf(err) != Blocked {
			t.Errorf("%s: %v", url, err)
		}
	}
	here, url := serving(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/latest/", http.StatusFound)
	})
	if _, err := here.HTTP().Get(url); KindOf(err) != Blocked {
		t.Errorf("a redirect: %v", err)
	}
	turning, url := serving(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) })
	if _, err := turning.HTTP().Get(url + "/"); KindOf(err) != Redirects {
		t.Errorf("endless redirects: %v", err)
	}
}

func TestOpenClientNamesItselfAndStaysOpen(t *testing.T) {
	release := make(chan struct{})
	agents := make(chan string, 2)
	client, url := serving(t, func(w http.ResponseWriter, r *http.Request) {
		agents <- r.UserAgent()
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		if r.URL.Path == "/stream" {
			<-release
		}
	})
	defer close(release)
	open := client.HTTP()
	defer open.CloseIdleConnections()
	answer, err := open.Get(url + "/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := client.Get(t.Context(), Request{URL: url}); err != nil { // while the stream is open
		t.Error(err)
	}
	if a, b := <-agents, <-agents; a != b || !strings.HasPrefix(a, "Vantage/") {
		t.Errorf("%q and %q", a, b)
	}
}
