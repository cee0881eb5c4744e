package dashboards

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of a nomination, in characters.
const (
	maxNominationLink  = 2000
	maxNominationTitle = 150
	maxNominationWords = 500
	maxNominationHint  = 100 // council, topic
	leastWords         = 10
	// A form is sent again for a second look when it comes back faster than a
	// person writes, or after so long that its page may be a copy.
	fastestForm = 3 * time.Second
	slowestForm = 24 * time.Hour
)

// nominateBody is what the form shows.
type nominateBody struct {
	Form     Nomination
	Stamp    string
	Problems []Refusal
	Limits   map[string]int
}

// Problem returns the sentence about a field, for its place in the form.
func (b nominateBody) Problem(field string) string {
	for _, p := range b.Problems {
		if p.Field == field {
			return p.Words
		}
	}
	return ""
}

func (d *Dashboard) nominateForm(w http.ResponseWriter, r *http.Request) {
	d.showNominate(w, r, http.StatusOK, Nomination{Link: r.URL.Query().Get("link")})
}

func (d *Dashboard) showNominate(w http.ResponseWriter, r *http.Request, status int, form Nomination, problems ...Refusal) {
	title := "Propose a page"
	if len(problems) > 0 {
		title = "Error: " + title
	}
	w.Header().Set("Cache-Control", "no-store") // the stamp is of this moment
	d.showFresh(w, r, status, "nominate", d.page(r, "/nominate", title, nominateBody{
		Form: form, Stamp: d.stamp(time.Now()), Problems: problems,
		Limits: map[string]int{"words": maxNominationWords, "title": maxNominationTitle, "hint": maxNominationHint},
	}))
}

// nominate takes the form.
func (d *Dashboard) nominate(w http.ResponseWriter, r *http.Request) {
	form := Nomination{Link: r.PostFormValue("link"), Title: r.PostFormValue("title"), Words: r.PostFormValue("words"),
		Council: r.PostFormValue("council"), Topic: r.PostFormValue("topic")}
	if r.PostFormValue("company") != "" { // the field that people do not see
		http.Redirect(w, r, "/nominate/sent", http.StatusSeeOther)
		return
	}
	form, problems := tidyNomination(form)
	if len(problems) > 0 {
		d.showNominate(w, r, http.StatusUnprocessableEntity, form, problems...)
		return
	}
	if !d.unhurried(r.PostFormValue("stamp"), time.Now()) {
		d.showNominate(w, r, http.StatusUnprocessableEntity, form, Refusal{"send", "check what you wrote and choose “Send” once more"})
		return
	}
	if wait, ok := d.readers.allow(r); !ok {
		d.tooOften(w, r, wait)
		return
	}
	_, err := d.Operator.Nominations.Nominate(r.Context(), form)
	refused, ok := errors.AsType[*Refusal](err)
	switch {
	case ok:
		d.showNominate(w, r, http.StatusUnprocessableEntity, form, *refused)
	case errors.Is(err, ErrTooMany):
		d.problem(w, r, http.StatusServiceUnavailable, "Too many pages wait already", "Nobody had time to look at them yet. Try again in a few days.")
	case err != nil:
		d.fail(w, r, fmt.Errorf("nominate: %w", err))
	default:
		http.Redirect(w, r, "/nominate/sent", http.StatusSeeOther)
	}
}

func (d *Dashboard) nominateSent(w http.ResponseWriter, r *http.Request) {
	d.show(w, r, http.StatusOK, "sent", d.page(r, "/nominate", "Thank you", nil))
}

// tidyNomination cleans what was written, and says what is wrong with it.
func tidyNomination(n Nomination) (Nomination, []Refusal) {
	n.Link = strings.TrimSpace(n.Link)
	n.Title, n.Council, n.Topic = plainLine(n.Title), plainLine(n.Council), plainLine(n.Topic)
	n.Words = plainLine(n.Words)
	var list []Refusal
	say := func(field, words string, args ...any) {
		list = append(list, Refusal{field, fmt.Sprintf(words, args...)})
	}
	switch {
	case n.Link == "":
		say("link", "enter the link of the page")
	case len(n.Link) > maxNominationLink:
		say("link", "the link must have %d characters or fewer", maxNominationLink)
	}
	tooLong := func(field, name, value string, most int) {
		if count := utf8.RuneCountInString(value); count > most {
			say(field, "%s must have %d characters or fewer; it has %d", name, most, count)
		}
	}
	tooLong("title", "the title", n.Title, maxNominationTitle)
	switch {
	case utf8.RuneCountInString(n.Words) < leastWords:
		say("words", "say in a few words what the page is about")
	case strings.Contains(n.Words, "://") || strings.Contains(strings.ToLower(n.Words), "www."):
		say("words", "leave links out of the description; the page's own link is enough")
	}
	tooLong("words", "the description", n.Words, maxNominationWords)
	tooLong("council", "the council", n.Council, maxNominationHint)
	tooLong("topic", "the topic", n.Topic, maxNominationHint)
	return n, list
}

// plainLine makes one line of plain text: no control or direction characters.
func plainLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError, unicode.Is(unicode.Cf, r):
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// stamp is a moment with a proof that we wrote it.
func (d *Dashboard) stamp(t time.Time) string {
	at := strconv.FormatInt(t.Unix(), 10)
	mac := hmac.New(sha256.New, d.readers.key[:])
	mac.Write([]byte("form\n" + at))
	return at + "." + hex.EncodeToString(mac.Sum(nil)[:12])
}

// unhurried tells whether the form was shown long enough ago, but not too long.
func (d *Dashboard) unhurried(stamp string, now time.Time) bool {
	at, _, _ := strings.Cut(stamp, ".")
	unix, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return false
	}
	shown := time.Unix(unix, 0)
	age := now.Sub(shown)
	return age >= fastestForm && age < slowestForm && hmac.Equal([]byte(stamp), []byte(d.stamp(shown)))
}
