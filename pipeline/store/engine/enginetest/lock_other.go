//go:build !unix

package enginetest

// lock does nothing where the embedded engine does not exist.
func lock(string) (unlock func(), err error) { return func() {}, nil }
