package chart

import "vantage/pipeline/store"

func init() {
	Register(Chart{ID: "themes", Place: 3, Nav: "Themes", Path: "/themes", Title: "What is rising: themes by week", Kind: store.Themes, Build: byWeek(store.Themes, "theme")})
}
