package council

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"vantage/collectors/text"
)

//go:embed data/councils.csv
var councilsCSV string

//go:embed data/names.csv
var namesCSV string

//go:embed data/rules.yaml
var rulesYAML string

// Register holds every council and the names that it goes by. What it says
// never changes; it is safe for concurrent use.
type Register struct {
	all     []Council
	index   map[string]int // id, also of former codes
	names   []name
	named   map[int][]int // by council: its names
	areas   map[string][]string
	areaIDs []string
	rules   *ruleSet
	version string

	rolling sync.Mutex
	rollups map[rollupKey]*Rollup // made so far
}

// name is one surface form of one council.
type name struct {
	text    string
	kind    string // official, bare, abbr, handle, domain …
	class   string // ambiguity of a bare name: safe … word
	council int
}

// Load returns the built-in register. It panics when the built-in data is
// broken, which a test rules out.
func Load() *Register { return builtIn() }

var builtIn = sync.OnceValue(func() *Register {
	r, err := parse(councilsCSV, namesCSV)
	if err != nil {
		panic(err)
	}
	return r
})

func parse(councils, names string) (*Register, error) {
	r := &Register{index: map[string]int{}, named: map[int][]int{}, areas: map[string][]string{}}
	if err := r.readCouncils(councils); err != nil {
		return nil, fmt.Errorf("councils.csv: %w", err)
	}
	if err := r.checkLinks(); err != nil {
		return nil, fmt.Errorf("councils.csv: %w", err)
	}
	if err := r.readNames(names); err != nil {
		return nil, fmt.Errorf("names.csv: %w", err)
	}
	rules, err := parseRules(rulesYAML)
	if err != nil {
		return nil, err
	}
	r.rules = rules
	r.readAreas()
	sum := sha256.Sum256([]byte(councils + names + rulesYAML))
	r.version = hex.EncodeToString(sum[:6])
	return r, nil
}

// readRows calls row for each line after the header of a CSV text.
func readRows(table string, row func(get func(column string) string) error) error {
	lines, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil {
		return err
	}
	for n, line := range lines[1:] {
		get := func(column string) string { return line[slices.Index(lines[0], column)] }
		if err := row(get); err != nil {
			return fmt.Errorf("line %d: %w", n+2, err)
		}
	}
	return nil
}

func (r *Register) readCouncils(table string) error {
	return readRows(table, func(get func(string) string) error {
		c := Council{
			ID: get("id"), Name: get("name"), Short: get("short"), Type: get("type"), Tier: get("tier"),
			Nation: get("nation"), Region: get("region"), County: get("county"), Authority: get("authority"),
			Domain: get("domain"), Status: get("status"), Wikidata: get("wikidata"), Uncertain: get("uncertain") == "yes",
			Successors: strings.Fields(get("successors")), Predecessors: strings.Fields(get("predecessors")), Former: strings.Fields(get("former")),
			Start: date(get("start")), End: date(get("end")),
			Lat: number(get("lat")), Lon: number(get("lon")), Mapped: get("hex_q") != "",
		}
		c.Hex = Hex{int(number(get("hex_q"))), int(number(get("hex_r")))}
		for _, id := range append([]string{c.ID}, c.Former...) {
			if _, taken := r.index[id]; taken {
				return fmt.Errorf("id %q stands twice", id)
			}
			r.index[id] = len(r.all)
		}
		r.all = append(r.all, c)
		return nil
	})
}

func (r *Register) readNames(table string) error {
	return readRows(table, func(get func(string) string) error {
		i, ok := r.index[get("council")]
		if !ok {
			return fmt.Errorf("council %q of name %q is not in councils.csv", get("council"), get("name"))
		}
		r.named[i] = append(r.named[i], len(r.names))
		r.names = append(r.names, name{get("name"), get("kind"), get("class"), i})
		return nil
	})
}

// date reads "2006-01-02"; anything else is the zero time.
func date(s string) time.Time {
	t, _ := time.Parse(time.DateOnly, s)
	return t
}

func number(s string) float64 {
	f, _ := strconv.ParseFloat(s, 64)
	return f
}

// Council returns the council of an id, or of a code that it had before.
func (r *Register) Council(id string) (Council, bool) {
	i, ok := r.index[id]
	if !ok {
		return Council{}, false
	}
	return r.all[i], true
}

// All returns every council in the order of the register. Do not change it.
func (r *Register) All() []Council { return r.all }

// Version is a hash of the register and its rules of evidence, 12 hex digits.
func (r *Register) Version() string { return r.version }

// ByName returns the councils whose official, short or other name is s, the
// current ones first. Case, accents and punctuation do not matter.
func (r *Register) ByName(s string) []Council {
	var found []Council
	key := foldKey(s)
	for _, n := range r.names {
		c := r.all[n.council]
		if foldKey(n.text) == key && !slices.ContainsFunc(found, func(f Council) bool { return f.ID == c.ID }) {
			found = append(found, c)
		}
	}
	slices.SortStableFunc(found, func(a, b Council) int {
		return cmp.Compare(statusRank(a.Status), statusRank(b.Status))
	})
	return found
}

func statusRank(s string) int {
	return slices.Index([]string{Current, Shadow, Planned, Abolished}, s)
}

// foldKey is s without case, accents and punctuation.
func foldKey(s string) string { return string(text.AppendFold(nil, s)) }

// Name is one form by which a council is known.
type Name struct {
	Text string `json:"text"`
	// Kind is official, bare, bare-historic, abbr, abbr-ambiguous, welsh,
	// welsh-official, gaelic-official, irish-official, handle or domain.
	Kind string `json:"kind"`
	// Class says how easily a bare name means something else, from safe to
	// word ("Reading"); empty for other kinds.
	Class string `json:"class,omitempty"`
}

// Names returns every form of a council in the order of the register.
func (r *Register) Names(id string) []Name {
	i, ok := r.index[id]
	if !ok {
		return nil
	}
	var list []Name
	for _, n := range r.named[i] {
		list = append(list, Name{r.names[n].text, r.names[n].kind, r.names[n].class})
	}
	return list
}
