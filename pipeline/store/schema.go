package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

//go:embed schema/*.sql
var schemaFiles embed.FS

// replaced are files of which nothing is left once the later ones have run. An
// empty database need not make their tables to drop them again.
var replaced = []string{"0003_radar.sql"}

// applySchema runs each schema file that the database has not recorded, in the
// order of their numbers, and records them. Statements can be repeated, so a
// start that was cut off in the middle is made good by the next.
func (s *Store) applySchema(ctx context.Context) error {
	const create = `CREATE TABLE IF NOT EXISTS schema_files (number UInt32, name String) ENGINE = ReplacingMergeTree ORDER BY number`
	if err := s.conn.Exec(ctx, create); err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	var last uint32
	if err := s.conn.QueryRow(ctx, "SELECT max(number) FROM schema_files").Scan(&last); err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	names, err := fs.Glob(schemaFiles, "schema/*.sql")
	if err != nil {
		return err
	}
	if int(last) > len(names) {
		return fmt.Errorf("schema: the database has version %d, this program knows %d; use a newer program", last, len(names))
	}
	return s.applyFiles(ctx, names, int(last))
}

// applyFiles runs what comes after the first done files; they are sorted, and
// numbered from 1 without holes.
func (s *Store) applyFiles(ctx context.Context, names []string, done int) error {
	if done == len(names) {
		return nil
	}
	for _, name := range names[done:] {
		if done == 0 && slices.Contains(replaced, path.Base(name)) {
			continue
		}
		if err := s.applyFile(ctx, name); err != nil {
			return fmt.Errorf("schema %s: %w", path.Base(name), err)
		}
	}
	if err := s.recordFiles(ctx, names, done); err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	return nil
}

func (s *Store) applyFile(ctx context.Context, name string) error {
	file, err := schemaFiles.ReadFile(name)
	if err != nil {
		return err
	}
	for statement := range strings.SplitSeq(string(file), ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if err := s.conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// recordFiles notes the files after the first done ones, all at once: an INSERT
// takes as long as making a table.
func (s *Store) recordFiles(ctx context.Context, names []string, done int) error {
	const record = "INSERT INTO schema_files (number, name) SELECT {done:UInt32} + number, name FROM (SELECT {names:Array(String)} AS names) ARRAY JOIN names AS name, arrayEnumerate(names) AS number"
	return s.conn.Exec(ctx, record, number("done", uint64(done)), texts("names", each(names[done:], path.Base)))
}
