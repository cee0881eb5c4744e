package collectors

import (
	"slices"
	"time"
)

// stretch is a part of time, From included and To not. A zero To is open.
type stretch struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to,omitzero"`
	Page int       `json:"page,omitempty"`
}

func (s stretch) open() bool { return s.To.IsZero() }

func (s stretch) end(now time.Time) time.Time {
	if s.open() {
		return now
	}
	return s.To
}

// unfinished says that stretches are left to be read at once.
func (s *searchState) unfinished() bool { return len(s.Todo) > 0 }

// next returns the stretch to read: what is left, else from the overlap on. It
// begins with a day, so that its address stays the same for that day and can
// be asked for with the validators of the last answer. While a search finds
// little, it begins where it began before, and the same address lasts longer.
func (s *searchState) next(k *searchKind, now time.Time) stretch {
	if len(s.Todo) == 0 {
		from := now.Add(-k.horizon)
		switch {
		case s.Since.After(from.Add(-sinceDrift)):
			from = s.Since
		case !s.Through.IsZero():
			from = s.Through.Add(-k.overlap)
		}
		s.Todo = []stretch{{From: from.UTC().Truncate(oneDay)}}
	}
	return s.Todo[0]
}

const oneDay = 24 * time.Hour

// read notes that a stretch was read to its end.
func (s *searchState) read(at stretch, now time.Time) {
	s.passed(at, now)
	s.Todo = s.Todo[1:]
	if len(s.Todo) == 0 {
		s.Todo = nil
	}
}

// turn goes on to the next page of a stretch.
func (s *searchState) turn(at stretch, now time.Time) {
	s.passed(at, now)
	s.Todo[0].Page++
}

// passed notes that everything until now was seen, when the first page of the
// open stretch was.
func (s *searchState) passed(at stretch, now time.Time) {
	if at.open() && at.Page == 0 {
		s.Through = now
	}
}

// split replaces a stretch by parts, of which each should fit an answer: as
// many as the total asks for, and half as many again because posts do not come
// evenly. False when it is as short as can be asked for.
func (s *searchState) split(at stretch, k *searchKind, total int, now time.Time) bool {
	whole := at.end(now).Sub(at.From)
	parts := min(max(2, total*3/(2*max(1, k.limit))+1), maxParts, int(whole/k.grain))
	if parts < 2 {
		return false
	}
	step := (whole / time.Duration(parts)).Truncate(k.grain)
	var todo []stretch
	for i := range parts {
		part := stretch{From: at.From.Add(time.Duration(i) * step), To: at.From.Add(time.Duration(i+1) * step)}
		if i == parts-1 {
			part.To = at.To
		}
		todo = append(todo, part)
	}
	slices.Reverse(todo)
	s.Todo = append(todo, s.Todo[1:]...)
	return true
}

// searchBudget is a budget of requests that fills with time, as it is kept over a
// restart.
type searchBudget struct {
	Left float64   `json:"left"`
	At   time.Time `json:"at"`
}

// fill returns what is left now. An unused searchBudget is full; a clock that was set
// back adds nothing.
func (b searchBudget) fill(now time.Time, perMinute, atOnce float64) float64 {
	if b.At.IsZero() {
		return atOnce
	}
	return min(atOnce, b.Left+perMinute*max(0, now.Sub(b.At).Minutes()))
}

// ready returns when the next request may be made.
func (b searchBudget) ready(now time.Time, perMinute, atOnce float64) time.Time {
	left := b.fill(now, perMinute, atOnce)
	if left >= 1 {
		return now
	}
	return now.Add(time.Duration((1-left)/perMinute*float64(time.Minute)).Round(time.Second) + time.Second)
}

func (b *searchBudget) spend(now time.Time, perMinute, atOnce float64) {
	*b = searchBudget{Left: b.fill(now, perMinute, atOnce) - 1, At: now}
}
