package tag

import (
	"fmt"
	"strings"

	"vantage/collectors/text"
	"vantage/pipeline/council"
	"vantage/pipeline/theme"
)

// Labelled is a text with the ids of the themes that it is about.
type Labelled struct {
	Input
	Themes []string
}

// Learn trains the weights of the vocabulary's themes on labelled texts, from
// the strengths that its phrases have by hand; weights that it has already are
// not used. The same texts give the same weights.
func Learn(v *Vocabulary, r *council.Register, texts []Labelled) (*theme.Weights, theme.Learned, error) {
	const fewest = 100
	if len(texts) < fewest {
		return nil, theme.Learned{}, fmt.Errorf("%d texts are too few; at least %d are needed, better a hundred for each theme", len(texts), fewest)
	}
	bare := *v
	bare.weights = nil
	t, err := Compile(&bare, r)
	if err != nil {
		return nil, theme.Learned{}, err
	}
	places := placeWords(r)
	var samples []theme.Sample
	for _, l := range texts {
		s := t.Sample(l.Input, places)
		s.Themes = l.Themes
		samples = append(samples, s)
	}
	var ids []string
	for _, rule := range v.themes {
		ids = append(ids, rule.ID)
	}
	w, how := theme.Learn(samples, ids, t.Priors())
	return w, how, nil
}

// placeWords are the folded words of the names of councils: whose post it is
// says nothing of what it is about.
func placeWords(r *council.Register) map[string]bool {
	places := map[string]bool{}
	for w := range strings.FieldsSeq("city cities county counties council councils borough boroughs district districts") {
		places[w] = true
	}
	for _, c := range r.All() {
		for _, w := range text.Words(nil, c.Short) {
			places[string(text.FoldWord(nil, c.Short, w))] = true
		}
	}
	for w := range strings.FieldsSeq("and the of on upon combined authority greater mayoral") {
		delete(places, w)
	}
	return places
}
