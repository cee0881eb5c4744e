package collectors

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Keys hide the persons behind posts. There are two layers. Kinds make
// pseudonyms with Root, which stays for good and is used inside the program
// only: cursors and opt-outs hold such pseudonyms, so both survive a rotation.
// What is published, and so stored, is sealed once more (HMAC-SHA256) with a
// live key. Once that key is dropped, nobody can tell any more whose posts
// those rows were, not even with Root.
//
// A post is sealed with the key that was current when it was published, so
// that an edit or a second reading finds the same post after a rotation.
// Withdrawals are sealed with every live key. A person who posts before and
// after a rotation has two pseudonyms and, over a period that spans it, counts
// as two: rotate once a year, not once a week.
type Keys struct {
	Root []byte
	Live []LiveKey // oldest first; at least one
}

// LiveKey seals the pseudonyms of posts published from From on, until the next
// key. ID stands beside each of them.
type LiveKey struct {
	ID     string
	From   time.Time
	Secret []byte
}

// rotateAhead is how long a new key waits before it is used, so that every
// process has read it by then.
const rotateAhead = 2 * time.Minute

// NewKeys makes the keys of a new store.
func NewKeys() Keys {
	return Keys{Root: []byte(rand.Text()), Live: []LiveKey{{ID: "k1", Secret: []byte(rand.Text())}}}
}

var keyLine = regexp.MustCompile(`^(root|k[0-9]{1,6}) (\S+) ([A-Za-z0-9+/=_-]{16,})$`)

// ParseKeys reads what Encode wrote: one line for each key, "root - SECRET" and
// "k2 2026-11-21T09:00:00Z SECRET", the oldest first.
func ParseKeys(b []byte) (Keys, error) {
	var k Keys
	n := 0
	lines := bufio.NewScanner(bytes.NewReader(b))
	for lines.Scan() {
		n++
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		if err := k.add(line); err != nil {
			return Keys{}, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil { // the keys behind it would be lost
		return Keys{}, fmt.Errorf("line %d: %w; put the file back from a backup", n+1, err)
	}
	if len(k.Root) == 0 || len(k.Live) == 0 {
		return Keys{}, errors.New("it needs a line that begins with root and one that begins with k1; put the file back from a backup, or remove it to begin with new keys")
	}
	return k, nil
}

func (k *Keys) add(line string) error {
	f := keyLine.FindStringSubmatch(line)
	if f == nil {
		return errors.New("it is not a name (root, k1, k2 …), a time and a secret; put the file back from a backup")
	}
	if f[1] == "root" {
		k.Root = []byte(f[3])
		return nil
	}
	from, err := time.Parse(time.RFC3339, f[2])
	if f[2] == "-" {
		from, err = time.Time{}, nil
	}
	if err != nil {
		return fmt.Errorf("%q is not a time such as 2026-11-21T09:00:00Z", f[2])
	}
	if n := len(k.Live); n > 0 && !from.After(k.Live[n-1].From) {
		return fmt.Errorf("key %s is not later than the one before it", f[1])
	}
	k.Live = append(k.Live, LiveKey{ID: f[1], From: from, Secret: []byte(f[3])})
	return nil
}

// Encode writes the keys as ParseKeys reads them.
func (k Keys) Encode() []byte {
	var b bytes.Buffer
	b.WriteString("# The keys that hide persons. Whoever has this file and the data can test whose\n# posts are stored. Back it up apart from the data; `vantage key rotate` adds one.\n")
	fmt.Fprintf(&b, "root - %s\n", k.Root)
	for _, l := range k.Live {
		from := "-"
		if !l.From.IsZero() {
			from = l.From.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(&b, "%s %s %s\n", l.ID, from, l.Secret)
	}
	return b.Bytes()
}

// Rotate adds a key that counts from two minutes after now, and drops those
// that were replaced more than keep ago. It returns the ids of these.
func (k Keys) Rotate(now time.Time, keep time.Duration) (next Keys, dropped []string) {
	last := k.Live[len(k.Live)-1]
	number, _ := strconv.Atoi(last.ID[1:]) // the form was checked when it was read
	from := now.Add(rotateAhead).UTC().Truncate(time.Second)
	if !from.After(last.From) {
		from = last.From.Add(time.Second)
	}
	next = Keys{Root: k.Root, Live: append(slices.Clone(k.Live), LiveKey{ID: "k" + strconv.Itoa(number+1), From: from, Secret: []byte(rand.Text())})}
	for len(next.Live) > 1 && now.Sub(next.Live[1].From) > keep {
		dropped = append(dropped, next.Live[0].ID)
		next.Live = next.Live[1:]
	}
	return next, dropped
}

// at returns the key of a post published at t.
func (k Keys) at(t time.Time) LiveKey {
	for i := len(k.Live) - 1; i > 0; i-- {
		if !t.Before(k.Live[i].From) {
			return k.Live[i]
		}
	}
	return k.Live[0]
}

// innerForm is what pseudonym makes; a sealed one has the id of its key inside.
var innerForm = regexp.MustCompile(`^person:[0-9a-f]{32}$`)

// seal turns a kind's pseudonym into the one that is published. Everything
// else stays as it is.
func (l LiveKey) seal(s string) string {
	if !innerForm.MatchString(s) {
		return s
	}
	mac := hmac.New(sha256.New, l.Secret)
	mac.Write([]byte(s))
	return "person:" + l.ID + ":" + hex.EncodeToString(mac.Sum(nil)[:16])
}

// seals returns s under every live key, or s alone when it is no pseudonym.
func (k Keys) seals(s string) []string {
	if !innerForm.MatchString(s) {
		return []string{s}
	}
	out := make([]string, len(k.Live))
	for i, l := range k.Live {
		out[i] = l.seal(s)
	}
	return out
}
