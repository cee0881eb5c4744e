package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// vocabularySays runs `vantage vocabulary` and returns what it prints.
func vocabularySays(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out, told bytes.Buffer
	err := runVocabulary(t.Context(), console{in: strings.NewReader(""), out: &out, err: &told}, args)
	return out.String(), err
}

func TestVocabularyFind(t *testing.T) {
	for _, tt := range []struct {
		words []string
		want  []string
	}{
		{[]string{"digital", "workers"}, []string{"topic rpa: Robotic process automation", "belongs to   AI & automation", "awtomeiddio prosesau (Welsh)", "texts say    robotic process automation"}},
		{[]string{"deallusrwydd", "artiffisial"}, []string{"topic ai: Artificial intelligence", "found as     deallusrwydd artiffisial (Welsh)"}},
		{[]string{"homelesness"}, []string{`Nothing is called "homelesness". Near it:`, "topic homelessness"}},
		{[]string{"caerdydd"}, []string{"council W06000015: Cardiff", "official     City of Cardiff Council"}},
		{[]string{"allerdale"}, []string{"ended        31 March 2023; now Cumberland"}},
	} {
		out, err := vocabularySays(t, append([]string{"find"}, tt.words...)...)
		if err != nil {
			t.Errorf("%v: %v", tt.words, err)
		}
		for _, want := range tt.want {
			if !strings.Contains(out, want) {
				t.Errorf("%v: no %q in\n%s", tt.words, want, out)
			}
		}
	}
}

func TestVocabularyFindSaysTheWayOut(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"find"}, "say what to find"},
		{[]string{"find", "-limit", "0", "rpa"}, "limit 0 is less than 1"},
		{[]string{"find", "zzzzz"}, `nothing is called "zzzzz"; try fewer words`},
		{[]string{"list", "-kind", "council"}, `kind "council" is not theme, topic or tool`},
		{[]string{"list", "rpa"}, "`vantage vocabulary find rpa`"},
		{[]string{"lsit"}, "check, list"},
	} {
		if _, err := vocabularySays(t, tt.args...); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v gives %v, want %q", tt.args, err, tt.want)
		}
	}
}

func TestVocabularyList(t *testing.T) {
	out, err := vocabularySays(t, "list", "-kind", "theme", "-json")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var first listedTerm
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil || len(lines) != 20 || first.Kind != "theme" || first.About == "" {
		t.Errorf("%d lines, the first is %+v, %v", len(lines), first, err)
	}
	out, err = vocabularySays(t, "list")
	if err != nil || !strings.Contains(out, "power-bi") {
		t.Errorf("%v\n%.300s", err, out)
	}
}
