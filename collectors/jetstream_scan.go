package collectors

import "bytes"

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
