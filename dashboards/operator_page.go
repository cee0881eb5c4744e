package dashboards

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"vantage/collectors/item"
)

// operatorBody is what the operator's page shows; before signing in only the
// form for the token.
type operatorBody struct {
	SignedIn    bool
	Problems    []Refusal
	Said        string // what was just done
	Held        []NominationView
	Decided     []NominationView
	OptOuts     []OptOutView
	What        string // typed into the field for opt-outs
	Address     string // typed into the field for a new source
	On, Server  string // where it is listened to
	Places      []place
	Candidates  []Candidate
	Classes     []choice
	Nominations bool // wired
	OutsWired   bool
	Wired       bool // sources
	Rules       *RulesView
}

// For returns what is wrong with a field of a form; no words: nothing.
func (b operatorBody) For(field string) Refusal {
	for _, p := range b.Problems {
		if p.Field == field {
			return p
		}
	}
	return Refusal{}
}

// Problem returns the words of For.
func (b operatorBody) Problem(field string) string { return b.For(field).Words }

// maxDecided is how many decisions the page lists.
const maxDecided = 20

// said are what the page tells after a form was taken.
var said = map[string]string{
	"accepted": "The page was accepted. It counts within a minute.", "rejected": "The page was rejected.",
	"out": "It is left out from now on. What is stored is being removed.", "admitted": "What is new of it is collected again.",
	"retag": "The posts are being tagged anew. Charts follow within a minute of the end.",
	"added": "The source was added. Its first visit begins now.",
}

// showSignIn asks for the token.
func (d *Dashboard) showSignIn(w http.ResponseWriter, r *http.Request, status int, problem *Refusal) {
	body := operatorBody{}
	if problem != nil {
		body.Problems = []Refusal{*problem}
	}
	d.showOperator(w, r, status, "Sign in", body)
}

func (d *Dashboard) showOperator(w http.ResponseWriter, r *http.Request, status int, title string, body operatorBody) {
	if len(body.Problems) > 0 {
		title = "Error: " + title
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Robots-Tag", "noindex")
	d.showFresh(w, r, status, "operator", d.page(r, "/operator", title, body))
}

func (d *Dashboard) operator(w http.ResponseWriter, r *http.Request) {
	if !d.signedIn(r) {
		d.showSignIn(w, r, http.StatusOK, nil)
		return
	}
	d.desk(w, r, http.StatusOK, operatorBody{Said: said[r.URL.Query().Get("done")]})
}

// desk fills in what waits for the operator.
func (d *Dashboard) desk(w http.ResponseWriter, r *http.Request, status int, body operatorBody) {
	o := d.Operator
	body.SignedIn, body.Nominations, body.OutsWired, body.Wired = true, o.Nominations != nil, o.OptOuts != nil, o.Sources != nil
	body.Places = places
	body.Classes = []choice{{Value: "", Name: "As its domain says"}}
	for _, c := range item.Classes {
		body.Classes = append(body.Classes, choice{Value: string(c), Name: classNames[c]})
	}
	if o.Nominations != nil {
		list, err := o.Nominations.Nominations(r.Context())
		if err != nil {
			d.fail(w, r, fmt.Errorf("operator: %w", err))
			return
		}
		i := slices.IndexFunc(list, func(n NominationView) bool { return n.State != Held })
		if i < 0 {
			i = len(list)
		}
		body.Held, body.Decided = list[:i], list[i:min(len(list), i+maxDecided)]
	}
	if o.OptOuts != nil {
		list, err := o.OptOuts.OptOuts(r.Context())
		if err != nil {
			d.fail(w, r, fmt.Errorf("operator: %w", err))
			return
		}
		body.OptOuts = list
	}
	if o.Rules != nil {
		rules, err := o.Rules.Rules(r.Context())
		if err != nil {
			d.fail(w, r, fmt.Errorf("operator: %w", err))
			return
		}
		body.Rules = &rules
	}
	d.showOperator(w, r, status, "Operator", body)
}

// sections are the parts of the operator's page for what has no field on it,
// so that the link of a refusal leads somewhere.
var sections = map[string]string{"id": "nominations", "key": "add", "do": "add"}

// settle ends a form of the operator: back to a page, or the page again with
// what is wrong.
func (d *Dashboard) settle(w http.ResponseWriter, r *http.Request, err error, back string, body operatorBody) {
	refused, ok := errors.AsType[*Refusal](err)
	switch {
	case ok:
		body.Problems = []Refusal{{cmp.Or(sections[refused.Field], refused.Field), refused.Words}}
		d.desk(w, r, http.StatusUnprocessableEntity, body)
	case err != nil:
		d.fail(w, r, fmt.Errorf("operator: %w", err))
	default:
		http.Redirect(w, r, back, http.StatusSeeOther)
	}
}

func (d *Dashboard) decideNomination(w http.ResponseWriter, r *http.Request) {
	accept := r.PostFormValue("do") == "accept"
	err := d.Operator.Nominations.Decide(r.Context(), r.PostFormValue("id"), accept)
	done := "rejected"
	if accept {
		done = "accepted"
	}
	d.settle(w, r, err, "/operator?done="+done, operatorBody{})
}

func (d *Dashboard) changeOptOut(w http.ResponseWriter, r *http.Request) {
	what := r.PostFormValue("what")
	if r.PostFormValue("do") == "remove" {
		d.settle(w, r, d.Operator.OptOuts.Admit(r.Context(), what), "/operator?done=admitted#optouts", operatorBody{})
		return
	}
	d.settle(w, r, d.Operator.OptOuts.OptOut(r.Context(), what), "/operator?done=out#optouts", operatorBody{What: what})
}
