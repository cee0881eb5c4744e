package dashboards

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// checkTimeout is shorter than the ten seconds that probes commonly wait.
const checkTimeout = 5 * time.Second

// healthz answers as long as the process does.
func (d *Dashboard) healthz(w http.ResponseWriter, _ *http.Request) {
	plainText(w, http.StatusOK, "ok\n")
}

// readyz asks everything that a page needs.
func (d *Dashboard) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
	defer cancel()
	var said strings.Builder
	status := http.StatusOK
	for _, c := range append([]Check{{"store", d.Store.Ping}}, d.Ready...) {
		if err := c.Check(ctx); err != nil {
			status = http.StatusServiceUnavailable
			fmt.Fprintf(&said, "%s: %v\n", c.Name, err)
			continue
		}
		fmt.Fprintf(&said, "%s: ok\n", c.Name)
	}
	plainText(w, status, said.String())
}

func (d *Dashboard) robots(w http.ResponseWriter, _ *http.Request) {
	plainText(w, http.StatusOK, "User-agent: *\nDisallow: /items\nDisallow: /events\nDisallow: /metrics\n")
}

func plainText(w http.ResponseWriter, status int, words string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write([]byte(words))
}
