package store

import "sync/atomic"

// interrupted remembers the step of a swap that did not end in time, so that
// only the first reader waits for it.
type interrupted struct{ step atomic.Uint64 }

func (i *interrupted) is(step uint64) bool { return i.step.Load() == step }
func (i *interrupted) set(step uint64)     { i.step.Store(step) }
