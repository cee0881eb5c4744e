package engine

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestLinesAreLoggedAtTheirLevel(t *testing.T) {
	for text, want := range map[string]string{
		`{"time":"2026-11-21T20:00:00Z","level":"INFO","msg":"hello","dir":"x"}` + "\n": "level=INFO msg=\"embedded ClickHouse: hello\" dir=x\n",
		`{"level":"ERROR","msg":"bad"}` + "\n":                                          "level=ERROR msg=\"embedded ClickHouse: bad\"\n",
		"Code: 76. DB::Exception: Cannot lock\n":                                        "level=ERROR msg=\"embedded ClickHouse\" line=\"Code: 76. DB::Exception: Cannot lock\"\n",
		"panic: oh\n":                                                                   "level=ERROR msg=\"embedded ClickHouse\" line=\"panic: oh\"\n",
		"a word\r\n\n  \n":                                                              "level=WARN msg=\"embedded ClickHouse\" line=\"a word\"\n",
		`{"no":"log line"}` + "\n":                                                      "level=WARN msg=\"embedded ClickHouse\" line=\"{\\\"no\\\":\\\"log line\\\"}\"\n",
		"no end":                                                                        "level=WARN msg=\"embedded ClickHouse\" line=\"no end\"\n",
		strings.Repeat("x", lineMax+3) + "\n":                                           "level=WARN msg=\"embedded ClickHouse\" line=" + strings.Repeat("x", lineMax) + "\nlevel=WARN msg=\"embedded ClickHouse\" line=xxx\n",
	} {
		var out bytes.Buffer
		log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: dropTime}))
		for _, step := range []int{1, 7, len(text)} {
			out.Reset()
			l := &lines{log: log}
			for rest := text; rest != ""; rest = rest[min(step, len(rest)):] {
				l.Write([]byte(rest[:min(step, len(rest))]))
			}
			l.flush()
			if out.String() != want {
				t.Errorf("%.60q in steps of %d:\ngot  %.300s\nwant %.300s", text, step, out.String(), want)
			}
		}
	}
}

func dropTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

func TestHintHoldsTheNewestLines(t *testing.T) {
	l := &lines{log: slog.New(slog.DiscardHandler)}
	if l.hint() != "" {
		t.Errorf("hint without lines: %q", l.hint())
	}
	l.Write([]byte("a\nb\nc\nd\ne\nf\n"))
	if want := "; it said: b | c | d | e | f"; l.hint() != want {
		t.Errorf("%q, want %q", l.hint(), want)
	}
}
