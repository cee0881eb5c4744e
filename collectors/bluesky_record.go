package collectors

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"vantage/collectors/item"
	"vantage/collectors/text"
)

// skyRecord is what is read of an app.bsky.feed.post record.
type skyRecord struct {
	Text      string      `json:"text"`
	CreatedAt string      `json:"createdAt"`
	Langs     []string    `json:"langs"`
	Tags      []string    `json:"tags"`
	Facets    []skyFacet  `json:"facets"`
	Embed     *skyEmbed   `json:"embed"`
	Labels    *selfLabels `json:"labels"`
}

// skyFacet says what a range of the text is, in bytes of UTF-8.
type skyFacet struct {
	Index struct {
		Start int `json:"byteStart"`
		End   int `json:"byteEnd"`
	} `json:"index"`
	Features []struct {
		Type string `json:"$type"`
		Tag  string `json:"tag"`
		URI  string `json:"uri"`
	} `json:"features"`
}

// skyEmbed is a link card, or media with one. Quoted posts are left out: they
// are somebody else's.
type skyEmbed struct {
	External *struct {
		URI         string `json:"uri"`
		Title       string `json:"title"`
		Description string `json:"description"`
	} `json:"external"`
	Media *skyEmbed `json:"media"`
}

type selfLabels struct {
	Values []struct {
		Val string `json:"val"`
	} `json:"values"`
}

// decodeSky reads a record. A part of the wrong type is left out; the rest
// counts.
func decodeSky(record []byte) (skyRecord, bool) {
	var r skyRecord
	err := json.Unmarshal(record, &r)
	var wrong *json.UnmarshalTypeError
	return r, err == nil || errors.As(err, &wrong)
}

// card is the link card of a post, nil where it has none.
func (r *skyRecord) card() *skyEmbed {
	switch {
	case r.Embed == nil:
		return nil
	case r.Embed.External != nil:
		return r.Embed
	case r.Embed.Media != nil && r.Embed.Media.External != nil:
		return r.Embed.Media
	}
	return nil
}

// words are the text of a post without the people in it, and that of its link
// card.
func (r *skyRecord) words() string {
	parts := []string{withoutPeople(r.Text, r.mentions())}
	if c := r.card(); c != nil {
		for _, s := range []string{c.External.Title, c.External.Description} {
			if s = withoutPeople(s, nil); s != "" && !strings.Contains(parts[0], s) {
				parts = append(parts, s)
			}
		}
	}
	return text.CutBytes(strings.TrimSpace(strings.Join(parts, "\n")), item.MaxText)
}

func (r *skyRecord) lang() string {
	for _, l := range r.Langs {
		if l = language(l); l != "" {
			return l
		}
	}
	return ""
}

// links are those of facets and of the card, then those in the text, without
// the pages of persons.
func (r *skyRecord) links() []string {
	var given []string
	for _, x := range r.Facets {
		for _, feature := range x.Features {
			if strings.HasSuffix(feature.Type, "#link") {
				given = append(given, feature.URI)
			}
		}
	}
	if c := r.card(); c != nil {
		given = append(given, c.External.URI)
	}
	return slices.DeleteFunc(linksOf(nil, given, r.Text), skyPersonPage)
}

// hashtags are those of facets, those that the record has beside its text, and
// those in the text that no facet marks.
func (r *skyRecord) hashtags() []string {
	var tags []string
	for _, x := range r.Facets {
		for _, feature := range x.Features {
			if strings.HasSuffix(feature.Type, "#tag") {
				tags = text.AddTag(tags, feature.Tag)
			}
		}
	}
	for _, t := range r.Tags {
		tags = text.AddTag(tags, t)
	}
	tags = text.Hashtags(tags, r.Text)
	return tags[:min(len(tags), maxTags)]
}

// mentions are the byte ranges of the text that name an account.
func (r *skyRecord) mentions() [][2]int {
	var ranges [][2]int
	for _, x := range r.Facets {
		for _, feature := range x.Features {
			if strings.HasSuffix(feature.Type, "#mention") {
				ranges = append(ranges, [2]int{x.Index.Start, x.Index.End})
			}
		}
	}
	return ranges
}

// sensitive reports a post that its author marked as not for everybody
// (atproto, Labels: self-labels of adult and graphic content).
func (r *skyRecord) sensitive() bool {
	if r.Labels == nil {
		return false
	}
	for _, l := range r.Labels.Values {
		switch l.Val {
		case "porn", "sexual", "nudity", "graphic-media", "gore", "nsfl":
			return true
		}
	}
	return false
}
