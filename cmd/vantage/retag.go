package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"vantage/pipeline"
)

const retagHelp = `Reads the vocabulary anew and tags again what is stored; the numbers follow. It
works in the Vantage that runs on the data folder, beside the collection, or in
the folder itself when none runs. One that was interrupted goes on where it
stopped. Posts whose text has expired keep their tags.

  vantage retag -preview                    # what would change in 90 days
  vantage retag -preview -vocabulary my/    # by a vocabulary that is not in use
  vantage retag
  vantage retag -status
`

func runRetag(ctx context.Context, c console, args []string) error {
	fs := flagSet(c, "retag [flags]", retagHelp)
	load := dataFlags(fs)
	preview := fs.Bool("preview", false, "only show what would change")
	status := fs.Bool("status", false, "only say how far a retag is, and whether one is due")
	days := fs.Int("days", 90, "with -preview: how many days to look back")
	vocabulary := fs.String("vocabulary", "", "with -preview: file or folder to try instead of the configured vocabulary")
	most := fs.Duration("most", 2*time.Minute, "with -preview: stop after this time; 0: read everything")
	asJSON := fs.Bool("json", false, "with -preview or -status: print JSON")
	if err := fs.Parse(args); err != nil {
		return err
	}
	switch {
	case fs.NArg() > 0:
		return fmt.Errorf("retag: %q is not a flag; see vantage retag -h", fs.Arg(0))
	case *days < 1:
		return fmt.Errorf("retag: -days %d must be at least 1", *days)
	case *preview && *status:
		return errors.New("retag: -preview and -status are two questions; ask one")
	case !*preview && *vocabulary != "":
		return errors.New("retag: -vocabulary is tried with -preview; to put it to use, name it under vocabulary in the configuration")
	}
	o := url.Values{"days": {strconv.Itoa(*days)}, "json": {strconv.FormatBool(*asJSON)}, "most": {most.String()}}
	if *vocabulary != "" {
		full, err := filepath.Abs(*vocabulary)
		if err != nil {
			return fmt.Errorf("retag: %w", err)
		}
		o.Set("vocabulary", full)
	}
	switch {
	case *preview:
		return operateTo(ctx, c, c.out, load, "retag-preview", strings.NewReader(""), o)
	case *status:
		return operateTo(ctx, c, c.out, load, "retag-status", strings.NewReader(""), o)
	}
	return operate(ctx, c, load, "retag", strings.NewReader(""), o)
}

// retag puts the vocabulary to use as it is on disk now, and tags anew by it.
// An error in it keeps the old one.
func (h *house) retag(ctx context.Context, _ io.Reader, _ url.Values, report func(string)) error {
	if err := h.rules.reload(); err != nil {
		return fmt.Errorf("retag: the old vocabulary stays in use: %w", err)
	}
	last := time.Now()
	done, err := h.rules.retag(ctx, false, func(p retagProgress) {
		if time.Since(last) > 2*time.Second {
			report(p.String())
			last = time.Now()
		}
	})
	if err != nil {
		return err
	}
	report(fmt.Sprintf("%s posts read, %s changed", grouped(done.Read), grouped(done.Changed)))
	if err := h.waitSettled(ctx, report); err != nil {
		return err
	}
	report("stored and counted")
	return nil
}

// retagStatus says how far a retag is, or what the last one did, and whether
// one is due.
func (h *house) retagStatus(ctx context.Context, _ io.Reader, o url.Values, report func(string)) error {
	st, err := h.rules.state(ctx)
	if err != nil {
		return err
	}
	if o.Get("json") == "true" {
		b, err := json.Marshal(st)
		report(string(b))
		return err
	}
	for _, line := range st.lines() {
		report(line)
	}
	return nil
}

// retagProgress is a retag that runs: its state, and what it did in this part
// of the run.
type retagProgress struct {
	pipeline.RetagState
	from  int       // posts read when this part began
	began time.Time // of this part, by the machine's clock
}

// Rate is posts a second.
func (p retagProgress) rate() float64 {
	if s := time.Since(p.began).Seconds(); s > 0 {
		return float64(p.Read-p.from) / s
	}
	return 0
}

// left is how long it will take at that rate; 0 where it cannot be told.
func (p retagProgress) left() time.Duration {
	if rate := p.rate(); rate > 0 {
		return time.Duration(float64(p.Total-p.Read) / rate * float64(time.Second)).Round(time.Second)
	}
	return 0
}

func (p retagProgress) String() string {
	s := fmt.Sprintf("%s of %s posts", grouped(p.Read), grouped(p.Total))
	if rate := p.rate(); rate > 0 {
		s += fmt.Sprintf(", %s a second, about %s left", grouped(int(rate)), p.left())
	}
	return s
}

// grouped writes a number with commas: 12,345.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
