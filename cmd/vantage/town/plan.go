package town

// Plan names what was planted into the town, so that a test can tell whether
// the radar found it.
type Plan struct {
	Rises   []string // topics that begin slowly six weeks ago and spread over publishers
	Tools   []string // tools that rise with them
	Carried []string // topics that rise because the words of a rise belong to them too
	Steady  []string // topics that are loud all the time
	Release Release
	Flood   Flood
	Fresh   Flood // a channel that began midway, with its one subject

	// Keys of the sources that show what goes wrong in real life.
	Broken, Slow, Gone, Moved string

	// Refused is a word of all posts of the account that does not want to be
	// collected, and of no others.
	Refused string
}

// Release is one notice that many publishers print within days.
type Release struct {
	Topic, Title string
	Posts        int
}

// Flood is one publisher who posts about one subject.
type Flood struct {
	Topic, Publisher string
	Posts            int
}

// rise is a planted rise: the topic and how many publishers take it up in each
// week, give or take one or two, the running week first.
type rise struct {
	topic string
	weeks []int
}

var (
	rises = []rise{
		{"ai-notes", []int{14, 12, 8, 7, 4, 2, 1}},
		{"ai-agents", []int{15, 13, 10, 5, 4, 1, 1}},
		{"reorganisation", []int{11, 10, 7, 6, 3, 2, 1}},
		{"iot", []int{12, 11, 9, 7, 3, 2}},
		{"digital-planning", []int{11, 10, 8, 4, 4, 2, 1}},
		{"telephony", []int{10, 9, 8, 6, 2, 1}},
	}
	risingTools = []string{"magic-notes", "copilot-studio", "lorawan"}
	steady      = []string{"waste", "revs-bens", "highways", "democracy", "housing", "cyber"}
)

const (
	mutter       = 0.3 // posts a week on a topic before it rises
	steadyWeekly = 12  // posts in an ordinary week on each steady topic

	floodTopic  = "chatbots"
	floodPosts  = 40
	freshTopic  = "open-data"
	freshWeeks  = 5 // how long ago the fresh channel began
	freshWeekly = 9

	releasePosts = 25
)

// Planted returns what was planted.
func (t *Town) Planted() Plan {
	p := Plan{
		Tools: risingTools, Steady: steady,
		Release: Release{Topic: t.words.Release.Topic, Title: t.words.Release.Title, Posts: releasePosts},
		Flood:   Flood{Topic: floodTopic, Publisher: t.flooder.domain(), Posts: floodPosts},
		Fresh:   Flood{Topic: freshTopic, Publisher: t.fresh.domain()},
		Broken:  brokenKey, Slow: slowKey, Gone: goneKey, Moved: movedKey,
		Refused: refuserWord,
	}
	seen := map[string]bool{}
	for _, r := range rises {
		p.Rises = append(p.Rises, r.topic)
		seen[r.topic] = true
	}
	for _, r := range rises {
		for _, also := range t.words.subjects[r.topic].Also {
			if !seen[also] {
				seen[also] = true
				p.Carried = append(p.Carried, also)
			}
		}
	}
	for _, f := range t.feeds {
		if f.body == t.fresh {
			p.Fresh.Posts = len(f.posts)
		}
	}
	return p
}
