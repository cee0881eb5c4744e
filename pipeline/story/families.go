package story

import (
	"cmp"
	_ "embed"
	"fmt"
	"maps"
	"os"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
	"golang.org/x/net/publicsuffix"
)

//go:embed families.yaml
var builtIn []byte

// Families says which publishers are one independent voice: a newsroom's many
// sites, a council's main site and its blogs. It is not changed after it was
// made, and safe for concurrent use.
type Families struct {
	owners    map[string]string // domain -> family; the domain itself where it is a platform's
	platforms map[string]bool
	spoken    map[string]string // name in words, or a publisher that a source names -> family
	titles    map[string]string // family -> its name
}

// familyFile is the form of the file.
type familyFile struct {
	Separate []string `yaml:"separate"`
	Families []struct {
		ID      string   `yaml:"id"`
		Name    string   `yaml:"name"`
		Domains []string `yaml:"domains"`
		Names   []string `yaml:"names"`
	} `yaml:"families"`
}

// DefaultFamilies are those that are built in.
func DefaultFamilies() (*Families, error) {
	f := &Families{owners: map[string]string{}, platforms: map[string]bool{}, spoken: map[string]string{}, titles: map[string]string{}}
	if err := f.add(builtIn); err != nil {
		return nil, fmt.Errorf("built-in families: %w", err)
	}
	return f, nil
}

// LoadFamilies adds those of a file to the built-in ones. Where both name a
// domain or a publisher, the file's counts. The error names the line or the
// value and the way out.
func LoadFamilies(path string) (*Families, error) {
	f, err := DefaultFamilies()
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("families: %w; give the path of a readable file, or leave it out", err)
	}
	if err := f.add(b); err != nil {
		return nil, fmt.Errorf("families %s: %w", path, err)
	}
	return f, nil
}

// add reads one file. Within it nothing may be claimed twice.
func (f *Families) add(b []byte) error {
	var in familyFile
	if err := yaml.UnmarshalWithOptions(b, &in, yaml.Strict()); err != nil {
		return fmt.Errorf("\n%s", yaml.FormatError(err, false, true))
	}
	claimed, named := map[string]string{}, map[string]string{}
	for _, domain := range in.Separate {
		if err := claim(claimed, domain, "separate"); err != nil {
			return err
		}
		f.owners[domain], f.platforms[domain] = domain, true
	}
	for _, one := range in.Families {
		if !FamilyForm.MatchString(one.ID) || one.Name == "" {
			return fmt.Errorf("family %q (%s): id must be the owner's domain, such as example.org, and name its name", one.ID, one.Name)
		}
		f.titles[one.ID] = one.Name
		for _, domain := range append([]string{one.ID}, one.Domains...) {
			if err := claim(claimed, domain, one.ID); err != nil {
				return err
			}
			f.owners[domain] = one.ID
			delete(f.platforms, domain)
		}
		for _, name := range one.Names {
			key := plain(name)
			if key == "" {
				return fmt.Errorf("family %s: one of its names is empty; remove it", one.ID)
			}
			if first, ok := named[key]; ok {
				return fmt.Errorf("name %q is given by %s and by %s; keep one", name, first, one.ID)
			}
			named[key], f.spoken[key] = one.ID, one.ID
		}
	}
	return nil
}

// FamilyForm is what a family is called by: a domain, or a word in its form.
var FamilyForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,126}[a-z0-9])?$`)

var domainForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*$`)

func claim(claimed map[string]string, domain, by string) error {
	if !domainForm.MatchString(domain) || strings.HasPrefix(domain, "www.") {
		return fmt.Errorf("%s: domain %q must be written as example.org, in small letters, without https:// and www", by, domain)
	}
	if first, ok := claimed[domain]; ok {
		return fmt.Errorf("domain %q is named by %s and by %s; keep one", domain, first, by)
	}
	claimed[domain] = by
	return nil
}

// With returns the families with those that sources name for their publishers,
// which stand above all else.
func (f *Families) With(publishers map[string]string) *Families {
	out := *f
	out.spoken = maps.Clone(f.spoken)
	for publisher, family := range publishers {
		out.spoken[plain(publisher)] = family
	}
	return &out
}

// Of returns the family of a publisher, as items name it: the publisher itself
// where it belongs to no other. What is no domain (a person's pseudonym,
// gov.uk/home-office, github.com/owner) is its own family unless it is listed.
func (f *Families) Of(publisher string) string {
	name := plain(publisher)
	if family, ok := f.spoken[name]; ok {
		return family
	}
	if !domainForm.MatchString(name) {
		return publisher
	}
	for at, below := name, ""; ; {
		if family, ok := f.owners[at]; ok {
			if f.platforms[at] {
				return cmp.Or(below, at)
			}
			return family
		}
		i := strings.IndexByte(at, '.')
		if i < 0 {
			break
		}
		below, at = at, at[i+1:]
	}
	return registered(name)
}

// registered is the registrable domain of a name, or the name itself where the
// public suffix list does not know its end.
func registered(name string) string {
	suffix, icann := publicsuffix.PublicSuffix(name)
	if suffix == name || !icann && !strings.Contains(suffix, ".") {
		return name
	}
	above := strings.TrimSuffix(name, "."+suffix)
	return above[strings.LastIndexByte(above, '.')+1:] + "." + suffix
}

// Name is what a family is called on pages: its name, or its id where it has
// none.
func (f *Families) Name(family string) string { return cmp.Or(f.titles[family], family) }

// plain folds a publisher's name for comparing.
func plain(name string) string {
	return strings.TrimPrefix(strings.Join(strings.Fields(strings.ToLower(name)), " "), "www.")
}
