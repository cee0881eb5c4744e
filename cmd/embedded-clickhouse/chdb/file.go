//go:build linux && amd64

package chdb

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
)

// checkFile tells what is wrong with a library before the dynamic loader sees
// it: the loader maps a half-downloaded file and then dies of SIGBUS.
func checkFile(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("library %s: %w", path, err)
	}
	file, err := elf.Open(path)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("library %s is cut short: it has %d bytes", path, info.Size())
	}
	if err != nil {
		return fmt.Errorf("library %s is not a shared library: %w", path, err)
	}
	defer file.Close()
	if file.Machine != elf.EM_X86_64 || file.Type != elf.ET_DYN {
		return fmt.Errorf("library %s is not a shared library for linux/amd64 (%s, %s)", path, file.Machine, file.Type)
	}
	for _, part := range file.Progs {
		if end := part.Off + part.Filesz; end > uint64(info.Size()) {
			return fmt.Errorf("library %s is cut short: it has %d of at least %d bytes", path, info.Size(), end)
		}
	}
	return nil
}
