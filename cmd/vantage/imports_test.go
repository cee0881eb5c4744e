package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport is the direction in which data flows: collectors, stream,
// pipeline, store, dashboards. cmd alone knows all of them.
var mayImport = map[string][]string{
	"collectors/item":                  {},
	"collectors/text":                  {"collectors/item"},
	"collectors/fetch":                 {},
	"collectors":                       {"collectors/item", "collectors/fetch", "collectors/text"},
	"pipeline/council":                 {"collectors/text"},
	"pipeline/radar":                   {},
	"pipeline/stream":                  {"collectors/item"},
	"pipeline/theme":                   {"collectors/text"},
	"pipeline/tag":                     {"collectors/item", "collectors/text", "pipeline/council", "pipeline/theme"},
	"pipeline/eval":                    {"collectors/text", "pipeline/council", "pipeline/tag"},
	"pipeline/story":                   {"collectors/item", "collectors/text"},
	"pipeline/store/engine":            {},
	"pipeline/store":                   {"collectors/item", "pipeline/council", "pipeline/radar", "pipeline/story", "pipeline/store/engine"},
	"pipeline":                         {"collectors/item", "collectors/text", "pipeline/stream", "pipeline/council", "pipeline/tag", "pipeline/story", "pipeline/store"},
	"dashboards/chart":                 {"collectors/item", "pipeline/radar", "pipeline/store", "pipeline/council"},
	"dashboards":                       {"collectors/item", "collectors/fetch", "pipeline/store", "pipeline/radar", "pipeline/council", "dashboards/chart", "dashboards/web"},
	"dashboards/web":                   {},
	"dashboards/browsertest":           {},
	"pipeline/store/engine/enginetest": {"pipeline/store/engine"},
	"cmd/vantage/town":                 {"collectors", "collectors/item", "pipeline/council"},
	"deploy":                           {},
	"deploy/build":                     {},
	"deploy/machine":                   {},
}

type listed struct {
	ImportPath string
	Imports    []string
}

func TestImportsFollowTheFlow(t *testing.T) {
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(p.ImportPath, "vantage/")
		if name == "cmd/vantage" || strings.HasPrefix(name, "cmd/embedded-clickhouse") {
			continue
		}
		allowed, ok := mayImport[name]
		if !ok {
			t.Errorf("package %s has no line in the table of imports; add it with what it may know", name)
		}
		for _, i := range p.Imports {
			ours, isOurs := strings.CutPrefix(i, "vantage/")
			if isOurs && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s, against the flow of data", name, ours)
			}
		}
	}
}

// TestTheMainProgramLoadsNoLibrary keeps vantage static: only the small
// second program binds the engine's shared library.
func TestTheMainProgramLoadsNoLibrary(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "vantage/cmd/vantage").Output()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(out), "ebitengine/purego") {
		t.Error("cmd/vantage links purego; only cmd/embedded-clickhouse may")
	}
}

func listPackages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "vantage/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}
