package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"

	"vantage/collectors"
	"vantage/deploy"
)

// starterSources stands in source_files for the list built into the program.
const starterSources = "starter"

// readSources appends what source_files name to the sources of the file, and
// notes where each stands. Paths of tokens are relative to that file.
func (c *Config) readSources(own string) error {
	c.origins = map[string]string{}
	c.completeSources(c.Sources, own, c.dir)
	for _, name := range c.SourceFiles {
		if isAddress(name) {
			c.lists = append(c.lists, name) // read while running; see readLists
			continue
		}
		list, err := c.readSourceFile(name)
		if err != nil {
			return fmt.Errorf("configuration: source_files: %w", err)
		}
		where, dir := c.path(name), filepath.Dir(c.path(name))
		if name == starterSources {
			where, dir = "the starter list", c.dir
		}
		c.completeSources(list, where, dir)
		c.Sources = append(c.Sources, list...)
	}
	return nil
}

func (c *Config) completeSources(list []collectors.Source, where, dir string) {
	for i, s := range list {
		s = s.Complete()
		if s.TokenFile != "" && !filepath.IsAbs(s.TokenFile) {
			s.TokenFile = filepath.Join(dir, s.TokenFile)
		}
		list[i] = s
		c.origins[s.Key] = where
	}
}

func (c *Config) readSourceFile(name string) ([]collectors.Source, error) {
	if name == starterSources {
		return parseSources("the starter list", deploy.Sources)
	}
	name = c.path(name)
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("%w; name a YAML or OPML file, the address of an OPML list, or %q for the built-in list", err, starterSources)
	}
	if ext := strings.ToLower(filepath.Ext(name)); ext == ".opml" || ext == ".xml" {
		list, err := collectors.ParseOPML(bytes.NewReader(b))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return list, nil
	}
	return parseSources(name, b)
}

func parseSources(name string, b []byte) ([]collectors.Source, error) {
	var file struct {
		Sources []collectors.Source `yaml:"sources"`
	}
	if err := yaml.UnmarshalWithOptions(b, &file, yaml.Strict()); err != nil && !emptyDocument(b) {
		return nil, fmt.Errorf("%s:\n%s", name, yaml.FormatError(err, false, true))
	}
	return file.Sources, nil
}
