// Package chdb calls ClickHouse as a shared library (libchdb 26.7) without cgo.
//
// The rules of the library, each found by breaking it:
//
//   - A connection serves one call at a time. Two goroutines on one connection
//     get each other's parameters, so the caller keeps a pool.
//   - A process has one data folder; every connection names the same one.
//   - A statement that failed keeps its tables locked until the next statement
//     on its connection: run SELECT 1 after every error.
//   - Memory of a result belongs to C until Free.
package chdb
