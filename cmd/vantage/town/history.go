package town

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"vantage/collectors/item"
)

// slot is a place in the calendar that waits for a subject.
type slot struct {
	body  *body
	at    time.Time
	topic string
}

// remember fills every feed with dated posts up to now. Each week draws from
// its own numbers, so that next week's town has the same past but for what the
// rises have moved.
func (t *Town) remember(now time.Time) {
	monday := item.Week(now)
	for age := t.weeks; age >= 0; age-- {
		from := monday.AddDate(0, 0, -7*age)
		t.rand = rand.New(rand.NewPCG(t.seed, uint64(from.Unix())))
		t.serial = 0
		slots := t.week(from, age)
		slices.SortStableFunc(slots, func(a, b slot) int { return a.at.Compare(b.at) })
		for _, s := range slots {
			if !s.at.After(now) {
				t.add(s.body, t.past(s, now))
			}
		}
	}
	t.rand = rand.New(rand.NewPCG(t.seed, uint64(now.UnixNano())))
}

// past writes the post of a slot.
func (t *Town) past(s slot, now time.Time) post {
	t.serial++
	link := fmt.Sprintf("%s/%d", weekOf(s.at), t.serial)
	if s.topic == releaseTopic {
		return t.release(s.body, s.at, link)
	}
	p := t.write(s.body, s.topic, s.at, link)
	if t.rand.IntN(50) == 0 {
		p = t.edited(p, now)
	}
	return p
}

// weekOf is the ISO week of a moment, as addresses of posts have it.
func weekOf(at time.Time) string {
	y, w := item.Week(at).ISOWeek()
	return fmt.Sprintf("%d-w%02d", y, w)
}

// edited is p with an edit some hours later, if that is not still to come. It
// draws the same numbers either way, so that the hour does not change the past.
func (t *Town) edited(p post, now time.Time) post {
	later := p
	t.edit(&later, p.Published.Add(time.Duration(1+t.rand.IntN(72))*time.Hour))
	if later.Updated.After(now) {
		return p
	}
	return later
}

// releaseTopic marks a slot that prints the release; no topic has this id.
const releaseTopic = "(release)"

// week plans one week: how many posts each body writes, then what about.
func (t *Town) week(monday time.Time, age int) []slot {
	var slots []slot
	for _, b := range t.bodies {
		for range t.poisson(b.rate * season(monday) * bustle(age)) {
			slots = append(slots, slot{body: b, at: t.workday(monday)})
		}
	}
	t.rand.Shuffle(len(slots), func(i, j int) { slots[i], slots[j] = slots[j], slots[i] })
	free := slots
	for _, r := range rises {
		n := t.poisson(mutter)
		if age < len(r.weeks) {
			n = max(1, r.weeks[age]-1+t.rand.IntN(3))
		}
		free = assign(free, r.topic, n)
	}
	for _, topic := range steady {
		share := season(monday) * bustle(age)
		free = assign(free, topic, int(steadyWeekly*share)+t.rand.IntN(2))
	}
	for i := range free {
		free[i].topic = pick(t.rand, t.background)
	}
	return append(slots, t.planted(monday, age)...)
}

// assign gives a topic to the first n free slots of different bodies, moves
// them to the front and returns the rest.
func assign(free []slot, topic string, n int) []slot {
	seen := map[*body]bool{}
	taken := 0
	for i := range free {
		if taken == n {
			break
		}
		if seen[free[i].body] {
			continue
		}
		seen[free[i].body] = true
		free[i].topic = topic
		free[i], free[taken] = free[taken], free[i]
		taken++
	}
	return free[taken:]
}

// planted returns what comes on top in some weeks: flood, release and the
// channel that began midway.
func (t *Town) planted(monday time.Time, age int) (slots []slot) {
	if age == 1 {
		for i := range floodPosts {
			at := monday.Add(time.Duration(i) * 3 * time.Hour)
			slots = append(slots, slot{t.flooder, at, floodTopic})
		}
		for i, b := range t.printers() {
			at := monday.Add(32*time.Hour + time.Duration(i*i)*6*time.Minute)
			slots = append(slots, slot{b, at, releaseTopic})
		}
	}
	n := freshWeekly
	if age == freshWeeks {
		n = 3
	}
	for range n {
		if age <= freshWeeks {
			slots = append(slots, slot{t.fresh, t.workday(monday), freshTopic})
		}
	}
	return slots
}

// printers are those who print the release: councils mostly, some press.
func (t *Town) printers() []*body {
	var from []*body
	for _, b := range t.bodies {
		if b.class == item.Council || b.class == item.Press {
			from = append(from, b)
		}
	}
	t.rand.Shuffle(len(from), func(i, j int) { from[i], from[j] = from[j], from[i] })
	return from[:releasePosts]
}

// bustle is how much more is written while the rises last: half of their
// posts come on top, the other half instead of something else.
func bustle(age int) float64 {
	extra := 0
	for _, r := range rises {
		if age < len(r.weeks) {
			extra += r.weeks[age]
		}
	}
	return 1 + float64(extra)/2/190
}

// season is how busy a week is: quiet in August and over the holidays.
func season(monday time.Time) float64 {
	switch _, w := monday.ISOWeek(); {
	case w >= 31 && w <= 35:
		return 0.75
	case w >= 52 || w == 1:
		return 0.4
	default:
		return 1 + 0.1*math.Sin(float64(w)*2*math.Pi/13)
	}
}

// workday is a moment of the week: rarely on a weekend, never at night.
func (t *Town) workday(monday time.Time) time.Time {
	day := t.rand.IntN(5)
	if t.rand.IntN(20) == 0 {
		day = 5 + t.rand.IntN(2)
	}
	return monday.AddDate(0, 0, day).Add(7*time.Hour + time.Duration(t.rand.IntN(11*3600))*time.Second)
}

// poisson draws a count with the given mean (Knuth).
func (t *Town) poisson(mean float64) int {
	n, p, limit := 0, t.rand.Float64(), math.Exp(-mean)
	for p > limit {
		n++
		p *= t.rand.Float64()
	}
	return n
}
