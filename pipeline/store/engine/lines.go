package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"regexp"
	"strings"
	"sync"
)

// lines takes what the child writes to stdout and stderr and logs it line by
// line: JSON lines of its own log at their level, all else (libchdb, the Go
// runtime, the loader) as a warning or, where it speaks of failure, an error.
type lines struct {
	log *slog.Logger

	mu   sync.Mutex
	rest []byte
	last []string // the newest lines that were no JSON
}

const (
	lineMax  = 8 << 10 // longer lines are cut into pieces
	lastKept = 5
)

var failureWords = regexp.MustCompile(`<Error>|<Fatal>|Exception|^panic:|^fatal error:|^SIG|rror while loading`)

// Write never fails: a log must not stop the child.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, p...)
	for {
		end := bytes.IndexByte(l.rest, '\n')
		if end < 0 && len(l.rest) < lineMax {
			return len(p), nil
		}
		if end < 0 || end > lineMax {
			l.line(string(l.rest[:lineMax]))
			l.rest = l.rest[lineMax:]
			continue
		}
		l.line(string(l.rest[:end]))
		l.rest = l.rest[end+1:]
	}
}

// flush logs a last line without an end.
func (l *lines) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.rest) > 0 {
		l.line(string(l.rest))
		l.rest = nil
	}
}

func (l *lines) line(text string) {
	text = strings.TrimRight(text, "\r")
	if strings.TrimSpace(text) == "" || l.ownLog(text) {
		return
	}
	l.last = append(l.last, text)
	if len(l.last) > lastKept {
		l.last = l.last[1:]
	}
	level := slog.LevelWarn
	if failureWords.MatchString(text) {
		level = slog.LevelError
	}
	l.log.Log(context.Background(), level, "embedded ClickHouse", slog.String("line", text))
}

// ownLog passes on a line of the child's slog handler.
func (l *lines) ownLog(text string) bool {
	var record map[string]any
	if !strings.HasPrefix(text, "{") || json.Unmarshal([]byte(text), &record) != nil {
		return false
	}
	var level slog.Level
	name, _ := record[slog.LevelKey].(string)
	message, _ := record[slog.MessageKey].(string)
	if message == "" || level.UnmarshalText([]byte(name)) != nil {
		return false
	}
	var attrs []slog.Attr
	for key, value := range record {
		if key != slog.LevelKey && key != slog.MessageKey && key != slog.TimeKey {
			attrs = append(attrs, slog.Any(key, value))
		}
	}
	l.log.LogAttrs(context.Background(), level, "embedded ClickHouse: "+message, attrs...)
	return true
}

// hint is the newest lines as an addition to an error, empty without any.
func (l *lines) hint() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.last) == 0 {
		return ""
	}
	return "; it said: " + strings.Join(l.last, " | ")
}
