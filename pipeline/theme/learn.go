package theme

import (
	"maps"
	"math"
	"slices"
	"sync"
)

// How the model is trained: logistic regression, one theme against the rest,
// with full gradients and AdaGrad steps (Duchi, Hazan and Singer 2011). Words
// are scaled by the logarithm of how much more often they stand in the theme's
// texts than in others, as in Wang and Manning, Baselines and Bigrams (2012),
// which spares the model the words that say nothing. Chosen by
// cross-validation over the training texts.
const (
	rounds  = 60
	step    = 0.5
	ridge   = 0.1 // L2 penalty
	ratio   = 0.5 // of the log-ratio of words
	cueRate = 0.5 // how freely cues leave the strengths by hand
	smooth  = 0.5 // added to counts
	folds   = 5

	// Lighter weights are not kept: the table has two thirds of the lines without
	// those below 0.2, and F1 on other texts is the same within 0.003.
	lightest = 0.2
)

// learner is the training set as numbers.
type learner struct {
	themes   []string
	features []string // cues, then words
	cues     int      // features below are cues
	samples  []vector
	prior    func(theme, cue string) float64
}

// vector is one sample: the numbers of its features, and its labels.
type vector struct {
	cues, words []int32
	scale       float64 // what each word counts
	labels      []bool  // by theme
}

// Learned says how well the model does on texts that it was not trained with,
// by cross-validation over five parts.
type Learned struct {
	Samples               int
	Precision, Recall, F1 float64 // over all labels
	MacroF1               float64 // mean over themes
}

// Learn trains the weights. Prior gives the strength by hand of a cue for a
// theme, 0 where there is none. The same samples give the same weights.
func Learn(samples []Sample, themes []string, prior func(theme, cue string) float64) (*Weights, Learned) {
	l := newLearner(samples, themes, prior)
	scores := l.crossScores()
	first, further, judged := l.choose(scores)
	judged.Samples = len(samples)
	all := make([]int, len(samples))
	for i := range all {
		all[i] = i
	}
	m := l.train(all)
	return l.weights(m, first, further), judged
}

func newLearner(samples []Sample, themes []string, prior func(theme, cue string) float64) *learner {
	l := &learner{themes: themes, prior: prior}
	cues, words := map[string]int32{}, map[string]int32{}
	for _, s := range samples {
		for _, c := range s.Cues {
			cues[c] = 0
		}
		for _, w := range s.Words {
			words[w] = 0
		}
	}
	l.cues = len(cues)
	l.features = slices.Concat(slices.Sorted(maps.Keys(cues)), slices.Sorted(maps.Keys(words)))
	for i, f := range l.features {
		if i < l.cues {
			cues[f] = int32(i)
		} else {
			words[f] = int32(i)
		}
	}
	for _, s := range samples {
		v := vector{cues: numbers(s.Cues, cues), words: numbers(s.Words, words), scale: Scale(s.Length), labels: make([]bool, len(themes))}
		for i, t := range themes {
			v.labels[i] = slices.Contains(s.Themes, t)
		}
		l.samples = append(l.samples, v)
	}
	return l
}

func numbers(list []string, of map[string]int32) []int32 {
	n := make([]int32, 0, len(list))
	for _, s := range list {
		n = append(n, of[s])
	}
	slices.Sort(n)
	return slices.Compact(n)
}

// model holds, by theme, the bias and the weight of each feature; that of a
// cue is what it weighs beyond its prior.
type model struct {
	bias    []float64
	weights [][]float64
	priors  [][]float64
}

func (l *learner) train(on []int) model {
	m := model{make([]float64, len(l.themes)), make([][]float64, len(l.themes)), make([][]float64, len(l.themes))}
	var wait sync.WaitGroup
	for t := range l.themes {
		wait.Go(func() { m.bias[t], m.weights[t], m.priors[t] = l.trainTheme(t, on) })
	}
	wait.Wait()
	return m
}

// trainTheme fits one theme against the rest.
func (l *learner) trainTheme(theme int, on []int) (bias float64, weights, priors []float64) {
	rate, priors := l.rates(theme, on), l.priors(theme)
	n := len(l.features)
	weights = make([]float64, n)
	grad, past := make([]float64, n), make([]float64, n)
	bias, pastBias := float64(1-Sure), 0.0
	for range rounds {
		for j := range grad {
			grad[j] = ridge * weights[j]
		}
		gradBias := 0.0
		for _, i := range on {
			gradBias += l.samples[i].push(theme, bias, weights, priors, rate, grad)
		}
		for j, g := range grad {
			if g != 0 {
				past[j] += g * g
				weights[j] -= step * g / math.Sqrt(past[j])
			}
		}
		pastBias += gradBias * gradBias
		bias -= step * gradBias / math.Sqrt(pastBias+1e-9)
	}
	for j := range weights {
		weights[j] *= rate[j]
	}
	return bias, weights, priors
}

// push adds the gradient of one sample and returns its error.
func (v *vector) push(theme int, bias float64, weights, priors, rate, grad []float64) float64 {
	score := bias
	for _, j := range v.cues {
		score += priors[j] + weights[j]*rate[j]
	}
	for _, j := range v.words {
		score += weights[j] * rate[j] * v.scale
	}
	e := 1 / (1 + math.Exp(-score))
	if v.labels[theme] {
		e--
	}
	for _, j := range v.cues {
		grad[j] += e * rate[j]
	}
	for _, j := range v.words {
		grad[j] += e * rate[j] * v.scale
	}
	return e
}

// rates are how freely each weight moves.
func (l *learner) rates(theme int, on []int) []float64 {
	in, out := make([]float64, len(l.features)), make([]float64, len(l.features))
	var allIn, allOut float64
	for _, i := range on {
		for _, j := range l.samples[i].words {
			if l.samples[i].labels[theme] {
				in[j]++
				allIn++
			} else {
				out[j]++
				allOut++
			}
		}
	}
	rest := smooth * float64(len(l.features)-l.cues)
	rate := make([]float64, len(l.features))
	for j := range rate {
		if rate[j] = cueRate; j >= l.cues {
			rate[j] = ratio * math.Abs(math.Log((in[j]+smooth)/(allIn+rest)*(allOut+rest)/(out[j]+smooth)))
		}
	}
	return rate
}

func (l *learner) priors(theme int) []float64 {
	p := make([]float64, len(l.features))
	for j, f := range l.features[:l.cues] {
		p[j] = l.prior(l.themes[theme], f)
	}
	return p
}

// scores are those of all themes for one sample.
func (m *model) scores(v *vector) []float64 {
	scores := slices.Clone(m.bias)
	for t := range scores {
		for _, j := range v.cues {
			scores[t] += m.priors[t][j] + m.weights[t][j]
		}
		for _, j := range v.words {
			scores[t] += m.weights[t][j] * v.scale
		}
	}
	return scores
}

// weights rounds nothing away that matters and moves the biases, so that
// further themes are taken from a score of 0 on.
func (l *learner) weights(m model, first, further float64) *Weights {
	w := &Weights{First: float32(first - further), Bias: map[string]float32{}, Cues: Table{}, Words: Table{}}
	for t, theme := range l.themes {
		w.Bias[theme] = float32(m.bias[t] - further)
		for j, weight := range m.weights[t] {
			switch {
			case math.Abs(weight) < lightest:
			case j < l.cues:
				w.Cues.set(l.features[j], theme, float32(weight))
			default:
				w.Words.set(l.features[j], theme, float32(weight))
			}
		}
	}
	return w
}
