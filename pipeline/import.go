package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"

	"vantage/collectors/item"
)

// Sink takes items onto the stream. Put returns when all of them are
// confirmed; after an error it may be called again with the same items.
type Sink interface {
	Put(ctx context.Context, items []item.Item) error
}

// Cursors keep small state over restarts. Load returns nil for an unknown key.
type Cursors interface {
	Load(ctx context.Context, key string) ([]byte, error)
	Save(ctx context.Context, key string, value []byte) error
}

const (
	// importBatch is how many items are confirmed, and the position saved, at
	// a time: one atomic batch of the stream.
	importBatch = 1000
	// maxLine bounds one line. The text of an item has at most 64 KiB.
	maxLine = 1 << 20
	// maxShown is how many bad lines are reported with their reason.
	maxShown = 20
)

var importName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// ImportConfig says what to import and where to.
type ImportConfig struct {
	// Reader gives dated JSON lines, plain or gzipped; see Line for their form.
	Reader io.Reader
	// Name of the archive: lower-case letters, digits, - and _. Its channels
	// are import:<name> and import:<name>:<source>.
	Name string
	Sink Sink
	// Cursors keeps the position, so that an import that was interrupted goes
	// on where it stopped; nil (as for standard input): it begins anew.
	Cursors Cursors
	// Again begins at the first line whatever was imported before.
	Again bool
	// Strict stops at the first bad line instead of leaving it out.
	Strict bool
	// Publisher and Class are those of lines that name none; empty: the name
	// of the archive, and unknown.
	Publisher string
	Class     item.Class
	Now       func() time.Time
	// Progress is called after each confirmed batch.
	Progress func(Imported)
}

// Imported says how far an import came.
type Imported struct {
	Lines    int // read, also those of earlier runs
	Resumed  int // lines of earlier runs, left out now
	Items    int // confirmed by the stream in this run
	Bad      int // lines left out in this run
	Problems []Problem
	// Oldest and Newest are the published times of this run's items.
	Oldest, Newest time.Time
}

// Problem is a line that is no item, and why.
type Problem struct {
	Line   int
	Reason string
}

func (p Problem) String() string { return fmt.Sprintf("line %d: %s", p.Line, p.Reason) }

// Import reads an archive into the stream. Bad lines are counted and left out;
// the first 20 are reported. Importing the same archive again changes nothing,
// since ids and versions follow from the lines alone: a line's version is its
// date of update, else of publication, so that what is collected later wins.
//
// An archive line is taken as seen when it was published, so that its sources
// are known since their oldest item: an import then makes no source look new.
// The error is that of the reader, the stream or, with Strict, of the line; what
// was confirmed before stays, and the returned Imported tells how much that is.
func Import(ctx context.Context, cfg ImportConfig) (Imported, error) {
	im, err := newImporter(ctx, cfg)
	if err != nil {
		return Imported{}, err
	}
	for {
		if err := ctx.Err(); err != nil { // lines that are left out put nothing that would notice
			return im.done, fmt.Errorf("import %s: after line %d: %w", cfg.Name, im.done.Lines, err)
		}
		line, err := im.lines.next()
		if err == io.EOF {
			return im.done, im.flush(ctx)
		}
		if err != nil && !errors.Is(err, errLongLine) {
			return im.done, errors.Join(im.flush(ctx), fmt.Errorf("import %s: after line %d: %w", cfg.Name, im.done.Lines, err))
		}
		if err := im.take(ctx, line, err); err != nil {
			return im.done, err
		}
	}
}

// importer is one import under way.
type importer struct {
	cfg   ImportConfig
	lines *lineReader
	place *place // nil: not resumable
	batch []item.Item
	done  Imported
	read  int // lines read in this run
}

func newImporter(ctx context.Context, cfg ImportConfig) (*importer, error) {
	if !importName.MatchString(cfg.Name) {
		return nil, fmt.Errorf("import: name %q must be lower-case letters, digits, - and _; for example govuk-2022", cfg.Name)
	}
	if cfg.Class == "" {
		cfg.Class = item.Unknown
	}
	if !slices.Contains(item.Classes, cfg.Class) {
		return nil, fmt.Errorf("import: publisher class %q is not one of %v", cfg.Class, item.Classes)
	}
	if cfg.Publisher == "" {
		cfg.Publisher = cfg.Name
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	lines, head, err := newLineReader(cfg.Reader)
	if err != nil {
		return nil, fmt.Errorf("import %s: %w", cfg.Name, err)
	}
	im := &importer{cfg: cfg, lines: lines}
	if cfg.Cursors == nil {
		return im, nil
	}
	if im.place, err = loadPlace(ctx, cfg.Cursors, cfg.Name, head); err != nil {
		return nil, fmt.Errorf("import %s: %w", cfg.Name, err)
	}
	if !cfg.Again {
		im.done.Resumed = im.place.Lines
	}
	return im, nil
}

// take handles one line; tooLong is errLongLine or nil.
func (im *importer) take(ctx context.Context, line []byte, tooLong error) error {
	im.read++
	if im.read <= im.done.Resumed {
		im.done.Lines = im.read
		return nil
	}
	err := tooLong
	if err == nil {
		if len(line) == 0 {
			im.done.Lines = im.read
			return nil
		}
		var it item.Item
		if it, err = readLine(line, &im.cfg); err == nil {
			im.batch = append(im.batch, it)
		}
	}
	if err != nil {
		if err := im.bad(ctx, err); err != nil {
			return err
		}
	}
	im.done.Lines = im.read
	if len(im.batch) < importBatch {
		return nil
	}
	return im.flush(ctx)
}

func (im *importer) bad(ctx context.Context, reason error) error {
	p := Problem{Line: im.read, Reason: reason.Error()}
	if im.cfg.Strict {
		return errors.Join(im.flush(ctx), fmt.Errorf("import %s: %s", im.cfg.Name, p))
	}
	im.done.Bad++
	if len(im.done.Problems) < maxShown {
		im.done.Problems = append(im.done.Problems, p)
	}
	return nil
}

// flush publishes the batch, and then saves the position: an interruption
// between the two repeats a batch, which changes nothing.
func (im *importer) flush(ctx context.Context) error {
	if err := im.cfg.Sink.Put(ctx, im.batch); err != nil {
		return fmt.Errorf("import %s: up to line %d: %w", im.cfg.Name, im.done.Lines, err)
	}
	for i := range im.batch {
		im.note(&im.batch[i])
	}
	im.done.Items += len(im.batch)
	im.batch = im.batch[:0]
	if im.place != nil {
		if err := im.place.save(ctx, im.done.Lines); err != nil {
			return fmt.Errorf("import %s: %w", im.cfg.Name, err)
		}
	}
	if im.cfg.Progress != nil {
		im.cfg.Progress(im.done)
	}
	return nil
}

func (im *importer) note(it *item.Item) {
	if it.Published.IsZero() {
		return
	}
	if im.done.Oldest.IsZero() || it.Published.Before(im.done.Oldest) {
		im.done.Oldest = it.Published
	}
	if it.Published.After(im.done.Newest) {
		im.done.Newest = it.Published
	}
}
