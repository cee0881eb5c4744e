// Package collectors listens to sources and hands on what they publish.
//
// A kind of source is one Collector: it knows how to make one step (a Visit).
// The Poller owns everything that all kinds need: time, back-off, cursors,
// politeness, status. What a visit found goes to a Sink, and only when the
// sink confirmed it is the cursor saved, so that a crash repeats items rather
// than losing them.
package collectors

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"vantage/collectors/item"
)

// MinInterval is the shortest interval of a source that is not on loopback.
const MinInterval = time.Minute

// Source is one channel that is listened to, as the configuration has it.
type Source struct {
	// Key names the source for good: cursor, status and items carry it.
	// KeyOf makes one from the address where the configuration has none.
	Key  string `yaml:"key,omitempty"`
	Kind string `yaml:"kind"`
	URL  string `yaml:"url"`
	Name string `yaml:"name,omitempty"`

	Publisher string     `yaml:"publisher,omitempty"` // domain of the organisation; empty: host of URL
	Class     item.Class `yaml:"class,omitempty"`     // empty: unknown
	// Family is who counts as the independent publisher, where that is neither
	// the publisher nor what the file of families says; by publisher, so that
	// all of its sources share it.
	Family  string `yaml:"family,omitempty"`
	Council string `yaml:"council,omitempty"` // register id when this is a council's own channel
	Lang    string `yaml:"lang,omitempty"`    // BCP 47, where the source itself does not say

	// Interval is the pause between visits; 0 takes the poller's.
	Interval   time.Duration `yaml:"interval,omitempty"`
	Paused     bool          `yaml:"paused,omitempty"`
	Unverified bool          `yaml:"unverified,omitempty"` // nobody saw it answer yet
	Note       string        `yaml:"note,omitempty"`
	Categories []string      `yaml:"categories,omitempty"` // folders of an OPML file

	Tags  []string `yaml:"tags,omitempty"`  // hashtags that are listened to, without #
	Query string   `yaml:"query,omitempty"` // of a search, in the words of its kind
	// Group names hosts that share one limit, as the names below one hoster
	// do; empty: the host of URL alone.
	Group string `yaml:"group,omitempty"`
	// TokenFile and TokenEnv say where the secret of the source is; see Token.
	TokenFile string `yaml:"token_file,omitempty"`
	TokenEnv  string `yaml:"token_env,omitempty"`
}

// keyForm fits the key of a stream's bucket, which takes no empty part between
// dots, and stays readable in addresses.
var keyForm = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)

const maxKey = 128

// KeyOf makes a key from a kind and an address: readable, and different for
// different addresses. Scheme, "www." and a slash at the end do not count.
func KeyOf(kind, address string) string {
	plain := address
	for _, prefix := range []string{"https://", "http://", "www."} {
		plain = strings.TrimPrefix(plain, prefix)
	}
	plain = strings.TrimSuffix(plain, "/")
	slug := strings.Trim(notKey.ReplaceAllString(strings.ToLower(plain), "-"), "-.")
	if len(slug) > 60 {
		slug = strings.TrimRight(slug[:60], "-.")
	}
	sum := strconv.FormatUint(xxhash.Sum64String(kind+" "+plain)>>32, 36)
	return strings.Trim(slug+"-"+sum, "-")
}

var notKey = regexp.MustCompile(`([^a-z0-9.]|\.[^a-z0-9]|\.$)+\.*`)

// Complete fills in what a configuration may leave out.
func (s Source) Complete() Source {
	if s.Kind == "" {
		s.Kind = "feed"
	}
	if complete := kinds[s.Kind].Complete; complete != nil {
		complete(&s)
	}
	if s.Key == "" {
		s.Key = KeyOf(s.Kind, s.URL)
	}
	if s.Class == "" {
		s.Class = item.Unknown
	}
	if s.Publisher == "" {
		s.Publisher = hostOf(s.URL)
	}
	if s.Name == "" {
		s.Name = s.Publisher
	}
	return s
}

// CheckSources reports the first source that cannot be used, after Complete.
// The error names the source, the key, the value and the way out.
func CheckSources(sources []Source) error {
	seen := map[string]int{}
	for i, s := range sources {
		if err := s.check(); err != nil {
			return fmt.Errorf("source %d (%s): %w", i+1, first(s.Key, s.Name, s.URL), err)
		}
		if j, ok := seen[s.Key]; ok {
			return fmt.Errorf("source %d: key %q is that of source %d already; remove one of them or give it another key", i+1, s.Key, j+1)
		}
		seen[s.Key] = i
	}
	return nil
}

func (s Source) check() error {
	u, err := url.Parse(s.URL)
	switch {
	case !slices.Contains(Kinds(), s.Kind):
		return fmt.Errorf("kind %q is not known; use one of %s", s.Kind, strings.Join(Kinds(), ", "))
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return fmt.Errorf("url %q is not a web address; write it as https://example.org/feed", s.URL)
	case u.User != nil:
		return fmt.Errorf("url of host %q holds a user name or password, which is never sent; give it without", u.Hostname())
	case !keyForm.MatchString(s.Key) || len(s.Key) > maxKey:
		return fmt.Errorf("key %q must be letters, digits, hyphens, underscores and single dots, at most %d; leave it out to have one made", s.Key, maxKey)
	case !slices.Contains(item.Classes, s.Class):
		return fmt.Errorf("class %q is not known; use one of %s", s.Class, joinClasses())
	case s.Publisher == "":
		return fmt.Errorf("publisher is missing; give the domain of the organisation")
	case s.Interval < 0 || s.Interval > 0 && s.Interval < MinInterval && !loopback(u):
		return fmt.Errorf("interval %s is too short; give %s or more, or leave it out", s.Interval, MinInterval)
	case s.Lang != "" && language(s.Lang) == "":
		return fmt.Errorf("lang %q is not a language tag; write it as en or cy", s.Lang)
	case s.TokenFile != "" && s.TokenEnv != "":
		return fmt.Errorf("token_file %q and token_env %q are both given; keep one", s.TokenFile, s.TokenEnv)
	}
	if check := kinds[s.Kind].Check; check != nil {
		return check(s)
	}
	return nil
}

func joinClasses() string {
	var t []string
	for _, c := range item.Classes {
		t = append(t, string(c))
	}
	return strings.Join(t, ", ")
}

// hostOf returns the host of an address without "www.", or "".
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}

func loopback(u *url.URL) bool {
	h := u.Hostname()
	return h == "localhost" || h == "::1" || strings.HasPrefix(h, "127.")
}
