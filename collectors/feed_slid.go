package collectors

import "time"

// slid returns the date of the oldest entry when nothing is left in the feed of
// what was known, and all of it is newer; else zero. It remembers the newest
// date that is not in the future.
func (s *feedState) slid(doc document) time.Time {
	var oldest time.Time
	before, overlap := s.head.Newest, len(s.known) == 0 || len(doc.found) < 2
	find := finder{s: s, noLink: doc.useless.Links}
	for _, f := range doc.found {
		_, known := s.known[find.key(f)]
		overlap = overlap || known || f.claim.IsZero()
		if !f.claim.IsZero() && (oldest.IsZero() || f.claim.Before(oldest)) {
			oldest = f.claim
		}
		if !f.claim.IsZero() && !f.claim.After(f.Seen) {
			s.head.Newest = max(s.head.Newest, f.claim.Unix())
		}
	}
	if overlap || before == 0 || oldest.Unix() <= before {
		return time.Time{}
	}
	return oldest
}
