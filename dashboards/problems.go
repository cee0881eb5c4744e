package dashboards

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
)

type problemBody struct {
	Status int
	Words  string
}

// show renders a page that is not kept in the cache.
func (d *Dashboard) show(w http.ResponseWriter, r *http.Request, status int, name string, p page) {
	body, err := d.pages.render(name, p)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	if status == http.StatusOK {
		newAnswer(htmlType, body).serve(w, r, "no-cache")
		return
	}
	send(w, r, status, body)
}

// showFresh renders a page that nobody may keep: it is of this moment or for
// the operator alone.
func (d *Dashboard) showFresh(w http.ResponseWriter, r *http.Request, status int, name string, p page) {
	body, err := d.pages.render(name, p)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	send(w, r, status, body)
}

func send(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	w.Header().Set("Content-Type", htmlType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}

// problem shows the error page with a plain sentence.
func (d *Dashboard) problem(w http.ResponseWriter, r *http.Request, status int, title, words string) {
	d.show(w, r, status, "error", d.page(r, "", title, problemBody{status, words}))
}

func (d *Dashboard) notFound(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		d.problem(w, r, http.StatusMethodNotAllowed, "This cannot be done here", "The dashboard only shows; it takes no changes.")
		return
	}
	d.problem(w, r, http.StatusNotFound, "Page not found", "Check that the address is complete, or start again from the topics.")
}

// fail logs what went wrong, once, and tells the reader what to do. Nobody
// waits for an answer after the reader has gone.
func (d *Dashboard) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return
	}
	d.Log.Error("page failed", slog.String("path", r.URL.Path), slog.String("err", err.Error()))
	w.Header().Del("Content-Disposition")
	body, renderErr := d.pages.render("error", d.page(r, "", "The numbers cannot be read just now",
		problemBody{http.StatusServiceUnavailable, "The store did not answer. This is usually over within a minute; load the page again then."}))
	if renderErr != nil {
		http.Error(w, "the page cannot be made; the log says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", htmlType)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Retry-After", "30")
	status := http.StatusServiceUnavailable
	if errors.As(err, new(panicError)) {
		status = http.StatusInternalServerError
	}
	w.WriteHeader(status)
	w.Write(body)
}
