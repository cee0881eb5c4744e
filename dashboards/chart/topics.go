package chart

import "vantage/pipeline/store"

func init() {
	Register(Chart{ID: "topics", Place: 1, Nav: "Topics", Path: "/", Title: "What is rising: topics by week", Kind: store.Topics, Build: byWeek(store.Topics, "topic")})
}
