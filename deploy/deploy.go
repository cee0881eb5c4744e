// Package deploy carries the files that a new user starts from, so that the
// program works in an empty folder too.
package deploy

import _ "embed"

// Sources is the starter list of public-sector feeds.
//
//go:embed sources.yaml
var Sources []byte

// Example is a configuration with every key, its default and what it does.
//
//go:embed vantage.example.yaml
var Example []byte
