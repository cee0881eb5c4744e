package tag

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"vantage/pipeline/theme"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

//go:embed vocabulary/*.yaml vocabulary/*.tsv
var builtIn embed.FS

// document is the form of a vocabulary file. Each part may be missing, and a
// vocabulary may be spread over any number of files.
type document struct {
	Themes []Rule `yaml:"themes"`
	Topics []Rule `yaml:"topics"`
	Tools  []Rule `yaml:"tools"`
}

// Default returns the built-in vocabulary.
func Default() (*Vocabulary, error) {
	v, err := loadFS(builtIn, "vocabulary")
	if err != nil {
		return nil, err
	}
	v.builtIn = true
	return v, nil
}

// Load reads a vocabulary from a YAML file, or from all *.yaml and *.yml files
// of a folder in the order of their names. The error lists every problem of
// syntax with file and line; Check finds what is wrong in the rules.
func Load(p string) (*Vocabulary, error) {
	info, err := os.Stat(p)
	if err != nil {
		return nil, fmt.Errorf("vocabulary: %w", err)
	}
	if info.IsDir() {
		return loadFS(os.DirFS(p), ".")
	}
	return loadFS(os.DirFS(filepath.Dir(p)), filepath.Base(p))
}

func loadFS(fsys fs.FS, root string) (*Vocabulary, error) {
	files, err := vocabularyFiles(fsys, root)
	if err != nil {
		return nil, err
	}
	v := &Vocabulary{}
	var problems []error
	for _, f := range files {
		b, err := fs.ReadFile(fsys, f)
		if err != nil {
			return nil, fmt.Errorf("vocabulary: %w", err)
		}
		read := v.read
		if path.Ext(f) == weightsExt {
			read = v.readWeights
		}
		if err := read(path.Base(f), b); err != nil {
			problems = append(problems, err)
		}
	}
	if len(problems) == 0 && len(v.themes)+len(v.topics)+len(v.tools) == 0 {
		return nil, fmt.Errorf("vocabulary: %s defines nothing; write rules under themes, topics or tools", strings.Join(v.files, ", "))
	}
	return v, errors.Join(problems...)
}

func vocabularyFiles(fsys fs.FS, root string) ([]string, error) {
	info, err := fs.Stat(fsys, root)
	if err != nil {
		return nil, fmt.Errorf("vocabulary: %w", err)
	}
	if !info.IsDir() {
		return []string{root}, nil
	}
	entries, err := fs.ReadDir(fsys, root)
	if err != nil {
		return nil, fmt.Errorf("vocabulary: %w", err)
	}
	var files []string
	for _, e := range entries {
		ext := path.Ext(e.Name())
		if !e.IsDir() && (ext == ".yaml" || ext == ".yml" || ext == weightsExt) && !strings.HasPrefix(e.Name(), ".") {
			files = append(files, path.Join(root, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("vocabulary: %s holds no .yaml file", root)
	}
	return files, nil
}

// weightsExt ends the name of a table of weights for themes, as "vantage
// vocabulary learn" writes it.
const weightsExt = ".tsv"

// readWeights reads what was learned of themes.
func (v *Vocabulary) readWeights(file string, b []byte) error {
	w, err := theme.Read(bytes.NewReader(b))
	switch {
	case err != nil:
		return fmt.Errorf("%s:%w", file, err)
	case v.weights != nil:
		return fmt.Errorf("%s: there is another table of weights; keep one", file)
	}
	v.weights = w
	v.files = append(v.files, file)
	return nil
}

// read adds the rules of one file.
func (v *Vocabulary) read(file string, b []byte) error {
	var d document
	lines, err := decode(b, &d)
	if err != nil {
		return syntaxError(file, err)
	}
	v.files = append(v.files, file)
	for kind, rules := range map[string][]Rule{Themes: d.Themes, Topics: d.Topics, Tools: d.Tools} {
		for i := range rules {
			rules[i].kind, rules[i].file = kind, file
			if at := lines[kind+"s"]; i < len(at) {
				rules[i].line = at[i]
			}
		}
	}
	v.themes = slices.Concat(v.themes, d.Themes)
	v.topics = slices.Concat(v.topics, d.Topics)
	v.tools = slices.Concat(v.tools, d.Tools)
	return nil
}

// syntaxError shortens what the YAML parser says to file, line, column and
// the plain reason.
func syntaxError(file string, err error) error {
	var y yaml.Error
	if !errors.As(err, &y) || y.GetToken() == nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	at := y.GetToken().Position
	return fmt.Errorf("%s:%d:%d: %s, at %q", file, at.Line, at.Column, y.GetMessage(), strings.TrimSpace(y.GetToken().Value))
}

// decode reads a file of rules and returns the line of each rule by part of the
// document ("topics"). Parsing is most of the work, so it is done once for both.
func decode(b []byte, to any) (map[string][]int, error) {
	parsed, err := parser.ParseBytes(b, 0)
	if err != nil {
		return nil, err
	}
	doc, err := onlyDocument(parsed)
	if doc == nil {
		return nil, err
	}
	if err := yaml.NodeToValue(doc, to, yaml.Strict()); err != nil {
		return nil, err
	}
	return ruleLines(doc), nil
}

// onlyDocument is what a file holds; nil where that is nothing. A second
// document, behind a line of "---", would be lost without a word.
func onlyDocument(f *ast.File) (only ast.Node, err error) {
	for _, doc := range f.Docs {
		switch {
		case doc.Body == nil:
		case only != nil:
			return nil, fmt.Errorf("line %d: a second document; take out the line of --- before it, or give it a file of its own", doc.Body.GetToken().Position.Line)
		default:
			only = doc.Body
		}
	}
	return only, nil
}

func ruleLines(doc ast.Node) map[string][]int {
	parts, ok := doc.(*ast.MappingNode)
	if !ok {
		return nil
	}
	lines := map[string][]int{}
	for _, part := range parts.Values {
		if rules, ok := part.Value.(*ast.SequenceNode); ok {
			for _, r := range rules.Values {
				lines[part.Key.String()] = append(lines[part.Key.String()], firstLine(r))
			}
		}
	}
	return lines
}

// firstLine is the line of the first key of a rule.
func firstLine(n ast.Node) int {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		return m.Values[0].Key.GetToken().Position.Line
	}
	return n.GetToken().Position.Line
}
