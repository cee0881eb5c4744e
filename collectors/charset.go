package collectors

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"vantage/collectors/text"
)

var (
	xmlEncoding  = regexp.MustCompile(`^\s*<\?xml[^>]*?\sencoding\s*=\s*["']\s*([A-Za-z0-9._:-]+)`)
	httpEncoding = regexp.MustCompile(`(?i)charset\s*=\s*["']?\s*([A-Za-z0-9._:-]+)`)
)

// toUTF8 returns body as valid UTF-8 without a byte order mark. The order of
// trust is: byte order mark, UTF-16 and UTF-32 by their zero bytes, charset of
// the HTTP header, XML declaration, UTF-8. A claimed 8-bit charset yields to
// UTF-8 when the body is valid UTF-8 beyond ASCII, which it is never by
// chance. What is not valid UTF-8 in the end is read byte for byte as
// Windows-1252, the usual stray.
func toUTF8(body []byte, contentType string) []byte {
	for range 2 { // before its white space is cut, since a line break in UTF-16 is not cut whole
		if e, skip := wide(body); e != nil {
			return decodeAs(e, body[skip:])
		}
		body = bytes.TrimLeft(body, " \t\r\n")
	}
	body = wholeRunes(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	valid := utf8.Valid(body)
	if e := claimed(body, contentType); e != nil && !valid {
		return decodeAs(e, body)
	} else if e != nil && !singleByte(e) && !ascii(body) {
		return decodeAs(e, body)
	}
	if valid {
		return body
	}
	return repair(body)
}

// claimed returns the charset of the HTTP header or the XML declaration, nil
// for UTF-8 and for what is not known.
func claimed(body []byte, contentType string) encoding.Encoding {
	for _, m := range [][][]byte{
		httpEncoding.FindSubmatch([]byte(contentType)),
		xmlEncoding.FindSubmatch(body[:min(len(body), 1<<10)]),
	} {
		if m == nil {
			continue
		}
		e, err := htmlindex.Get(string(m[1]))
		if err != nil {
			continue
		}
		switch name, _ := htmlindex.Name(e); {
		case name == "utf-8":
			return nil
		case !strings.HasPrefix(name, "utf-16") && name != "replacement":
			return e // a body in UTF-16 was recognised by its bytes
		}
	}
	return nil
}

// wide recognises UTF-16 and UTF-32, with or without a byte order mark.
func wide(b []byte) (e encoding.Encoding, skip int) {
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe, 0, 0}):
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), 4
	case bytes.HasPrefix(b, []byte{0, 0, 0xfe, 0xff}):
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), 4
	case opens(b, 0, 3):
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), 0
	case opens(b, 3, 0):
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), 0
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), 2
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), 2
	case opens(b, 0, 1):
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), 0
	case opens(b, 1, 0):
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), 0
	}
	return nil, 0
}

// opens reports that b begins as a feed does, if each character has so many zero
// bytes before and after its own: white space, then the bracket.
func opens(b []byte, before, after int) bool {
	size := before + 1 + after
	for ; len(b) >= size; b = b[size:] {
		for i, c := range b[:size] {
			if i != before && c != 0 {
				return false
			}
		}
		switch b[before] {
		case ' ', '\t', '\r', '\n':
		case '<', '{':
			return true
		default:
			return false
		}
	}
	return false
}

func decodeAs(e encoding.Encoding, body []byte) []byte {
	out, err := e.NewDecoder().Bytes(body)
	if err != nil || !utf8.Valid(out) {
		return repair(body)
	}
	return out
}

func singleByte(e encoding.Encoding) bool {
	_, ok := e.(*charmap.Charmap)
	return ok
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// repair keeps what is UTF-8 and reads every other byte as Windows-1252.
func repair(b []byte) []byte {
	out := make([]byte, 0, 2*len(b)) // of one stray byte become two, or three
	for from, i := 0, 0; ; {
		if i < len(b) && b[i] < utf8.RuneSelf {
			i++
			continue
		}
		if r, size := utf8.DecodeRune(b[i:]); size > 1 || r != utf8.RuneError {
			i += size
			continue
		}
		if from < i {
			out = append(out, b[from:i]...)
		}
		if i == len(b) {
			return out
		}
		out = append(out, windows1252[b[i]]...)
		i++
		from = i
	}
}

// windows1252 holds in UTF-8 what each byte stands for.
var windows1252 = func() (all [256]string) {
	for i := range all {
		all[i] = string(charmap.Windows1252.DecodeByte(byte(i)))
	}
	return all
}()

// wholeRunes cuts the beginning of a character that b ends in, if the feed
// broke off there.
func wholeRunes(b []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if c >= 0xc0 && !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// undouble repairs text that was taken for Windows-1252 although it was UTF-8
// already ("CafÃ©" for "Café"), once or twice. It does so only where there is
// no doubt: every run of characters beyond ASCII must be whole UTF-8 once it is
// written in Windows-1252, which no text in any language is by chance.
func undouble(s string) string {
	for range 2 {
		once, ok := undoubleOnce(s)
		if !ok {
			break
		}
		s = once
	}
	return s
}

func undoubleOnce(s string) (string, bool) {
	first := text.ASCII(s)
	if first == len(s) || s[first] > 0xc3 { // the lead bytes of UTF-8 become U+00C2 to U+00F4
		return s, false
	}
	if !doubled(s[first:]) {
		return s, false
	}
	out := append(make([]byte, 0, len(s)), s[:first]...)
	run := len(out) // where the open run begins
	for _, r := range s[first:] {
		if r < utf8.RuneSelf {
			if !utf8.Valid(out[run:]) {
				return s, false
			}
			out = append(out, byte(r))
			run = len(out)
			continue
		}
		b, ok := windowsByte(r)
		if !ok {
			return s, false
		}
		out = append(out, b)
	}
	return string(out), utf8.Valid(out[run:])
}

// doubled says whether the characters beyond ASCII at the beginning of s are whole
// UTF-8 in Windows-1252: nearly every text fails here.
func doubled(s string) bool {
	var few [32]byte
	out := few[:0]
	for _, r := range s {
		if r < utf8.RuneSelf {
			break
		}
		b, ok := windowsByte(r)
		if !ok {
			return false
		}
		out = append(out, b)
	}
	return utf8.Valid(out)
}

// windowsByte is the byte of Windows-1252 that r was read from. The five bytes
// that it leaves out came through as control characters, as did the others
// from those who read Latin-1.
func windowsByte(r rune) (byte, bool) {
	if r < 0x100 {
		return byte(r), true
	}
	return charmap.Windows1252.EncodeRune(r)
}
