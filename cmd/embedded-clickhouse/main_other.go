//go:build !(linux && amd64)

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "embedded-clickhouse: libchdb is used on linux/amd64 with glibc only: on this machine set a ClickHouse DSN instead")
	os.Exit(1)
}
