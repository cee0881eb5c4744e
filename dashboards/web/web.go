// Package web holds what browsers get besides numbers: templates, styles, the
// two small scripts, and, where the build put it into dist, ECharts.
package web

import "embed"

// Templates are html/template files.
//
//go:embed templates
var Templates embed.FS

// Static are our own style and scripts.
//
//go:embed static
var Static embed.FS

// Dist is what the build copied from npm: manifest.json names the file of
// each library, {"echarts": "echarts-<hash>.min.js"}. It may be empty; pages
// then show tables and pictures drawn by the server.
//
//go:embed all:dist
var Dist embed.FS
