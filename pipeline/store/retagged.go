package store

import (
	"bytes"
	"slices"
)

// tagged are the columns that hold what a text says: the tagger fills them in,
// and a retag writes them anew. A column that the tagger learns to fill stands
// here and nowhere else. signatureField is one of them that travels with the
// content, because a write does not compare it.
var (
	tagged = []field{
		tags("topics", func(r *Row) *[]string { return &r.Topics }),
		tags("themes", func(r *Row) *[]string { return &r.Themes }),
		tags("facets", func(r *Row) *[]string { return &r.Facets }),
		column("stage", "String", func(r *record) *string { return &r.Stage }).retags(
			func(to, from *Row) { to.Stage = from.Stage }, func(a, b *Row) bool { return a.Stage == b.Stage }),
		listAt("tools", textArray, func(r *record) *[]string { return &r.Tools }).retags(
			func(to, from *Row) { to.Tools, to.Adoption = from.Tools, from.Adoption; sortTools(to) }, sameTools),
		listAt("adoption", textArray, func(r *record) *[]string { return &r.Adoption }).retags(func(_, _ *Row) {}, always),
		tags("councils", func(r *Row) *[]string { return &r.Councils }),
		listed("found", textArray, func(r *record) []string { return each(r.Found, func(c Council) string { return c.ID }) },
			func(r *record) any { return (*foundIDs)(&r.Found) }).retags(
			func(to, from *Row) { to.Found = from.Found }, sameFound),
		foundPart("confidence", "Array(Float32)", func(c Council) float32 { return c.Confidence },
			func(r *record) any { return (*foundConfidences)(&r.Found) }),
		foundPart("sense", textArray, func(c Council) string { return c.Sense },
			func(r *record) any { return (*foundSenses)(&r.Found) }),
		column("lang", "String", func(r *record) *string { return &r.Lang }).retags(
			func(to, from *Row) { to.Lang = from.Lang }, func(a, b *Row) bool { return a.Lang == b.Lang }),
		// A row that differs only in the version of its rules is left as it is.
		column("rules", "String", func(r *record) *string { return &r.Rules }).retags(
			func(to, from *Row) { to.Rules = from.Rules }, always),
	}
	signatureField = derived("signature", "String", func(r *record) string { return string(r.Signature) },
		func(r *record) any { return (*signature)(&r.Signature) }).retags(
		func(to, from *Row) { to.Signature = from.Signature }, func(a, b *Row) bool { return bytes.Equal(a.Signature, b.Signature) })
	retagged = concat(tagged, []field{signatureField})
)

// retags says how a retag copies and compares the column.
func (f field) retags(copy func(to, from *Row), same func(a, b *Row) bool) field {
	f.copy, f.same = copy, same
	return f
}

// tags is a set of ids.
func tags(name string, at func(*Row) *[]string) field {
	return listAt(name, textArray, func(r *record) *[]string { return at(&r.Row) }).retags(
		func(to, from *Row) { *at(to) = union(*at(from), nil) },
		func(a, b *Row) bool { return sameSet(*at(a), *at(b)) })
}

// foundPart is a column of Row.Found, which the column found copies and
// compares as a whole.
func foundPart[T any](name, wire string, get func(Council) T, scan func(*record) any) field {
	return listed(name, wire, func(r *record) []T { return each(r.Found, get) }, scan).retags(func(_, _ *Row) {}, always)
}

func always(_, _ *Row) bool { return true }

// setTags gives r everything that the tagger says of it in from.
func setTags(r, from *Row) {
	for i := range retagged {
		retagged[i].copy(r, from)
	}
}

// sameTags tells whether charts and pages show the same of both.
func sameTags(a, b *Row) bool {
	for i := range retagged {
		if !retagged[i].same(a, b) {
			return false
		}
	}
	return true
}

func sameSet(a, b []string) bool {
	return slices.Equal(a, b) || slices.Equal(union(a, nil), union(b, nil))
}

// sameFound compares in any order.
func sameFound(a, b *Row) bool {
	if len(a.Found) != len(b.Found) {
		return false
	}
	for i, c := range a.Found {
		if !sameCouncil(c, b.Found[i]) && !slices.ContainsFunc(b.Found, func(d Council) bool { return sameCouncil(c, d) }) {
			return false
		}
	}
	return true
}

func sameCouncil(a, b Council) bool {
	const rounding = 0.005 // a confidence is shown with two digits
	return a.ID == b.ID && a.Sense == b.Sense && max(a.Confidence-b.Confidence, b.Confidence-a.Confidence) < rounding
}
