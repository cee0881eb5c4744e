package collectors

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"vantage/collectors/item"
)

// maxNative is the length in bytes up to which a native id stays readable.
const maxNative = 1 << 10

// useless says what cannot tell the entries of a feed apart. Once seen it
// holds for good, because going back would publish every entry again.
type useless struct {
	GUIDs bool `json:"no_guids,omitempty"` // not unique, or new at each visit
	Links bool `json:"no_links,omitempty"` // one for many entries
}

// identify returns the stable id of an entry: a guid that is unique in the
// world (an absolute address, a tag or urn URI) as it is, so that one document
// in two feeds is one item; else the source's key and the guid; else the
// canonical link; else a hash of title and day. It is "" for an entry that
// has none of these.
func identify(src Source, guid, link, title string, day time.Time) string {
	guid = strings.TrimSpace(guid)
	switch {
	case guid != "" && worldwide(guid):
		return cutID(guid)
	case guid != "":
		return cutID(src.Kind + ":" + src.Key + ":" + guid)
	case link != "":
		return cutID(link)
	case title != "":
		return src.Kind + ":" + src.Key + ":" + hash(title, day.UTC().Format(time.DateOnly))
	}
	return ""
}

// twice is from how many entries on one guid or link that they share is taken
// for useless: two are often one entry and its edited self.
const twice = 3

// uselessIn finds what cannot be identity in entries: a guid that stands for
// several links or for many titles, and a link that stands for many titles
// where there is no guid. home is the page of the whole feed. Links are compared
// in their canonical form, which identity is made of.
func uselessIn(entries []entry, home string, known useless) useless {
	links := make(map[string]string, len(entries)) // by guid
	titles := shared{}
	for i := range entries {
		e := &entries[i]
		if e.guid == "" || known.GUIDs {
			continue
		}
		link, ok := links[e.guid]
		page := first(e.page, e.link)
		if known.GUIDs = ok && page != "" && link != "" && link != page || titles.add(e.guid, e.title) >= twice; known.GUIDs {
			break
		}
		links[e.guid] = first(link, page)
	}
	titles = shared{}
	for i := range entries {
		e := &entries[i]
		if e.page == "" || known.Links || e.guid != "" && !known.GUIDs {
			continue
		}
		n := titles.add(e.page, e.title)
		known.Links = n >= twice || n > 1 && e.page == home
	}
	return known
}

// shared counts the different titles under one name, up to twice.
type shared map[string][]string

func (s shared) add(name, title string) int {
	have := s[name]
	if len(have) < twice && !slices.Contains(have, title) {
		have = append(have, title)
		s[name] = have
	}
	return len(have)
}

// linkKey is the number by which a post is found again under its link: scheme,
// "www." and a slash at the end do not count. It is 0 where there is no link.
func linkKey(link string) uint64 {
	if link == "" {
		return 0
	}
	_, rest, _ := strings.Cut(link, "://")
	return xxhash.Sum64String(strings.TrimSuffix(strings.TrimPrefix(rest, "www."), "/"))
}

// worldwide reports whether a guid can be taken for unique in the world.
func worldwide(guid string) bool {
	if _, path := plainAddress(guid); path != "" {
		return strings.Trim(path, "/") != ""
	}
	if strings.ContainsAny(guid, " \t\r\n") {
		return false
	}
	scheme, rest, _ := strings.Cut(guid, ":")
	switch strings.ToLower(scheme) {
	case "http", "https":
		u, err := url.Parse(guid)
		return err == nil && u.Hostname() != "" && len(strings.Trim(u.Path+u.RawQuery+u.Fragment, "/")) > 0
	case "tag": // RFC 4151: authority, date, specific
		authority, specific, ok := strings.Cut(rest, ":")
		return ok && specific != "" && strings.Contains(authority, ",")
	case "urn":
		return strings.Contains(rest, ":")
	}
	return false
}

func cutID(id string) string {
	if len(id) <= maxNative {
		return id
	}
	return "sha256:" + hash(id)
}

// hash returns 32 hex digits over parts.
func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:16])
}

// pseudonym stands for what would name a person. The same name gives the same
// pseudonym under the same key.
func pseudonym(key []byte, parts ...string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(strings.Join(parts, "\n")))
	return "person:" + hex.EncodeToString(mac.Sum(nil)[:16])
}

// disguise replaces what names the person behind an item of class person.
// Items of other classes stay as they are.
func disguise(it *item.Item, key []byte) {
	if it.Class != item.Person {
		return
	}
	it.ID = pseudonym(key, "id", it.ID)
	it.Publisher = pseudonym(key, it.Kind, it.Publisher)
	it.AuthorRef = it.Publisher
	it.AuthorKind = "person"
}
