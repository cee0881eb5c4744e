package main

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

var errNoNPM = errors.New("the command npm is missing; install Node.js 20 or newer with npm (Debian: apt-get install npm), then run this again")

// npmCI installs what the lock file in dir names, and runs no install script.
func npmCI(ctx context.Context, dir string, dev bool) error {
	if _, err := exec.LookPath("npm"); err != nil {
		return errNoNPM
	}
	args := []string{"ci", "--ignore-scripts", "--no-audit", "--no-fund"}
	if !dev {
		args = append(args, "--omit=dev")
	}
	return command(ctx, dir, nil, "npm", args...)
}

// lockHash identifies what a lock file installs.
func lockHash(dir string, variant string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(append(b, variant...))
	return hex.EncodeToString(sum[:8]), nil
}

// fetchEngine puts libchdb.so into bin/lib. On machines for which no library
// is published it says what to do instead and lets the build go on.
func fetchEngine(ctx context.Context, root string) error {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		fmt.Printf("none for %s/%s; set clickhouse.dsn to a ClickHouse server instead; ", runtime.GOOS, runtime.GOARCH)
		return nil
	}
	dir, lib := filepath.Join(root, "deploy", "native"), filepath.Join(root, "bin", "lib")
	hash, err := lockHash(dir, "")
	if err != nil {
		return err
	}
	target, stamp := filepath.Join(lib, "libchdb.so"), filepath.Join(lib, ".lock-hash")
	if current(stamp, hash) && exists(target) {
		return nil
	}
	fmt.Print("fetching 178 MB … ")
	if err := npmCI(ctx, dir, false); err != nil {
		return err
	}
	if err := os.MkdirAll(lib, 0o755); err != nil {
		return err
	}
	source := filepath.Join(dir, "node_modules", "@chdb", "lib-linux-x64-gnu", "libchdb.so")
	if err := moveFile(source, target); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(dir, "node_modules")); err != nil {
		return err
	}
	return os.WriteFile(stamp, []byte(hash), 0o644)
}

// fetchPDS puts the Bluesky data server of a test beside its script. No part of
// it needs an install script, and nothing of it is built into the programs.
func fetchPDS(ctx context.Context, root string) error {
	dir := filepath.Join(root, "collectors", "testdata", "pds")
	hash, err := lockHash(dir, "")
	if err != nil {
		return err
	}
	stamp := filepath.Join(dir, "node_modules", ".lock-hash")
	if current(stamp, hash) {
		return nil
	}
	fmt.Print("fetching 390 packages … ")
	if err := npmCI(ctx, dir, false); err != nil {
		return err
	}
	return os.WriteFile(stamp, []byte(hash), 0o644)
}

// buildWeb puts ECharts, its licence and a manifest into dashboards/web/dist,
// from where the program embeds them. Names carry a hash of the content, so
// that browsers may keep them for ever.
func buildWeb(ctx context.Context, root string, dev bool) error {
	dir := filepath.Join(root, "dashboards", "web")
	dist := filepath.Join(dir, "dist")
	variant := ""
	if dev {
		variant = "dev"
	}
	hash, err := lockHash(dir, variant)
	if err != nil {
		return err
	}
	stamp := filepath.Join(dir, "node_modules", ".lock-hash")
	if exists(filepath.Join(dist, "manifest.json")) && current(stamp, hash) {
		return nil
	}
	if err := npmCI(ctx, dir, dev); err != nil {
		return err
	}
	if err := copyECharts(filepath.Join(dir, "node_modules", "echarts"), dist); err != nil {
		return err
	}
	return os.WriteFile(stamp, []byte(hash), 0o644)
}

func copyECharts(from, dist string) error {
	script, err := os.ReadFile(filepath.Join(from, "dist", "echarts.min.js"))
	if err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(dist, "echarts-*"))
	if err != nil {
		return err
	}
	for _, f := range old {
		if err := os.Remove(f); err != nil {
			return err
		}
	}
	sum := sha256.Sum256(script)
	name := "echarts-" + hex.EncodeToString(sum[:6]) + ".min.js"
	if err := os.WriteFile(filepath.Join(dist, name), script, 0o644); err != nil {
		return err
	}
	if err := writeGzip(filepath.Join(dist, name+".gz"), script); err != nil {
		return err
	}
	for _, f := range []string{"LICENSE", "NOTICE"} {
		if err := copyFile(filepath.Join(from, f), filepath.Join(dist, "echarts-"+f+".txt")); err != nil {
			return err
		}
	}
	manifest, err := json.Marshal(map[string]string{"echarts": name})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dist, "manifest.json"), manifest, 0o644)
}

func writeGzip(path string, data []byte) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(data); err != nil {
		return err
	}
	return z.Close()
}

// moveFile renames, or copies where the two folders lie on different disks.
func moveFile(from, to string) error {
	if err := os.Rename(from, to); err == nil {
		return nil
	}
	if err := copyFile(from, to); err != nil {
		return err
	}
	return os.Remove(from)
}

// copyFile writes beside the target first, so that nobody meets half a file.
func copyFile(from, to string) (err error) {
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.CreateTemp(filepath.Dir(to), ".copy-*")
	if err != nil {
		return err
	}
	defer os.Remove(w.Name())
	if _, err := io.Copy(w, r); err != nil {
		return errors.Join(err, w.Close())
	}
	if err := errors.Join(w.Chmod(0o644), w.Close()); err != nil {
		return err
	}
	return os.Rename(w.Name(), to)
}

func current(stamp, hash string) bool {
	b, err := os.ReadFile(stamp)
	return err == nil && string(b) == hash
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
