package cli

import (
	"context"
	"time"
)

// patience is how long work that has nothing to keep may take to end by itself after ctx has ended.
const patience = time.Second

// leaving returns what work returns. When ctx ends, and keep does not say that the work has something to keep, it waits no longer
// than patience and then returns ctx's error, while the work goes on until the process ends: a large network or a user's
// program does not look at a context in between. keep may be nil where there is nothing to keep.
func leaving[T any](ctx context.Context, keep func() bool, work func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
		fault any
	}
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		defer func() {
			o.fault = recover()
			done <- o
		}()
		o.value, o.err = work()
	}()
	var o outcome
	select {
	case o = <-done:
	case <-ctx.Done():
		if keep != nil && keep() {
			o = <-done
			break
		}
		select {
		case o = <-done:
		case <-time.After(patience):
			o.err = ctx.Err()
		}
	}
	if o.fault != nil {
		panic(o.fault)
	}
	return o.value, o.err
}
