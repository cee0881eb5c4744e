package tag

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vantage/pipeline/council"
)

func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestBuiltInVocabularyIsSound(t *testing.T) {
	v, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range Check(v) {
		t.Error(p)
	}
	if len(v.Terms(Topics)) < 65 || len(v.Terms(Tools)) < 178 || len(v.Terms(Themes)) != 20 {
		t.Errorf("%d topics, %d tools and %d themes; at least 65, 178 and exactly 20 are expected",
			len(v.Terms(Topics)), len(v.Terms(Tools)), len(v.Terms(Themes)))
	}
}

func TestLoadFolderAndFile(t *testing.T) {
	dir := write(t, map[string]string{
		"a.yaml":    "topics:\n- {id: tea, name: Tea, any: [tea], examples: {match: [Tea at four]}}\n",
		"b.yml":     "tools:\n- {id: kettle, name: Kettle, topics: [tea], case: [Kettle], with: [boil], examples: {match: [Boil it in a Kettle], not: [Kettle was in goal]}}\n",
		"notes.txt": "not a vocabulary",
		".c.yaml":   "hidden: [",
	})
	v, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if p := Check(v); len(p) != 0 {
		t.Fatal(p)
	}
	if len(v.Terms(Topics)) != 1 || len(v.Terms(Tools)) != 1 || len(v.Files()) != 2 {
		t.Errorf("terms %v %v from %v", v.Terms(Topics), v.Terms(Tools), v.Files())
	}
	if v, err = Load(filepath.Join(dir, "a.yaml")); err != nil || len(v.Terms(Tools)) != 0 {
		t.Errorf("one file gives %v, %v", v.Terms(Tools), err)
	}
}

func TestLoadReadsOneDocumentWithItsMarks(t *testing.T) {
	for _, text := range []string{"---\n%s", "# ours\n---\n%s", "%s---\n", "%s...\n"} {
		v, err := Load(write(t, map[string]string{"v.yaml": fmt.Sprintf(text, "topics:\n- {id: tea, name: Tea, any: [tea]}\n")}))
		if err != nil || len(v.Terms(Topics)) != 1 {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestLoadSaysWhereTheSyntaxIsWrong(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"unknown key", "topics:\n- id: tea\n  name: Tea\n  ayn: [tea]\n", "v.yaml:4:"},
		{"key twice", "topics:\n- id: tea\n  id: tee\n", "v.yaml:3:"},
		{"bad YAML", "topics:\n- id: tea\n  any: [tea\n", "v.yaml:"},
		{"wrong type", "topics:\n- id: tea\n  any: {a: b}\n", "v.yaml:3:"},
		{"unknown part", "topic:\n- id: tea\n", "v.yaml:1:"},
		{"second document", "topics:\n- {id: tea, name: Tea, any: [tea]}\n---\ntools:\n- {id: pot, name: Pot, any: [pot]}\n", "v.yaml: line 4: a second document"},
		{"nothing", "# to be written\n", "vocabulary: v.yaml defines nothing; write rules"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(write(t, map[string]string{"v.yaml": tt.text}))
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error %q, want it to begin with %q", err, tt.want)
			}
		})
	}
	if _, err := Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "holds no .yaml file") {
		t.Errorf("an empty folder gives %v", err)
	}
	if _, err := Load(filepath.Join(t.TempDir(), "gone.yaml")); err == nil {
		t.Error("a missing file gives no error")
	}
}

func TestCheckNamesEveryProblem(t *testing.T) {
	tests := []struct{ name, rule, want string }{
		{"id twice", "{id: one, name: One, any: [one], examples: {match: [one]}}\n- {id: one, name: One, any: [one], examples: {match: [one]}}", `v.yaml:3: topic "one": the id stands already in v.yaml:2`},
		{"empty rule", "{id: one, name: One}", `v.yaml:2: topic "one": the rule is empty`},
		{"bad id", "{id: One Two, name: One, any: [one], examples: {match: [one]}}", "the id must be lower-case"},
		{"no name", "{id: one, any: [one], examples: {match: [one]}}", "the name is missing"},
		{"phrase without letters", "{id: one, name: One, any: ['—'], examples: {match: [one]}}", `the phrase "—" holds no letter`},
		{"phrase twice", "{id: one, name: One, any: [one, one], examples: {match: [one]}}", `the phrase "one" stands twice`},
		{"phrase against itself", "{id: one, name: One, any: [one], not: [one], examples: {match: [one]}}", "can never match"},
		{"with without case", "{id: one, name: One, any: [one], with: [two], examples: {match: [one]}}", "with narrows the phrases under case"},
		{"strength of themes", "{id: one, name: One, any: [one], hint: [two], examples: {match: [one]}}", "likely and hint are for themes"},
		{"site with a path", "{id: one, name: One, sites: ['https://a.org/b'], examples: {match: [x]}}", "must be a bare domain"},
		{"unknown theme", "{id: one, name: One, theme: nowhere, any: [one], examples: {match: [one]}}", `the theme "nowhere" is not defined`},
		{"no example", "{id: one, name: One, any: [one]}", "the rule has no example"},
		{"example fails", "{id: one, name: One, any: [one], examples: {match: [two]}}", `the example "two" does not match`},
		{"counter-example fails", "{id: one, name: One, any: [one], examples: {match: [one], not: [one too many]}}", `the example "one too many" must not match, but it says “one”`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := Load(write(t, map[string]string{"v.yaml": "topics:\n- " + tt.rule + "\n"}))
			if err != nil {
				t.Fatal(err)
			}
			problems := Check(v)
			if len(problems) != 1 || !strings.Contains(problems[0].Error(), tt.want) {
				t.Errorf("problems %v, want one that says %q", problems, tt.want)
			}
		})
	}
}

func TestCheckRefusesConditionsOfThemes(t *testing.T) {
	for rule, want := range map[string]string{
		"{id: one, name: One, case: [One], with: [council]}": "with is for topics and tools",
		"{id: one, name: One, likely: ['—']}":                `the phrase "—" holds no letter`,
	} {
		v, err := Load(write(t, map[string]string{"v.yaml": "themes:\n- " + rule + "\n"}))
		if err != nil {
			t.Fatal(err)
		}
		if p := v.checkForm(); len(p) != 1 || !strings.Contains(p[0].Error(), want) {
			t.Errorf("%s: problems %v, want one that says %q", rule, p, want)
		}
	}
}

func TestCheckFindsUnknownTopics(t *testing.T) {
	v, err := Load(write(t, map[string]string{"v.yaml": "tools:\n- {id: one, name: One, topics: [gone], any: [one], examples: {match: [one]}}\n"}))
	if err != nil {
		t.Fatal(err)
	}
	if p := Check(v); len(p) != 1 || !strings.Contains(p[0].Error(), `the topic "gone" is not defined`) {
		t.Errorf("problems %v", p)
	}
	if _, err := Compile(v, council.Load()); err == nil {
		t.Error("Compile must refuse a broken vocabulary")
	}
}
