package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// watchPause lies between two looks at the files of the vocabulary. Looking,
	// rather than being told by the system, also works on network folders, and
	// when a file is replaced by rename or by git.
	watchPause = 2 * time.Second
	// watchSettle is how long the files must not change before they are read, so
	// that half a save, or half a checkout, is not taken.
	watchSettle = time.Second
)

// fingerprint is what tells that files changed. The quick one holds names,
// sizes and times, the deep one names and contents.
type fingerprint [sha256.Size]byte

// run follows the files of the configured vocabulary and runs the retags that
// are asked for or due, until ctx ends.
func (b *rulebook) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { b.watch(ctx); return nil })
	g.Go(func() error { b.retags(ctx); return nil })
	return g.Wait()
}

// watch puts each change of the files to use once they rest.
func (b *rulebook) watch(ctx context.Context) {
	root := b.h.cfg.path(b.h.cfg.Vocabulary)
	if root == "" {
		return
	}
	var quick, deep fingerprint
	for wait(ctx, b.pause) {
		now, err := lookAt(root, false)
		if err == nil && now == quick {
			continue
		}
		var content fingerprint
		if quick, err = b.rest(ctx, root); err == nil {
			content, err = lookAt(root, true)
		}
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			quick, deep = fingerprint{}, fingerprint{}
			b.refuse(fmt.Errorf("vocabulary: %w", err))
		case content != deep: // not merely touched
			if deep = content; b.reload() == nil {
				b.wake()
			}
		}
	}
}

// rest returns once the files have not changed for watchSettle.
func (b *rulebook) rest(ctx context.Context, root string) (fingerprint, error) {
	last, err := lookAt(root, false)
	for wait(ctx, b.settle) {
		now, lookErr := lookAt(root, false)
		if now == last {
			return now, lookErr
		}
		last, err = now, lookErr
	}
	return last, err
}

func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// lookAt makes the fingerprint of a file, or of all files in a folder but
// hidden ones. Files in folders below do not belong to a vocabulary.
func lookAt(root string, deep bool) (print fingerprint, err error) {
	h := sha256.New()
	names := []string{root}
	if info, err := os.Stat(root); err != nil {
		return print, err
	} else if info.IsDir() {
		if names, err = filepath.Glob(filepath.Join(globEscape(root), "*")); err != nil {
			return print, err
		}
	}
	for _, name := range names {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a link to nothing, or just gone
		}
		if err != nil {
			return print, err
		}
		if info.IsDir() || strings.HasPrefix(filepath.Base(name), ".") {
			continue
		}
		fmt.Fprintf(h, "%q %d\n", name, info.Size())
		if !deep {
			fmt.Fprintln(h, info.ModTime().UnixNano())
			continue
		}
		if err := copyFile(h, name); err != nil {
			return print, err
		}
	}
	h.Sum(print[:0])
	return print, nil
}

func copyFile(w io.Writer, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// globEscape keeps the signs of a pattern in a folder's name from being read
// as one.
func globEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(s)
}
