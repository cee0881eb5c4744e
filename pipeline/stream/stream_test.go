package stream

import (
	"context"
	"fmt"
	"testing"
	"time"

	"vantage/collectors/item"
)

func post(i int) item.Item {
	at := time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Second)
	return item.Item{
		Schema: 1, Op: item.Create, ID: fmt.Sprintf("https://leeds.example/news/%d", i), Version: 1,
		Kind: "feed", Source: "leeds", Publisher: "leeds.example", Class: item.Council,
		Title: fmt.Sprintf("Item %d", i), Text: "The council pilots an assistant for planning.",
		URL: fmt.Sprintf("https://leeds.example/news/%d", i), Published: at, Seen: at,
	}
}

func posts(from, to int) []item.Item {
	var all []item.Item
	for i := from; i < to; i++ {
		all = append(all, post(i))
	}
	return all
}

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func open(t testing.TB, cfg Config) *Stream {
	t.Helper()
	if cfg.URL == "" && cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	s, err := Open(testContext(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestSmoke(t *testing.T) {
	ctx := testContext(t)
	s := open(t, Config{})
	if err := s.Put(ctx, posts(0, 2500)); err != nil {
		t.Fatal(err)
	}
	c, err := s.Batches(ctx, BatchConfig{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := c.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Items) != 2500 {
		t.Fatalf("%d items", len(b.Items))
	}
	if err := b.Ack(ctx); err != nil {
		t.Fatal(err)
	}
	st, err := s.State(ctx)
	t.Log(st, err)
	if err := s.Erase(ctx, []uint64{1, 2, 2, 99999}); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(ctx, posts(2000, 3500)); err != nil {
		t.Fatal(err)
	}
	st, err = s.State(ctx)
	t.Log(st, err)
}
