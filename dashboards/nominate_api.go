package dashboards

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
)

// maxNominationBody is the most that the interface reads, in bytes.
const maxNominationBody = 16 << 10

// problemJSON is an error after RFC 9457.
type problemJSON struct {
	Type   string         `json:"type"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail,omitempty"`
	Errors []fieldProblem `json:"errors,omitempty"`
}

type fieldProblem struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

func (d *Dashboard) sayProblem(w http.ResponseWriter, status int, detail string, fields ...Refusal) {
	p := problemJSON{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}
	for _, f := range fields {
		p.Errors = append(p.Errors, fieldProblem{f.Field, f.Words})
	}
	sayJSON(w, status, "application/problem+json", p)
}

func sayJSON(w http.ResponseWriter, status int, kind string, v any) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

// sentJSON reports whether a program sent JSON; else it has answered why not.
func (d *Dashboard) sentJSON(w http.ResponseWriter, r *http.Request) bool {
	if err := d.origins.Check(r); err != nil {
		d.sayProblem(w, http.StatusForbidden, "a browser sent this from another site; send it from a program or from the form")
		return false
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		d.sayProblem(w, http.StatusUnsupportedMediaType, "send JSON, with the header Content-Type: application/json")
		return false
	}
	return true
}

// nominateAPI takes {"link", "words", "title", "council", "topic"}, of which
// link and words are needed, and answers 202 with a Receipt.
func (d *Dashboard) nominateAPI(w http.ResponseWriter, r *http.Request) {
	if !d.sentJSON(w, r) {
		return
	}
	form, err := readNomination(http.MaxBytesReader(w, r.Body, maxNominationBody))
	if errors.As(err, new(*http.MaxBytesError)) {
		d.sayProblem(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("a nomination has at most %d bytes", maxNominationBody))
		return
	}
	if err != nil {
		d.sayProblem(w, http.StatusBadRequest, err.Error())
		return
	}
	form, problems := tidyNomination(form)
	if len(problems) > 0 {
		d.sayProblem(w, http.StatusUnprocessableEntity, "some fields need another look", problems...)
		return
	}
	if wait, ok := d.readers.allow(r); !ok {
		w.Header().Set("Retry-After", retryAfter(wait))
		d.sayProblem(w, http.StatusTooManyRequests, "that was often in a short time; try again in "+inWords(wait))
		return
	}
	d.takeNomination(w, r, form)
}

func (d *Dashboard) takeNomination(w http.ResponseWriter, r *http.Request, form Nomination) {
	receipt, err := d.Operator.Nominations.Nominate(r.Context(), form)
	refused, ok := errors.AsType[*Refusal](err)
	switch {
	case ok:
		d.sayProblem(w, http.StatusUnprocessableEntity, "some fields need another look", *refused)
	case errors.Is(err, ErrTooMany):
		w.Header().Set("Retry-After", "86400")
		d.sayProblem(w, http.StatusServiceUnavailable, err.Error())
	case err != nil:
		d.Log.Error("nomination failed", slog.Any("err", err))
		d.sayProblem(w, http.StatusServiceUnavailable, "the nomination cannot be kept just now; try again in a minute")
	default:
		sayJSON(w, http.StatusAccepted, "application/json", receipt)
	}
}

func readNomination(body io.Reader) (Nomination, error) {
	var in struct {
		Link    string `json:"link"`
		Words   string `json:"words"`
		Title   string `json:"title"`
		Council string `json:"council"`
		Topic   string `json:"topic"`
	}
	dec := json.NewDecoder(body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return Nomination{}, fmt.Errorf("the body is not a nomination: %w; send an object with link and words, and if you like title, council and topic", err)
	}
	return Nomination{Link: in.Link, Title: in.Title, Words: in.Words, Council: in.Council, Topic: in.Topic}, nil
}

// notAllowed answers other methods on the interface.
func (d *Dashboard) notAllowed(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Allow", "POST")
	d.sayProblem(w, http.StatusMethodNotAllowed, "nominations are sent with POST; only the operator reads them")
}
