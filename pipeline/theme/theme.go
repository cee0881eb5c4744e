// Package theme learns how much phrases and words say about the broad subject
// of a post. The phrases and their strengths are written by hand; a linear
// model, trained on labelled texts, corrects them and adds the words that no
// list holds. What it learned is a table that people can read and edit.
package theme

import "math"

// The strengths of hand-written phrases, in log-odds: how much a phrase alone
// moves a post towards its theme. They were chosen by cross-validation.
const (
	Sure    = 4
	Likely  = 2
	Hint    = 1
	Against = -4
)

// Limits of what is read and said of a post.
const (
	// Words is how much of a post is read for its theme: what it is about
	// stands in its title and its first sentences.
	Words = 64
	// Most is how many themes a post has at most.
	Most = 3
)

// Sample is one labelled text for learning.
type Sample struct {
	Cues   []string // features that count in full: phrases, topics, tools
	Words  []string // stems of its words
	Length int      // words read, with repetitions
	Themes []string // ids of what it is about, the labels
}

// Weights are what was learned, all in log-odds. A theme's score is its bias,
// what its cues weigh, and what its words weigh divided by the square root of
// their number (Scale). The best theme of a post is taken when its score is
// above First, further ones when it is above 0.
type Weights struct {
	First float32
	Bias  map[string]float32 // by theme
	Cues  Table              // corrections to the strengths by hand
	Words Table
}

// Table holds the weight of a feature for a theme.
type Table map[string]map[string]float32

func (t Table) set(feature, theme string, w float32) {
	if t[feature] == nil {
		t[feature] = map[string]float32{}
	}
	t[feature][theme] = w
}

// Unlearned are the weights of a vocabulary without learned ones: one sure
// phrase decides, and so do two likely ones.
func Unlearned(themes []string) *Weights {
	w := &Weights{Bias: map[string]float32{}, Cues: Table{}, Words: Table{}}
	for _, t := range themes {
		w.Bias[t] = 1 - Sure
	}
	return w
}

// Scale is what each word of a post of so many words counts: a word of a long
// post says less. No word stands for a whole post: in one of fewer than eight
// words it counts as in one of eight.
func Scale(words int) float64 { return 1 / math.Sqrt(float64(max(8, words))) }
