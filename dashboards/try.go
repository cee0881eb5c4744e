package dashboards

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// Reading lets readers try what a text of theirs is taken for; cmd wires it. It
// keeps nothing. What the reader can mend comes back as a *Refusal.
type Reading interface {
	Read(ctx context.Context, d Draft) (Understood, error)
	// ReadJSON takes one JSON object as `vantage tag` does, and answers as it
	// does.
	ReadJSON(ctx context.Context, post []byte) ([]byte, error)
	Rules() string // version in use
}

// Draft is a text that a reader tries, as the form has it.
type Draft struct{ Title, Text, Link, Date, Council string }

// Understood is what was found in a draft, and why.
type Understood struct {
	Rules    string // version of vocabulary and register
	Language string // in words
	Pieces   []Piece
	Groups   []FindingGroup
	JSON     string // what `vantage tag` prints
}

// Piece is a stretch of the draft; For names what was found because of it.
type Piece struct {
	Text string
	For  []string
}

// FindingGroup are findings under one heading.
type FindingGroup struct {
	Heading string
	Lines   []Finding
}

// Finding is one thing that was found.
type Finding struct {
	Name, ID, Note string
	Reasons        []string
}

const (
	// maxDraft is the longest text that may be tried, in bytes: as long as an
	// item may be.
	maxDraft = 64 << 10
	// maxDraftBody leaves room for what a form makes of letters beyond ASCII.
	maxDraftBody = 4 * maxDraft
	maxDraftLine = 2000 // of title and link, in characters
	// One reader may try so many texts at once, then one in each pause.
	tryBurst = 30
	tryPause = 10 * time.Second
)

// exampleDraft is offered to those who have no text at hand.
var exampleDraft = Draft{
	Title: "Damp sensors in 200 council homes",
	Text: "Barnsley Council has begun a six-month pilot of damp and mould sensors in 200 homes, and publishes the readings as open data. " +
		"What it learned from Wigan’s trial: tell tenants first. The dashboard is built in Power BI. #LocalGov",
}

// tryBody is what the page shows.
type tryBody struct {
	Form     Draft
	Problems []Refusal
	Found    *Understood
	Rules    string
	Example  Draft
	KiB      int
}

// Problem returns the sentence about a field, for its place in the form.
func (b tryBody) Problem(field string) string {
	for _, p := range b.Problems {
		if p.Field == field {
			return p.Words
		}
	}
	return ""
}

// Wrong returns the refusal of a field.
func (b tryBody) Wrong(field string) Refusal {
	return Refusal{field, b.Problem(field)}
}

func (d *Dashboard) tryRoutes() {
	if d.Reading == nil {
		return
	}
	d.mux.HandleFunc("GET /try", func(w http.ResponseWriter, r *http.Request) {
		body := tryBody{}
		if r.URL.Query().Has("example") {
			body.Form = exampleDraft
		}
		d.showTry(w, r, http.StatusOK, body)
	})
	d.mux.HandleFunc("POST /try", d.try)
	d.mux.HandleFunc("POST /api/v1/tag", d.tryAPI)
	d.mux.HandleFunc("/api/v1/tag", d.postOnly("texts are sent with POST, as one JSON object with text and, if you like, title, published, links, lang and feed_council"))
}

func (d *Dashboard) showTry(w http.ResponseWriter, r *http.Request, status int, body tryBody) {
	title := "Try your text"
	switch {
	case len(body.Problems) > 0:
		title = "Error: " + title
	case body.Found != nil:
		title = "What was found: " + title
	}
	body.Rules, body.Example, body.KiB = d.Reading.Rules(), exampleDraft, maxDraft>>10
	d.showFresh(w, r, status, "try", d.page(r, "/try", title, body))
}

// try takes the form. The text is read, shown and forgotten.
func (d *Dashboard) try(w http.ResponseWriter, r *http.Request) {
	if err := d.origins.Check(r); err != nil {
		d.problem(w, r, http.StatusForbidden, "This form came from another site", "Open the page here and send it again.")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxDraftBody)
	err := r.ParseForm()
	form := Draft{Title: plainLine(r.PostFormValue("title")), Text: r.PostFormValue("text"), Link: strings.TrimSpace(r.PostFormValue("link")),
		Date: strings.TrimSpace(r.PostFormValue("date")), Council: strings.TrimSpace(r.PostFormValue("council"))}
	switch {
	case errors.As(err, new(*http.MaxBytesError)) || len(form.Text) > maxDraft:
		d.showTry(w, r, http.StatusRequestEntityTooLarge, tryBody{Problems: []Refusal{{"text", tooLongDraft(len(form.Text))}}})
		return
	case err != nil:
		d.problem(w, r, http.StatusBadRequest, "This form cannot be read", "It is damaged. Go back and send it again.")
		return
	}
	if problems := checkDraft(form); len(problems) > 0 {
		d.showTry(w, r, http.StatusUnprocessableEntity, tryBody{Form: form, Problems: problems})
		return
	}
	if wait, ok := d.tries.allow(r); !ok {
		d.tooOften(w, r, wait)
		return
	}
	found, err := d.Reading.Read(r.Context(), form)
	refused, ok := errors.AsType[*Refusal](err)
	switch {
	case ok:
		d.showTry(w, r, http.StatusUnprocessableEntity, tryBody{Form: form, Problems: []Refusal{*refused}})
	case err != nil:
		d.fail(w, r, fmt.Errorf("try: %w", err))
	default:
		d.showTry(w, r, http.StatusOK, tryBody{Form: form, Found: &found})
	}
}

func tooLongDraft(bytes int) string {
	words := fmt.Sprintf("the text must be %d KiB or shorter, about 10,000 words; try a part of it", maxDraft>>10)
	if bytes > maxDraft {
		words = fmt.Sprintf("the text has %d KiB and must have %d or fewer, about 10,000 words; try a part of it", (bytes+1023)>>10, maxDraft>>10)
	}
	return words
}

func checkDraft(f Draft) (list []Refusal) {
	if strings.TrimSpace(f.Text) == "" && f.Title == "" {
		list = append(list, Refusal{"text", "enter a text, or a title at least"})
	}
	for _, part := range []struct{ field, name, value string }{{"title", "the title", f.Title}, {"link", "the link", f.Link}} {
		if n := utf8.RuneCountInString(part.value); n > maxDraftLine {
			list = append(list, Refusal{part.field, fmt.Sprintf("%s must have %d characters or fewer; it has %d", part.name, maxDraftLine, n)})
		}
	}
	return list
}

// tryAPI takes one post as `vantage tag` reads it.
func (d *Dashboard) tryAPI(w http.ResponseWriter, r *http.Request) {
	if !d.sentJSON(w, r) {
		return
	}
	post, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDraftBody))
	switch {
	case errors.As(err, new(*http.MaxBytesError)):
		d.sayProblem(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the text must be %d KiB or shorter; `vantage tag` takes longer ones", maxDraft>>10))
		return
	case err != nil:
		d.sayProblem(w, http.StatusBadRequest, "the body could not be read; send it again")
		return
	}
	if wait, ok := d.tries.allow(r); !ok {
		w.Header().Set("Retry-After", retryAfter(wait))
		d.sayProblem(w, http.StatusTooManyRequests, "that was often in a short time; try again in "+inWords(wait))
		return
	}
	answer, err := d.Reading.ReadJSON(r.Context(), post)
	refused, ok := errors.AsType[*Refusal](err)
	switch {
	case ok && refused.Field == "size":
		d.sayProblem(w, http.StatusRequestEntityTooLarge, refused.Words)
	case ok:
		d.sayProblem(w, http.StatusUnprocessableEntity, refused.Words)
	case err != nil:
		d.Log.Error("a text could not be read", slog.Any("err", err))
		d.sayProblem(w, http.StatusInternalServerError, "the text cannot be read just now; try again in a minute")
	default:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.Write(append(answer, '\n'))
	}
}

// postOnly answers other methods on the interface.
func (d *Dashboard) postOnly(words string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Allow", "POST")
		d.sayProblem(w, http.StatusMethodNotAllowed, words)
	}
}

// MaxDraft is the longest text that Reading is shown, in bytes; ReadJSON must
// refuse longer ones, with the field "size".
const MaxDraft = maxDraft
