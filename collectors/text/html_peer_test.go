package text

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"vantage/collectors/item"
)

// TestFromHTMLAgreesWithTheTokenizer compares what FromHTML reads of random
// markup with what the tokenizer of x/net makes of it.
func TestFromHTMLAgreesWithTheTokenizer(t *testing.T) {
	pieces := strings.Split(`<p>|</p>|<br/>|<b class="x > y">|</b>|<a href="https://a.example/?a=1&amp;b=2">|<a title='<' href=x>|</a>|word |a &amp; b|&nbsp;|&lt;i&gt;|`+
		`<!-- c -->|<!---->|<!-->|<!DOCTYPE html>|<?xml ?>|<script>x < y</script>|<svg><script>i<n x='</script></svg>|<script src="a"/>|<style>p{}</style>|<svg><g>|</g></svg>|<td>|<li>| < |<3|</>|</ p>|</1>|`+
		`<textarea>a<b></textarea>|<head>|<body>|<IMG SRC=a>|<A HREF = 'y'>|<x-y z>|é’|<template>|</template>|<iframe></iframe>|<noscript>n</noscript>|<select><option>o</select>|"|=|>`, "|")
	random := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		var b strings.Builder
		for range 1 + random.IntN(12) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		in := b.String()
		text, links := FromHTML(in)
		wantText, wantLinks := byTokenizer(in)
		if text != wantText || strings.Join(links, " ") != strings.Join(wantLinks, " ") {
			t.Fatalf("%q\ngot  %q %q\nwant %q %q", in, text, links, wantText, wantLinks)
		}
	}
}

// byTokenizer is FromHTML over the tokenizer of x/net.
func byTokenizer(markup string) (string, []string) {
	tokens := html.NewTokenizer(strings.NewReader(markup))
	var r reader
	for {
		kind := tokens.Next()
		raw := string(tokens.Raw())
		switch kind {
		case html.ErrorToken:
			return strings.TrimRight(CutBytes(string(r.text.out), item.MaxText), " \n"), r.links
		case html.TextToken:
			r.words(raw)
		case html.StartTagToken, html.SelfClosingTagToken:
			closed := kind == html.SelfClosingTagToken
			if closed {
				tokens.NextIsNotRawText()
			}
			name, more := tokens.TagName()
			var target string
			for more {
				var key, value []byte
				key, value, more = tokens.TagAttr()
				if target == "" && bytes.Equal(key, []byte("href")) {
					target = strings.TrimSpace(string(value))
				}
			}
			r.startToken(string(name), target, closed)
		case html.EndTagToken:
			name, _ := tokens.TagName()
			switch {
			case r.depth > 0:
				if string(name) == r.hidden {
					r.depth--
				}
			case effect(name) == parts:
				r.text.gap = '\n'
			}
		}
	}
}

func (r *reader) startToken(name, target string, closed bool) {
	if r.depth > 0 && name == "body" {
		r.depth = 0
	}
	if r.depth > 0 {
		if !closed && name == r.hidden {
			r.depth++
		}
		return
	}
	switch effect([]byte(name)) {
	case swallows, hides:
		if !closed {
			r.hidden, r.depth = name, 1
		}
	case parts:
		r.text.gap = '\n'
	case spaces:
		r.text.space()
	case points:
		r.link(`href="` + html.EscapeString(target) + `"`)
	}
}
