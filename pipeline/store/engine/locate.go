package engine

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

const (
	binaryName  = "embedded-clickhouse"
	libraryName = "lib/libchdb.so"

	setDSN = "set a ClickHouse DSN in the configuration instead"
	fetch  = "run `make engine` (go run ./deploy/build -engine), or " + setDSN
)

// locate fills in where the binary and the library are, as absolute paths, and
// says what to do where one is missing.
func locate(config *Config) error {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return fmt.Errorf("it exists for linux/amd64 with glibc only, and this is %s/%s: %s", runtime.GOOS, runtime.GOARCH, setDSN)
	}
	if config.Dir == "" {
		return errors.New("no data folder is given")
	}
	var err error
	if config.Dir, err = filepath.Abs(config.Dir); err != nil {
		return err
	}
	if config.Binary, err = findBinary(config.Binary); err != nil {
		return err
	}
	if config.Library == "" {
		config.Library = filepath.Join(filepath.Dir(config.Binary), libraryName)
	}
	if config.Library, err = filepath.Abs(config.Library); err != nil {
		return err
	}
	if _, err := os.Stat(config.Library); err != nil {
		return fmt.Errorf("its library %s is missing: %s", config.Library, fetch)
	}
	return nil
}

func findBinary(given string) (string, error) {
	if given != "" {
		path, err := filepath.Abs(given)
		if err != nil {
			return "", err
		}
		if !isProgram(path) {
			return "", fmt.Errorf("its program %s is missing or cannot be run: %s", path, fetch)
		}
		return path, nil
	}
	own, err := os.Executable()
	if err == nil {
		if own, err = filepath.EvalSymlinks(own); err == nil {
			if path := filepath.Join(filepath.Dir(own), binaryName); isProgram(path) {
				return path, nil
			}
		}
	}
	if path, err := exec.LookPath(binaryName); err == nil {
		return filepath.Abs(path)
	}
	return "", fmt.Errorf("its program %s is neither beside %s nor in PATH: %s", binaryName, own, fetch)
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}
