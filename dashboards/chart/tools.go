package chart

import "vantage/pipeline/store"

func init() {
	Register(Chart{ID: "tools", Place: 2, Nav: "Tools", Path: "/tools", Title: "What is rising: tools by week", Kind: store.Tools, Build: byWeek(store.Tools, "tool")})
}
