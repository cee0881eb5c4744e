package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"vantage/collectors"
	"vantage/collectors/item"
	"vantage/pipeline"
	"vantage/pipeline/stream"
)

const importHelp = `Brings an archive into the store: dated JSON lines, plain or gzipped, one post a
line. It goes through the same stream and pipeline as collected posts, into the
Vantage that runs on the data folder, or into the folder itself when none runs.
An import that was interrupted goes on where it stopped; one that is repeated
changes nothing.

A line has these keys; only id or url, published or date, and title or text are
needed:

  id, title, text or html, lead, body, url, published or date (RFC 3339 or
  2026-11-21), publisher (a domain), publisher_class (council, central, civic,
  press, vendor, person, unknown), sources (list of channels), lang, hashtags, links

  vantage import archive.jsonl.gz
  zcat old.gz | vantage import -name old -
`

func runImport(ctx context.Context, c console, args []string) error {
	fs := flagSet(c, "import [flags] FILE|-", importHelp)
	load := dataFlags(fs)
	name := fs.String("name", "", "name of the archive (default: from the file name)")
	class := fs.String("class", "unknown", "publisher class of lines that name none")
	publisher := fs.String("publisher", "", "publisher of lines that name none (default: the name of the archive)")
	strict := fs.Bool("strict", false, "stop at the first bad line instead of leaving it out")
	again := fs.Bool("again", false, "begin at the first line, whatever was imported before")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() != 1 {
		return errors.New("import: name one file, or - for standard input")
	}
	in, file, err := openInput(c, fs.Arg(0))
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	defer in.Close()
	if archiveName(*name, file) == "" {
		return fmt.Errorf("import: no name can be made from %q; give the archive one with -name", file)
	}
	options := url.Values{
		"name": {archiveName(*name, file)}, "class": {*class}, "publisher": {*publisher},
		"strict": {strconv.FormatBool(*strict)}, "again": {strconv.FormatBool(*again)},
		"resume": {strconv.FormatBool(file != "")},
	}
	return operate(ctx, c, load, "import", in, options)
}

// openInput opens a file, or standard input for "-"; file is empty then.
func openInput(c console, arg string) (in io.ReadCloser, file string, err error) {
	if arg == "-" {
		return io.NopCloser(c.in), "", nil
	}
	f, err := os.Open(arg)
	return f, arg, err
}

var notName = regexp.MustCompile(`[^a-z0-9_-]+`)

func archiveName(given, file string) string {
	if given != "" {
		return given
	}
	if file == "" {
		return "stdin"
	}
	base, _, _ := strings.Cut(filepath.Base(file), ".")
	return strings.Trim(notName.ReplaceAllString(strings.ToLower(base), "-"), "-_")
}

// operate runs an operation in the instance that runs on the data folder, or
// in this process when none does.
func operate(ctx context.Context, c console, load loadFunc, name string, in io.Reader, options url.Values) error {
	return operateTo(ctx, c, c.err, load, name, in, options)
}

// operateTo is operate for operations whose lines are the answer, not progress.
func operateTo(ctx context.Context, c console, out io.Writer, load loadFunc, name string, in io.Reader, options url.Values) error {
	cfg, err := load(c)
	if err != nil {
		return err
	}
	log := LogConfig{Level: "warn", Format: cfg.Log.Format}.logger(c.err)
	h, err := openHouse(ctx, cfg, log, time.Now)
	if errors.Is(err, errDataInUse) {
		return callRunning(ctx, out, cfg.Data, name, in, options, err)
	}
	if err != nil {
		return err
	}
	err = h.operateAlone(ctx, h.operations()[name], in, options, func(line string) { fmt.Fprintln(out, line) })
	return errors.Join(err, h.Close())
}

func callRunning(ctx context.Context, out io.Writer, data, name string, in io.Reader, options url.Values, inUse error) error {
	r, err := readRunFile(data)
	if err != nil {
		return err
	}
	if r == nil {
		return fmt.Errorf("%w (it is still starting; try again in a moment)", inUse)
	}
	return r.call(ctx, name, in, options, out)
}

// operateAlone runs an operation with the pipeline at work, and ends when
// everything is stored and counted.
func (h *house) operateAlone(ctx context.Context, op operation, in io.Reader, options url.Values, report func(string)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g, gctx := errgroup.WithContext(ctx)
	h.work(gctx, g)
	g.Go(func() error {
		defer cancel()
		return op(gctx, in, options, report)
	})
	return g.Wait()
}

// operations are what other commands may ask of an instance.
func (h *house) operations() map[string]operation {
	return map[string]operation{
		"import": h.importArchive, "retag": h.retag, "retag-preview": h.previewRetag, "retag-status": h.retagStatus,
		"sources": h.sourcesOperation, "optout": h.optOutOperation, "nominations": h.nominationsOperation, "families": h.regroup,
	}
}

func (h *house) importArchive(ctx context.Context, in io.Reader, o url.Values, report func(string)) error {
	cfg := pipeline.ImportConfig{
		Reader: in, Name: o.Get("name"), Sink: policed{h.desk.policy, h.stream}, Now: h.now,
		Strict: o.Get("strict") == "true", Again: o.Get("again") == "true",
		Publisher: o.Get("publisher"), Class: item.Class(o.Get("class")),
	}
	if o.Get("resume") == "true" {
		b, err := h.stream.Bucket(ctx, "imports")
		if err != nil {
			return err
		}
		cfg.Cursors = b
	}
	last := time.Now()
	cfg.Progress = func(p pipeline.Imported) {
		if time.Since(last) > 2*time.Second {
			report(fmt.Sprintf("%d lines read, %d posts in the stream", p.Lines, p.Items))
			last = time.Now()
		}
	}
	done, err := pipeline.Import(ctx, cfg)
	reportImport(done, report)
	if err != nil {
		return err
	}
	if err := h.waitSettled(ctx, report); err != nil {
		return err
	}
	report("stored and counted")
	return nil
}

// policed lets only what may be published into the stream, as collectors do.
type policed struct {
	policy *collectors.Policy
	stream *stream.Stream
}

func (p policed) Put(ctx context.Context, items []item.Item) error {
	return p.stream.Put(ctx, p.policy.Apply(ctx, items))
}

func reportImport(done pipeline.Imported, report func(string)) {
	for _, p := range done.Problems {
		report("left out: " + p.String())
	}
	if more := done.Bad - len(done.Problems); more > 0 {
		report(fmt.Sprintf("left out: %d more lines", more))
	}
	if done.Resumed > 0 {
		report(fmt.Sprintf("went on after line %d, where an earlier import stopped (-again begins anew)", done.Resumed))
	}
	line := fmt.Sprintf("%d lines, %d posts", done.Lines-done.Resumed, done.Items)
	if !done.Newest.IsZero() {
		line += fmt.Sprintf(", %s to %s", done.Oldest.Format(time.DateOnly), done.Newest.Format(time.DateOnly))
	}
	report(line)
}
