package inversetest

import (
	"errors"
	"math"
	"slices"
	"sync"

	"tweedie/autodiff"
)

// function checks what holds for every map dst = f(x) of an operator.
func (c *checker) function(check string, f func(dst, x []float64), out, in int) {
	c.Helper()
	x := c.probe(in)
	given := slices.Clone(x)
	first, second := make([]float64, out), make([]float64, out)
	f(first, x)
	if !slices.Equal(x, given) {
		c.Errorf("%s: %s changes its argument", check, c.op.Name())
	}
	for i := range second {
		second[i] = math.NaN()
	}
	f(second, slices.Clone(given))
	if !same(first, second) {
		c.Errorf("%s: %s does not overwrite dst with the same bits every time", check, c.op.Name())
	}
	var wg sync.WaitGroup
	var results [4][]float64
	for i := range results {
		results[i] = make([]float64, out)
		own := slices.Clone(given) // so that a write to it, reported above, is not also a race
		wg.Go(func() {
			defer func() {
				if recover() != nil {
					results[i] = nil
				}
			}()
			f(results[i], own)
		})
	}
	wg.Wait()
	for _, r := range results {
		if !same(first, r) {
			c.Errorf("%s: %s gives other numbers in several goroutines at once", check, c.op.Name())
			break
		}
	}
	for _, wrong := range [][2]int{{out + 1, in}, {out, in + 1}, {out - 1, in}, {out, in - 1}} {
		if err := shapeError(func() { f(make([]float64, wrong[0]), make([]float64, wrong[1])) }); err != nil {
			c.Errorf("%s: %s with %d entries in dst and %d in its argument, where %d and %d belong: %v",
				check, c.op.Name(), wrong[0], wrong[1], out, in, err)
		}
	}
}

// same reports whether a and b have the same bits.
func same(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
}

// shapeError returns nil when f panics with a *autodiff.ShapeError, and otherwise says what f did.
func shapeError(f func()) (err error) {
	defer func() {
		r := recover()
		e, ok := r.(error)
		var shape *autodiff.ShapeError
		switch {
		case r == nil:
			err = errors.New("no panic")
		case !ok || !errors.As(e, &shape):
			err = errors.New("a panic, but not with a *autodiff.ShapeError")
		}
	}()
	f()
	return nil
}
