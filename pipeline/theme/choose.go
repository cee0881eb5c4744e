package theme

// crossScores scores each sample by a model that was trained without its part.
func (l *learner) crossScores() [][]float64 {
	scores := make([][]float64, len(l.samples))
	for part := range folds {
		var on []int
		for i := range l.samples {
			if i%folds != part {
				on = append(on, i)
			}
		}
		m := l.train(on)
		for i := part; i < len(l.samples); i += folds {
			scores[i] = m.scores(&l.samples[i])
		}
	}
	return scores
}

// choose finds the thresholds with the best F1 over all labels: for the best
// theme of a post, and for further ones.
func (l *learner) choose(scores [][]float64) (first, further float64, judged Learned) {
	const from, to, by = -4, 2, 0.2
	ranked := make([][]scored, len(scores))
	for i := range scores {
		ranked[i] = best(scores[i])
	}
	for a := float64(from); a < to; a += by {
		for b := a; b < to; b += by {
			if j := l.judge(ranked, a, b); j.F1 > judged.F1 {
				first, further, judged = a, b, j
			}
		}
	}
	return first, further, judged
}

// judge counts right and wrong answers.
func (l *learner) judge(ranked [][]scored, first, further float64) Learned {
	right, wrong, missed := make([]float64, len(l.themes)), make([]float64, len(l.themes)), make([]float64, len(l.themes))
	for i, list := range ranked {
		taken := make([]bool, len(l.themes))
		for n, s := range list[:min(Most, len(list))] {
			if n == 0 && s.score <= first || n > 0 && s.score <= further {
				break
			}
			taken[s.theme] = true
		}
		for t, label := range l.samples[i].labels {
			switch {
			case taken[t] && label:
				right[t]++
			case taken[t]:
				wrong[t]++
			case label:
				missed[t]++
			}
		}
	}
	return total(right, wrong, missed)
}

func total(right, wrong, missed []float64) (j Learned) {
	var r, w, m float64
	for t := range right {
		r, w, m = r+right[t], w+wrong[t], m+missed[t]
		j.MacroF1 += 2 * right[t] / max(1, 2*right[t]+wrong[t]+missed[t]) / float64(len(right))
	}
	j.Precision, j.Recall, j.F1 = r/max(1, r+w), r/max(1, r+m), 2*r/max(1, 2*r+w+m)
	return j
}
