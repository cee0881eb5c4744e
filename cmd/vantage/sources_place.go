package main

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"vantage/collectors"
	"vantage/collectors/item"
	"vantage/collectors/text"
	"vantage/dashboards"
)

// placeNames are what people may call the places that are no server.
var placeNames = map[string]string{
	"bluesky": "bluesky", "bsky.app": "bluesky", "govuk": "govuk", "gov.uk": "govuk", "www.gov.uk": "govuk",
	"hackernews": "hackernews", "hacker news": "hackernews", "news.ycombinator.com": "hackernews", "github": "github", "github.com": "github",
}

const placesHint = "use bluesky, govuk, hackernews, github, or the address of a Mastodon server such as mastodon.social"

// newSource makes the source that an operator asked for. What is wrong comes
// as a *dashboards.Refusal.
func newSource(in dashboards.NewSource) (collectors.Source, error) {
	s := collectors.Source{Kind: in.Kind, URL: in.URL, Name: in.Name, Publisher: in.Publisher, Class: item.Class(in.Class), Council: in.Council, Key: in.Key}
	if in.What != "" {
		if in.Kind != "" {
			return s, refusal("on", fmt.Sprintf("kind %q is known by the place; leave it out", in.Kind))
		}
		if err := putInPlace(&s, strings.TrimSpace(in.What), strings.TrimSpace(in.On)); err != nil {
			return s, err
		}
	}
	return s.Complete(), nil
}

// putInPlace sets kind, address, hashtags and query of what is listened to at a
// place.
func putInPlace(s *collectors.Source, what, on string) (err error) {
	if strings.Contains(what, "://") {
		return refusal("url", fmt.Sprintf("%q is an address; give it alone, or hashtags or words for %s", what, on))
	}
	if on == "" {
		return refusal("on", fmt.Sprintf("say where to listen to %s: %s", what, placesHint))
	}
	switch s.Kind = placeNames[strings.ToLower(on)]; s.Kind {
	case "govuk", "hackernews":
		if strings.HasPrefix(what, "#") {
			return refusal("url", fmt.Sprintf("%s has no hashtags; give words to search for, without #", on))
		}
		s.Query = what
	case "github":
		if strings.ContainsAny(what, "/ ") {
			s.Query = what
		} else {
			s.Tags = []string{strings.TrimPrefix(what, "#")}
		}
	case "bluesky":
		if strings.EqualFold(what, "councils") {
			s.Query = "councils"
			return nil
		}
		s.Tags, err = hashtagsOf(what)
	default:
		s.Kind = "mastodon"
		if s.URL, err = serverAddress(on); err == nil {
			s.Tags, err = hashtagsOf(what)
		}
	}
	return err
}

// serverAddress is the address of a Mastodon server of which the name or the
// whole address was given.
func serverAddress(on string) (string, error) {
	address := on
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || !strings.Contains(u.Hostname(), ".") || strings.ContainsAny(on, " @") || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return "", refusal("on", fmt.Sprintf("%q is no place that can be listened to; %s", on, placesHint))
	}
	return u.Scheme + "://" + u.Host, nil
}

// notHashtag are signs that stand in no hashtag, and would be left out of one.
const notHashtag = "#/:.@!?&=-+'"

// hashtagsOf reads hashtags with or without #, separated by spaces or commas.
func hashtagsOf(what string) (tags []string, err error) {
	for _, word := range strings.FieldsFunc(what, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' }) {
		word = strings.TrimPrefix(word, "#")
		if strings.ContainsAny(word, notHashtag) || len(text.AddTag(nil, word)) == 0 {
			return nil, refusal("url", fmt.Sprintf("%q is not a hashtag; use letters and digits, as in #localgov", word))
		}
		tags = text.AddTag(tags, word)
	}
	if len(tags) == 0 {
		return nil, refusal("url", fmt.Sprintf("%q holds no hashtag; write it as #localgov", what))
	}
	return tags, nil
}

// sameSource says whether a source that is there already brings all that
// another would.
func sameSource(there, s collectors.Source) bool {
	if there.Key == s.Key {
		return true
	}
	if there.Kind != s.Kind || there.URL != s.URL || there.Query != s.Query {
		return false
	}
	missing := func(tag string) bool {
		return !slices.ContainsFunc(there.Tags, func(t string) bool { return text.FoldTag(t) == text.FoldTag(tag) })
	}
	if len(s.Tags) == 0 {
		return len(there.Tags) == 0
	}
	return !slices.ContainsFunc(s.Tags, missing)
}

// whatIsAdded is how a command line names what it wants to add.
func whatIsAdded(o url.Values) dashboards.NewSource {
	s := dashboards.NewSource{Key: o.Get("key"), Kind: o.Get("kind"), Name: o.Get("name"), Publisher: o.Get("publisher"),
		Class: o.Get("class"), Council: o.Get("council"), On: o.Get("on")}
	if what := o.Get("what"); s.On != "" || strings.HasPrefix(what, "#") {
		s.What = what
	} else {
		s.URL = what
	}
	return s
}
