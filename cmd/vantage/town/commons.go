package town

import (
	"cmp"
	"fmt"
	"html"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"vantage/collectors"
	"vantage/collectors/item"
)

// Keys of the town's two Mastodon servers. The commons lets anybody read; the
// quay belongs to a department, wants a token and streams. They federate: each
// knows the posts of both, under ids of its own.
const (
	commonsKey = "commons"
	quayKey    = "quay"
)

var commonsTags = []string{"localgov", "ukgovcamp", "opendata"}

// teamTag stands under the posts of the department's teams, which are listened
// to on the quay only: it alone says that they are not persons.
const teamTag = "digitalteams"

// account is somebody on one of the servers. Those of the commons are invented
// persons, those of the quay teams of the department.
type account struct {
	name, home string // key of the server
	note       string
	indexable  bool
	bot        bool
}

// refuserName is the account that does not want to be collected. refuserWord
// stands in all of its posts and nowhere else.
const (
	refuserName = "quiet_otter"
	refuserWord = "marmalade"
)

// toot is one post on the servers.
type toot struct {
	by     *account
	serial int
	html   string // without hashtags and note
	tags   []string
	at     time.Time
	edited time.Time
	gone   bool
}

// commons is what both servers know; the town's lock guards it.
type commons struct {
	accounts []*account
	toots    []*toot // in the order of their ids, the oldest first
	serial   int
	token    string // file
	secret   string
	streams  map[*listener]bool
}

// gather moves everybody in on the servers and writes their past, with numbers
// of their own so that the feeds have the same past with and without them.
func (t *Town) gather(now time.Time) {
	t.commons.streams = map[*listener]bool{}
	for i, name := range t.words.bodies["accounts"] {
		a := &account{name: name, home: commonsKey, indexable: name != refuserName, bot: i == 3, note: "An invented person."}
		t.commons.accounts = append(t.commons.accounts, a)
	}
	for _, name := range t.words.bodies["teams"] {
		t.commons.accounts = append(t.commons.accounts, &account{name: name, home: quayKey, indexable: true, note: "An invented team."})
	}
	monday := item.Week(now)
	for age := t.weeks; age >= 0; age-- {
		from := monday.AddDate(0, 0, -7*age)
		r := rand.New(rand.NewPCG(t.seed, uint64(from.Unix())^0x636F6D6D6F6E73))
		for _, topic := range chatter(age, t.background, r) {
			at := from.Add(time.Duration(7+24*r.IntN(7)) * time.Hour).Add(time.Duration(r.IntN(14*3600)) * time.Second)
			p := t.toot(r, topic, at)
			if !at.After(now) {
				t.commons.add(p)
			}
		}
	}
}

// chatter is what people talk about in a week: the rises with everybody else,
// the steady topics always, and something else.
func chatter(age int, background []string, r *rand.Rand) (topics []string) {
	for _, rise := range rises {
		if age < len(rise.weeks) {
			for range (rise.weeks[age] + 2) / 5 {
				topics = append(topics, rise.topic)
			}
		}
	}
	topics = append(topics, steady...)
	for range 6 + r.IntN(3) {
		topics = append(topics, pick(r, background))
	}
	return topics
}

// toot writes a post about a topic by anybody.
func (t *Town) toot(r *rand.Rand, topic string, at time.Time) *toot {
	org := pick(r, t.register)
	w := &writer{words: t.words, rand: r, subject: t.words.subjects[topic], at: at, used: map[string]bool{}}
	w.org = strings.NewReplacer("{name}", org.Name, "{short}", org.Short).Replace(pick(r, t.words.Names))
	if len(w.subject.Tools) > 0 {
		w.tool = pick(r, w.subject.Tools)
	}
	by := pick(r, t.commons.accounts)
	words := []string{w.say(w.Openers), w.say(w.Subject)}
	if by.name == refuserName {
		words = append(words, "More about "+refuserWord+" tomorrow.")
	}
	p := &toot{by: by, at: at.UTC().Truncate(time.Millisecond), html: "<p>" + html.EscapeString(strings.Join(words, " ")) + "</p>"}
	if r.IntN(4) == 0 { // now and then somebody is spoken to
		p.html += t.mention(pick(r, t.commons.accounts))
	}
	if by.home == quayKey {
		p.tags = []string{teamTag}
		return p
	}
	for _, i := range r.Perm(len(commonsTags))[:1+r.IntN(2)] {
		p.tags = append(p.tags, commonsTags[i])
	}
	return p
}

func (t *Town) mention(a *account) string {
	return fmt.Sprintf(`<p><span class="h-card"><a href="https://%s/@%s" class="u-url mention">@<span>%s</span></a></span> asked for this.</p>`,
		hostName(a.home), a.name, a.name)
}

// hostName is the name of a server. Nothing answers there, see body.domain.
func hostName(key string) string { return key + ".sample.invalid" }

// add puts a post in its place. Posts that come late have old ids.
func (c *commons) add(p *toot) {
	c.serial++
	p.serial = c.serial
	i, _ := slices.BinarySearchFunc(c.toots, p, func(a, b *toot) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.serial, b.serial))
	})
	c.toots = slices.Insert(c.toots, i, p)
}

// id is the number of a post on a server, made of its date as Mastodon does.
func (p *toot) id(key string) string {
	n := p.at.UnixMilli()<<16 | int64(p.serial&0x7fff)<<1
	if key == quayKey {
		n++
	}
	return strconv.FormatInt(n, 10)
}

// uri is the id of the post everywhere.
func (p *toot) uri() string {
	return "https://" + hostName(p.by.home) + "/users/" + p.by.name + "/statuses/" + p.id(p.by.home)
}

// stir is one thing that happens on the servers: mostly a new post, now and
// then an edit, a delete, or a post that arrives hours late.
func (t *Town) stir() {
	c, now := &t.commons, t.now()
	switch n := t.rand.IntN(10); {
	case n == 0:
		if p := c.newest(t); p != nil {
			p.html, p.edited = p.html+"<p>Update: with the right figure now.</p>", now
			c.tell(p, "status.update")
		}
	case n == 1:
		if p := c.newest(t); p != nil {
			p.gone = true
			c.tell(p, "delete")
		}
	default:
		at := now
		if n == 2 {
			at = now.Add(-time.Duration(1+t.rand.IntN(4)) * time.Hour)
		}
		p := t.toot(t.rand, t.today(), at)
		c.add(p)
		c.tell(p, "update")
	}
}

// newest is one of the last posts of this week that stand.
func (c *commons) newest(t *Town) *toot {
	from := item.Week(t.now())
	for _, p := range slices.Backward(c.toots) {
		if p.at.Before(from) {
			return nil
		}
		if !p.gone && t.rand.IntN(3) == 0 {
			return p
		}
	}
	return nil
}

// writeToken makes the token of the quay, in a file that only its owner reads.
func (c *commons) writeToken() error {
	f, err := os.CreateTemp("", "vantage-town-token-")
	if err != nil {
		return fmt.Errorf("town: a file for the token of the sample server: %w", err)
	}
	c.token, c.secret = f.Name(), "sample-"+strconv.FormatUint(rand.Uint64(), 36)
	_, err = f.WriteString(c.secret + "\n")
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}

// commonsSources are the two servers as a configuration would list them.
func (t *Town) commonsSources() []collectors.Source {
	owner := t.elsewhere(item.Central)
	return []collectors.Source{
		{
			Key: commonsKey, Kind: "mastodon", URL: t.address[commonsKey], Tags: commonsTags, Interval: t.interval,
			Name: "#" + strings.Join(commonsTags, " #") + " on the Commons (sample)", Publisher: hostName(commonsKey), Class: item.Unknown,
			Note: "invented sample data",
		},
		{
			Key: quayKey, Kind: "mastodon", URL: t.address[quayKey], Tags: []string{teamTag, commonsTags[0]}, Interval: t.interval,
			Name: "#" + teamTag + " #" + commonsTags[0] + " on the Quay, with a token (sample)", Publisher: owner.domain(), Class: owner.class,
			Note: "invented sample data", TokenFile: t.commons.token,
		},
	}
}
