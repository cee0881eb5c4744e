package collectors

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// maxJSONDepth bounds the nesting of a frame; a post nests ten deep.
const maxJSONDepth = 64

// jetKind says what an event of Jetstream is.
type jetKind byte

const (
	jetOther   jetKind = iota // nothing that concerns us, such as an identity
	jetCommit                 // a record was made, changed or removed
	jetAccount                // an account was switched on or off
	jetInfo                   // version 2: a word about the cursor
	jetError                  // version 2: why the server ends the stream
)

// jetEvent is one frame, of either version of the protocol. Its slices lie in
// the frame and hold JSON strings without their quotes, unescaped by nobody:
// ids that need an escape are not valid anyway.
type jetEvent struct {
	kind                             jetKind
	did, operation, collection, rkey []byte
	status, name, message            []byte
	record                           []byte // JSON object
	us                               int64  // when the server witnessed it, in Unix microseconds
	seq                              int64  // version 2: the cursor
	active                           bool
	framed                           bool // version 2
}

// readJet finds the parts of a frame without decoding what is in them. It
// reports false for what is no event.
func readJet(frame []byte, e *jetEvent) bool {
	*e = jetEvent{}
	ok := eachMember(frame, func(key, value []byte) bool {
		switch string(key) {
		case "did":
			e.did = jetString(value)
		case "time_us":
			e.us = jetNumber(value)
		case "kind":
			e.kind = jetKindOf(jetString(value))
		case "commit":
			return e.readBody(value)
		case "account":
			return e.readAccount(value)
		case "$type":
			e.framed = true
			if string(jetString(value)) == "error" {
				e.kind = jetError
			}
		case "error":
			e.name = jetString(value)
		case "message":
			e.message = jetString(value)
		case "payload":
			return e.readBody(value)
		}
		return true
	})
	return ok && e.valid()
}

// readBody reads the commit of version 1, or the payload of version 2.
func (e *jetEvent) readBody(body []byte) bool {
	return eachMember(body, func(key, value []byte) bool {
		switch string(key) {
		case "$type":
			_, fragment, _ := bytes.Cut(jetString(value), []byte("#"))
			e.kind = jetKindOf(fragment)
		case "did":
			e.did = jetString(value)
		case "seq":
			e.seq = jetNumber(value)
		case "time":
			if e.us == 0 {
				e.us = jetMicros(jetString(value))
			}
		case "witnessedAt":
			e.us = jetMicros(jetString(value))
		case "operation":
			e.operation = jetString(value)
		case "collection":
			e.collection = jetString(value)
		case "rkey":
			e.rkey = jetString(value)
		case "record":
			e.record = value
		case "account":
			return e.readAccount(value)
		case "name":
			e.name = jetString(value)
		case "message":
			e.message = jetString(value)
		}
		return true
	})
}

func (e *jetEvent) readAccount(body []byte) bool {
	return eachMember(body, func(key, value []byte) bool {
		switch string(key) {
		case "active":
			e.active = string(value) == "true"
		case "status":
			e.status = jetString(value)
		}
		return true
	})
}

func jetKindOf(name []byte) jetKind {
	switch string(name) {
	case "commit":
		return jetCommit
	case "account":
		return jetAccount
	case "info":
		return jetInfo
	}
	return jetOther
}

// valid reports whether the event has what its kind needs.
func (e *jetEvent) valid() bool {
	switch e.kind {
	case jetError, jetInfo:
		return e.framed && len(e.name) > 0
	case jetCommit:
		return e.us > 0 && isDID(e.did) && isRecordKey(e.rkey) && len(e.collection) > 0
	}
	return e.us > 0 && isDID(e.did)
}

// isDID checks the form of a decentralised identifier (W3C DID, 3.1), as far
// as it is safe in an address.
func isDID(b []byte) bool {
	const longest = 256
	return bytes.HasPrefix(b, []byte("did:")) && len(b) > len("did:x:") && len(b) <= longest && onlyPlain(b, "._:%-")
}

// isRecordKey checks the form of a record key (atproto, Record Keys).
func isRecordKey(b []byte) bool {
	const longest = 512
	return len(b) > 0 && len(b) <= longest && string(b) != "." && string(b) != ".." && onlyPlain(b, "._~:-")
}

func onlyPlain(b []byte, marks string) bool {
	for _, c := range b {
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && !bytes.ContainsRune([]byte(marks), rune(c)) {
			return false
		}
	}
	return true
}

// eachMember calls f with every member of a JSON object until f returns false:
// the key as it stands between its quotes, and the bytes of the value. It
// reports false for what is no whole object. Values are found, not checked.
func eachMember(b []byte, f func(key, value []byte) bool) bool {
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != '{' {
		return false
	}
	for i++; ; {
		i = skipSpace(b, i)
		if i < len(b) && b[i] == '}' {
			return true
		}
		keyEnd := endOfString(b, i)
		if keyEnd < 0 {
			return false
		}
		at := skipSpace(b, keyEnd)
		if at >= len(b) || b[at] != ':' {
			return false
		}
		at = skipSpace(b, at+1)
		end := endOfValue(b, at)
		if end < 0 || !f(b[i+1:keyEnd-1], b[at:end]) {
			return false
		}
		i = skipSpace(b, end)
		if i < len(b) && b[i] == ',' {
			i++
		} else if i >= len(b) || b[i] != '}' {
			return false
		}
	}
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// endOfString returns the index behind the string that begins at i, -1 where
// there is none.
func endOfString(b []byte, i int) int {
	if i >= len(b) || b[i] != '"' {
		return -1
	}
	for from := i + 1; ; {
		n := bytes.IndexByte(b[from:], '"')
		if n < 0 {
			return -1
		}
		at := from + n
		slashes := 0
		for at-1-slashes > i && b[at-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return at + 1
		}
		from = at + 1
	}
}

// endOfValue returns the index behind the value that begins at i, -1 where
// there is none or it nests too deep.
func endOfValue(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		return endOfString(b, i)
	case '{', '[':
		return endOfNested(b, i)
	}
	end := i
	for end < len(b) && b[end] != ',' && b[end] != '}' && b[end] != ']' && b[end] > ' ' {
		end++
	}
	if end == i {
		return -1
	}
	return end
}

func endOfNested(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			if i = endOfString(b, i); i < 0 {
				return -1
			}
			continue
		case '{', '[':
			if depth++; depth > maxJSONDepth {
				return -1
			}
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return -1
}

// jetString returns what stands between the quotes of a string without
// escapes; nil for everything else.
func jetString(value []byte) []byte {
	if len(value) < 2 || value[0] != '"' || bytes.IndexByte(value, '\\') >= 0 {
		return nil
	}
	return value[1 : len(value)-1]
}

// appendJetText appends the text of a JSON string, escapes resolved.
func appendJetText(dst, value []byte) []byte {
	if plain := jetString(value); plain != nil {
		return append(dst, plain...)
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		return dst
	}
	return append(dst, s...)
}

// jetNumber returns a whole number that is not negative, 0 for everything else.
func jetNumber(value []byte) int64 {
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// jetMicros reads an RFC 3339 time as Unix microseconds, 0 where it is none.
func jetMicros(value []byte) int64 {
	t, err := time.Parse(time.RFC3339Nano, string(value))
	if err != nil {
		return 0
	}
	return t.UnixMicro()
}
