package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"vantage/pipeline/council"
	"vantage/pipeline/tag"
)

const listHelp = `Lists the terms of the vocabulary with their theme and other names.

  vantage vocabulary list -kind tool
  vantage vocabulary list -json
`

// termKinds are the kinds of the vocabulary, as -kind has them.
var termKinds = []string{tag.Themes, tag.Topics, tag.Tools}

// listedTerm is a term as -json prints it: one object a line.
type listedTerm struct {
	Kind    string     `json:"kind"`
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	About   string     `json:"about,omitempty"`
	Group   string     `json:"group,omitempty"`
	Theme   string     `json:"theme,omitempty"`
	Topics  []string   `json:"topics,omitempty"`
	Names   []tag.Name `json:"names,omitempty"`
	Phrases []string   `json:"phrases,omitempty"`
}

func runVocabularyList(c console, args []string) error {
	fs := flagSet(c, "vocabulary list [flags]", listHelp)
	load := vocabularyFlags(fs)
	kind := fs.String("kind", "", "only these: theme, topic or tool (default: all)")
	asJSON := fs.Bool("json", false, "print one JSON object a line")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *kind != "" && !slices.Contains(termKinds, *kind) {
		return fmt.Errorf("vocabulary list: kind %q is not theme, topic or tool", *kind)
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("vocabulary list: %q is one word too many; `vantage vocabulary find %s` looks for a name", fs.Arg(0), strings.Join(fs.Args(), " "))
	}
	v, err := load(c)
	if err != nil {
		return err
	}
	kinds := termKinds
	if *kind != "" {
		kinds = []string{*kind}
	}
	if *asJSON {
		return listJSON(c.out, v, kinds)
	}
	return listTable(c.out, v, kinds)
}

func listJSON(w io.Writer, v *tag.Vocabulary, kinds []string) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for _, kind := range kinds {
		for _, r := range v.Rules(kind) {
			if err := e.Encode(listTerm(kind, &r)); err != nil {
				return err
			}
		}
	}
	return nil
}

func listTerm(kind string, r *tag.Rule) listedTerm {
	return listedTerm{kind, r.ID, r.Name, r.About, r.Group, r.Theme, r.Topics, r.Names(), slices.Concat(r.Any, r.Case)}
}

func listTable(w io.Writer, v *tag.Vocabulary, kinds []string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "kind\tid\tname\tbelongs to\tother names")
	for _, kind := range kinds {
		for _, r := range v.Rules(kind) {
			above := r.Theme
			if kind == tag.Tools {
				above = strings.Join(r.Topics, ", ")
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", kind, r.ID, r.Name, above, namesText(r.Names()))
		}
	}
	return t.Flush()
}

// languageNames are the languages of names besides English.
var languageNames = map[string]string{"cy": "Welsh", "gd": "Gaelic", "ga": "Irish"}

func namesText(names []tag.Name) string {
	words := make([]string, len(names))
	for i, n := range names {
		words[i] = n.Text
		if l := languageNames[n.Lang]; l != "" {
			words[i] += " (" + l + ")"
		}
	}
	return strings.Join(words, ", ")
}

const findHelp = `Finds themes, topics, tools and councils by any of their names, in English,
Welsh, Gaelic or Irish. One wrong letter is forgiven.

  vantage vocabulary find RPA
  vantage vocabulary find deallusrwydd artiffisial
`

func runVocabularyFind(c console, args []string) error {
	fs := flagSet(c, "vocabulary find [flags] WORDS", findHelp)
	load := vocabularyFlags(fs)
	limit := fs.Int("limit", 10, "how many to print at most")
	words, err := parseWords(fs, args)
	if err != nil {
		return err
	}
	question := strings.Join(words, " ")
	if strings.TrimSpace(question) == "" {
		return fmt.Errorf("vocabulary find: say what to find, such as `vantage vocabulary find RPA`")
	}
	if *limit < 1 {
		return fmt.Errorf("vocabulary find: limit %d is less than 1; try 10", *limit)
	}
	v, err := load(c)
	if err != nil {
		return err
	}
	r := council.Load()
	found := tag.NewGlossary(v, r).Find(question, *limit)
	if len(found) == 0 {
		return fmt.Errorf("vocabulary find: nothing is called %q; try fewer words, or see `vantage vocabulary list`", question)
	}
	if found[0].Rank == tag.RankSlip {
		fmt.Fprintf(c.out, "Nothing is called %q. Near it:\n\n", question)
	}
	for _, f := range found {
		explainFound(c.out, f, v, r)
	}
	return nil
}

// explainFound prints what was found: its names, where it belongs, and the
// phrases by which a text is recognised.
func explainFound(w io.Writer, f tag.Found, v *tag.Vocabulary, reg *council.Register) {
	fmt.Fprintf(w, "%s %s: %s\n", f.Kind, f.ID, f.Name)
	if f.As != "" {
		fmt.Fprintf(w, "  found as     %s\n", namesText([]tag.Name{{Text: f.As, Lang: f.Lang}}))
	}
	if f.Kind == tag.Councils {
		explainCouncil(w, f.ID, reg)
		return
	}
	rules := v.Rules(f.Kind)
	i := slices.IndexFunc(rules, func(r tag.Rule) bool { return r.ID == f.ID })
	r := &rules[i]
	var above []string
	if r.Theme != "" {
		above = append(above, v.Name(tag.Themes, r.Theme))
	}
	for _, id := range r.Topics {
		above = append(above, v.Name(tag.Topics, id))
	}
	for _, line := range []struct{ name, text string }{
		{"what it is", r.About}, {"belongs to", strings.Join(above, ", ")}, {"also called", namesText(r.Names())},
		{"texts say", strings.Join(slices.Concat(r.Any, r.Case), ", ")},
		{"and not", strings.Join(r.Not, ", ")}, {"hashtags", hashtags(r.Tags)}, {"links to", strings.Join(r.Sites, ", ")},
	} {
		if line.text != "" {
			fmt.Fprintf(w, "  %-12s %s\n", line.name, line.text)
		}
	}
	fmt.Fprintln(w)
}

func hashtags(tags []string) string {
	if len(tags) == 0 {
		return ""
	}
	return "#" + strings.Join(tags, " #")
}

func explainCouncil(w io.Writer, id string, reg *council.Register) {
	c, _ := reg.Council(id)
	fmt.Fprintf(w, "  official     %s\n", c.Name)
	if c.Status == council.Abolished {
		var heirs []string
		for _, s := range c.Successors {
			heirs = append(heirs, reg.AreaName(s))
		}
		fmt.Fprintf(w, "  ended        %s; now %s\n", c.End.Format("2 January 2006"), strings.Join(heirs, ", "))
	}
	var names []string
	for _, n := range reg.Names(id) {
		names = append(names, n.Text)
	}
	fmt.Fprintf(w, "  also called  %s\n\n", strings.Join(names, ", "))
}
