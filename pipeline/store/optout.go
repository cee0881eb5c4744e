package store

import (
	"context"
	"fmt"
	"strings"
)

// Left names posts that were opted out: those of a domain and the domains below
// it, by publisher or by the address of the post, or those with a hashtag. A
// domain that begins with "www." stands for that one site.
type Left struct{ Domain, Tag string }

// Post is what deleting a post needs.
type Post struct {
	ID, Kind, Source string
	Version          uint64
}

const leftSQL = `SELECT id, kind::String, source::String, version FROM items FINAL
	WHERE {tag:String} != '' AND has(hashtags, {tag:String})
		OR {domain:String} != '' AND (publisher = {domain:String} OR domainWithoutWWW(lower(url)) = {domain:String})
		OR {below:String} != '' AND (endsWith(publisher, {below:String}) OR endsWith(domain(lower(url)), {below:String}))
	ORDER BY week DESC, id LIMIT {limit:UInt64}`

// Left returns up to limit stored posts that were opted out, newest week
// first. It reads the whole table.
func (s *Store) Left(ctx context.Context, l Left, limit int) ([]Post, error) {
	domain, below := l.Domain, ""
	if site, ok := strings.CutPrefix(domain, "www."); ok {
		domain = site
	} else if domain != "" {
		below = "." + domain
	}
	rows, err := s.conn.Query(ctx, leftSQL, text("tag", l.Tag), text("domain", domain), text("below", below), number("limit", limit))
	if err != nil {
		return nil, fmt.Errorf("store: posts that were opted out: %w", err)
	}
	defer rows.Close()
	var list []Post
	for rows.Next() {
		var p Post
		if err := rows.Scan(&p.ID, &p.Kind, &p.Source, &p.Version); err != nil {
			return nil, fmt.Errorf("store: posts that were opted out: %w", err)
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

// ByAuthor counts the stored posts of a pseudonym, and returns the highest of
// their versions.
func (s *Store) ByAuthor(ctx context.Context, ref string) (n, version uint64, err error) {
	const query = `SELECT count(), max(version) FROM items FINAL WHERE author_ref = {ref:String}`
	if err := s.conn.QueryRow(ctx, query, text("ref", ref)).Scan(&n, &version); err != nil {
		return 0, 0, fmt.Errorf("store: posts of a person: %w", err)
	}
	return n, version, nil
}

// Known tells which of these ids are stored and not deleted.
func (s *Store) Known(ctx context.Context, ids []string) (map[string]bool, error) {
	entries, err := s.lookUp(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	known := make(map[string]bool, len(entries))
	for id, e := range entries {
		if e.known && !e.row.Deleted {
			known[id] = true
		}
	}
	return known, nil
}
