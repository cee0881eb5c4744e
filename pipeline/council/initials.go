package council

import (
	"slices"
	"strings"

	"vantage/collectors/text"
)

// shareInitials makes every council whose official name has the initials of a
// shared abbreviation an owner of it: SBC may be Slough as well as Swindon. Of
// an abbreviation that one council is known by it makes the others rivals: TMBC
// is Tonbridge and Malling unless the text names Tameside.
func (f *Finder) shareInitials() {
	for _, n := range f.register.names {
		if n.kind != "official" || f.register.all[n.council].Status == Abolished {
			continue
		}
		p, ok := f.index[text.Phrase{Text: initialsOf(n.text), Case: true, Name: true}]
		if !ok || f.roles[p].surface < 0 {
			continue
		}
		s := &f.surfaces[f.roles[p].surface]
		same := func(o owner) bool { return o.council == n.council }
		switch o := (owner{n.council, s.owners[0].kind, s.owners[0].class}); {
		case slices.ContainsFunc(s.owners, same):
		case o.kind == shared:
			s.owners = append(s.owners, o)
		case o.kind == abbreviation:
			s.rivals = append(s.rivals, o)
		}
	}
}

// addInitials makes the initials of every living council a shared abbreviation
// ("WBC" in a text that names Wokingham), but for those that rather mean
// something else.
func (f *Finder) addInitials() {
	const shortest = 3
	for _, n := range f.register.names {
		s := initialsOf(n.text)
		if n.kind != "official" || f.register.all[n.council].Status != Current || len(s) < shortest || s[len(s)-1] != 'C' {
			continue
		}
		if slices.Contains(f.rules.Handles.NotInitials, s) {
			continue
		}
		if p, ok := f.index[text.Phrase{Text: s, Case: true, Name: true}]; ok && f.roles[p].surface >= 0 {
			continue // listed, or entered for another council: shareInitials adds the rest
		}
		f.addSurface(s, name{s, "abbr-ambiguous", "place", n.council})
	}
}

// initialsOf returns the capitals that begin the words of a name.
func initialsOf(name string) string {
	var b strings.Builder
	for _, w := range strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == '-' }) {
		if w[0] >= 'A' && w[0] <= 'Z' {
			b.WriteByte(w[0])
		}
	}
	return b.String()
}
