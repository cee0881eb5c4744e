package town

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"

	"vantage/collectors/item"
	"vantage/pipeline/council"
)

// body is somebody who posts: a council of the register or an invented one.
type body struct {
	Name    string
	slug    string
	class   item.Class
	council *council.Council // nil: not a council
	rate    float64          // posts a week
	format  string           // rss, atom, json
	lang    string
}

// quotas are how many councils of each nation and region have a feed, about
// in proportion to how many there are, but none below three.
var quotas = []struct {
	area string
	n    int
}{
	{"North East", 4}, {"North West", 7}, {"Yorkshire and The Humber", 6}, {"East Midlands", 5},
	{"West Midlands", 6}, {"East of England", 6}, {"London", 8}, {"South East", 8}, {"South West", 6},
	{"Scotland", 6}, {"Wales", 5}, {"Northern Ireland", 3},
}

// rates are posts a week by class: together some 190.
var rates = map[item.Class]float64{
	item.Council: 1.45, item.Central: 1.5, item.Civic: 0.9, item.Person: 0.9, item.Press: 4, item.Vendor: 1.2,
}

// persons is how many of the civic bloggers write as private persons.
const persons = 6

// settle chooses who lives in the town.
func settle(w *words, register []council.Council, r *rand.Rand) []*body {
	var all []*body
	for _, q := range quotas {
		for _, c := range choose(register, q.area, q.n, r) {
			all = append(all, newBody(c.Name, item.Council, c))
		}
	}
	for _, class := range []item.Class{item.Central, item.Civic, item.Press, item.Vendor} {
		for i, name := range w.bodies[string(class)] {
			if class == item.Civic && i < persons {
				all = append(all, newBody(name, item.Person, nil))
				continue
			}
			all = append(all, newBody(name, class, nil))
		}
	}
	for i, b := range all {
		b.format = []string{"rss", "rss", "atom", "rss", "json", "atom"}[i%6]
		b.rate = rates[b.class] * (0.6 + 0.8*r.Float64())
	}
	return all
}

func newBody(name string, class item.Class, c *council.Council) *body {
	b := &body{Name: name, class: class, council: c, slug: slugOf(name), lang: "en", format: "rss"}
	if c != nil && c.Nation == "Wales" {
		b.lang = "cy"
	}
	return b
}

// choose takes n councils of an area that run services today.
func choose(register []council.Council, area string, n int, r *rand.Rand) []*council.Council {
	var from []*council.Council
	for i, c := range register {
		if c.Region == area || c.Nation == area {
			from = append(from, &register[i])
		}
	}
	r.Shuffle(len(from), func(i, j int) { from[i], from[j] = from[j], from[i] })
	from = from[:min(n, len(from))]
	slices.SortFunc(from, func(a, b *council.Council) int { return cmp.Compare(a.ID, b.ID) })
	return from
}

// principal returns the councils that serve people today, without combined
// authorities.
func principal(all []council.Council) []council.Council {
	return slices.DeleteFunc(slices.Clone(all), func(c council.Council) bool {
		return c.Status != council.Current || c.Tier == "strategic" ||
			c.Type == "combined-authority" || c.Type == "greater-london-authority"
	})
}

func slugOf(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r == '\'' || r == '’' || r == ',':
			return -1
		}
		return '-'
	}, strings.ToLower(name)), "-")
}

// domain is the body's home. The top-level name "invalid" never resolves
// (RFC 2606), so no real body is credited with a word of it.
func (b *body) domain() string { return b.slug + ".sample.invalid" }

func (b *body) address(path string) string { return "https://" + b.domain() + "/" + path }

// nameOf writes a council's name in one of the forms in which people do.
func (t *Town) nameOf(c *council.Council) string {
	if welsh := welshNames[c.ID]; welsh != "" && t.rand.IntN(5) == 0 {
		return welsh
	}
	return strings.NewReplacer("{name}", c.Name, "{short}", c.Short).Replace(pick(t.rand, t.words.Names))
}

// welshNames are the names that councils in Wales use in Welsh.
var welshNames = map[string]string{
	"W06000001": "Cyngor Sir Ynys Môn", "W06000002": "Cyngor Gwynedd", "W06000003": "Cyngor Bwrdeistref Sirol Conwy",
	"W06000004": "Cyngor Sir Ddinbych", "W06000005": "Cyngor Sir y Fflint", "W06000006": "Cyngor Bwrdeistref Sirol Wrecsam",
	"W06000008": "Cyngor Sir Ceredigion", "W06000009": "Cyngor Sir Penfro", "W06000010": "Cyngor Sir Gâr",
	"W06000011": "Cyngor Abertawe", "W06000012": "Cyngor Castell-nedd Port Talbot",
	"W06000013": "Cyngor Bwrdeistref Sirol Pen-y-bont ar Ogwr", "W06000014": "Cyngor Bro Morgannwg",
	"W06000015": "Cyngor Caerdydd", "W06000016": "Cyngor Bwrdeistref Sirol Rhondda Cynon Taf",
	"W06000018": "Cyngor Bwrdeistref Sirol Caerffili", "W06000019": "Cyngor Bwrdeistref Sirol Blaenau Gwent",
	"W06000020": "Cyngor Bwrdeistref Sirol Torfaen", "W06000021": "Cyngor Sir Fynwy",
	"W06000022": "Cyngor Dinas Casnewydd", "W06000023": "Cyngor Sir Powys", "W06000024": "Cyngor Bwrdeistref Sirol Merthyr Tudful",
}
