package tag

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"vantage/collectors/text"
	"vantage/pipeline/council"
)

// Problem is one thing wrong in a vocabulary, with its place and the way out.
type Problem struct {
	File    string
	Line    int
	Kind    string // theme, topic, tool
	ID      string
	Message string
}

// Error gives the place first, as compilers do, so that editors find it.
func (p Problem) Error() string {
	return fmt.Sprintf("%s:%d: %s %q: %s", p.File, p.Line, p.Kind, p.ID, p.Message)
}

var idForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// checkForm finds what is wrong without trying the examples.
func (v *Vocabulary) checkForm() []Problem {
	var problems []Problem
	first := map[string]*Rule{}
	for _, rules := range [][]Rule{v.themes, v.topics, v.tools} {
		for i := range rules {
			r := &rules[i]
			if other := first[r.kind+r.ID]; other != nil {
				problems = append(problems, r.problem("the id stands already in %s:%d; give one of them another id, or merge them", other.file, other.line))
			}
			first[r.kind+r.ID] = r
			problems = append(problems, r.check()...)
		}
	}
	return append(problems, v.checkLinks()...)
}

func (r *Rule) problem(format string, args ...any) Problem {
	return Problem{r.file, r.line, r.kind, r.ID, fmt.Sprintf(format, args...)}
}

// check looks at one rule by itself.
func (r *Rule) check() []Problem {
	var p []Problem
	if r.kind != Themes && !idForm.MatchString(r.ID) {
		p = append(p, r.problem("the id must be lower-case letters and digits joined by hyphens, such as “open-data”"))
	}
	if r.ID == "" {
		p = append(p, r.problem("the id is missing"))
	}
	if r.Name == "" {
		p = append(p, r.problem("the name is missing"))
	}
	if len(r.Any)+len(r.Also)+len(r.Case)+len(r.Tags)+len(r.Sites) == 0 && r.kind != Themes {
		p = append(p, r.problem("the rule is empty; give it a phrase under any or case, a tag or a site"))
	}
	if len(r.With) > 0 && len(r.Case) == 0 {
		p = append(p, r.problem("with narrows the phrases under case, but there are none; move the doubtful phrases there"))
	}
	if len(r.Likely)+len(r.Hint) > 0 && r.kind != Themes {
		p = append(p, r.problem("likely and hint are for themes, which are weighed; move the phrases to any, or to case and with"))
	}
	if len(r.With) > 0 && r.kind == Themes {
		p = append(p, r.problem("with is for topics and tools; a theme is weighed, so move the phrases to likely or hint"))
	}
	for _, list := range [][]string{r.Any, r.Also, r.Cy, r.Gd, r.Ga, r.Search, r.Case, r.With, r.Not, r.Likely, r.Hint, r.Tags} {
		for _, s := range list {
			if len(text.AppendFold(nil, s)) == 0 {
				p = append(p, r.problem("the phrase %q holds no letter or digit; take it out", s))
			}
		}
	}
	for _, s := range r.Sites {
		if host(s) != strings.ToLower(s) || !strings.Contains(s, ".") {
			p = append(p, r.problem("the site %q must be a bare domain such as example.gov.uk", s))
		}
	}
	return append(p, r.checkOverlap()...)
}

// checkOverlap finds phrases that stand twice or that veto themselves.
func (r *Rule) checkOverlap() []Problem {
	var p []Problem
	said := slices.Concat(r.Any, r.Also)
	for i, s := range said {
		if slices.Contains(said[:i], s) {
			p = append(p, r.problem("the phrase %q stands twice under any and also; take one out", s))
		}
		if slices.Contains(r.Not, s) {
			p = append(p, r.problem("the phrase %q stands under any or also and under not, so it can never match; take one out", s))
		}
	}
	return p
}

// checkLinks looks for themes and topics that nobody defines.
func (v *Vocabulary) checkLinks() []Problem {
	var p []Problem
	known := func(rules []Rule, id string) bool {
		return slices.ContainsFunc(rules, func(r Rule) bool { return r.ID == id })
	}
	for i := range v.topics {
		if r := &v.topics[i]; r.Theme != "" && !known(v.themes, r.Theme) {
			p = append(p, r.problem("the theme %q is not defined; use one of the ids under themes", r.Theme))
		}
	}
	for i := range v.tools {
		r := &v.tools[i]
		for _, topic := range r.Topics {
			if !known(v.topics, topic) {
				p = append(p, r.problem("the topic %q is not defined; use one of the ids under topics", topic))
			}
		}
	}
	return p
}

// Check finds everything wrong in a vocabulary: broken rules first, and when
// there are none, rules without examples and examples that fail.
func Check(v *Vocabulary) []Problem {
	if problems := v.checkForm(); len(problems) > 0 {
		return problems
	}
	t, err := Compile(v, council.Load())
	if err != nil {
		return []Problem{{Message: err.Error()}}
	}
	var problems []Problem
	for _, rules := range [][]Rule{v.themes, v.topics, v.tools} {
		for i := range rules {
			problems = append(problems, t.checkExamples(&rules[i])...)
		}
	}
	if v.builtIn { // the examples of facets speak of its tools
		problems = append(problems, t.checkFacets()...)
	}
	return problems
}

// checkExamples tries the examples of one rule.
func (t *Tagger) checkExamples(r *Rule) []Problem {
	var p []Problem
	if len(r.Examples.Match) == 0 && len(r.Any)+len(r.Case)+len(r.Tags)+len(r.Sites) > 0 {
		p = append(p, r.problem("the rule has no example; add a short text that must match under examples, match"))
	}
	for _, s := range r.Examples.Match {
		if _, ok := t.finds(r, s); !ok {
			p = append(p, r.problem("the example %q does not match; change the example or add a phrase to the rule", s))
		}
	}
	for _, s := range r.Examples.Not {
		if h, ok := t.finds(r, s); ok {
			p = append(p, r.problem("the example %q must not match, but it %s; add a phrase under not, or ask for one under with", s, strings.Join(h.Reasons, ", ")))
		}
	}
	return p
}

// finds tags an example. Addresses in it count as links.
func (t *Tagger) finds(r *Rule, example string) (Hit, bool) {
	found := t.Tag(Input{Text: example, Links: addresses(example)})
	hits := map[string][]Hit{Themes: found.Themes, Topics: found.Topics, Tools: found.Tools}[r.kind]
	i := slices.IndexFunc(hits, func(h Hit) bool { return h.ID == r.ID })
	if i < 0 {
		return Hit{}, false
	}
	return hits[i], true
}
