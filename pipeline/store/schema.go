package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
)

//go:embed schema/*.sql
var schemaFiles embed.FS

// applySchema runs each schema file that the database has not recorded, in the
// order of their numbers. Statements can be repeated, so a start that was cut
// off in the middle of a file is made good by the next.
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
	for i, name := range names { // sorted; numbered from 1 without holes
		if number := uint32(i + 1); number > last {
			if err := s.applyFile(ctx, name, number); err != nil {
				return fmt.Errorf("schema %s: %w", path.Base(name), err)
			}
		}
	}
	if int(last) > len(names) {
		return fmt.Errorf("schema: the database has version %d, this program knows %d; use a newer program", last, len(names))
	}
	return nil
}

func (s *Store) applyFile(ctx context.Context, name string, number uint32) error {
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
	const record = "INSERT INTO schema_files (number, name) SELECT {number:UInt32}, {name:String}"
	return s.conn.Exec(ctx, record, clickhouse.Named("number", number), text("name", path.Base(name)))
}
