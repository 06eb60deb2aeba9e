package families

import (
	"fmt"
	"math"
	"slices"
)

// Labels holds what a network is conditioned on besides time: one number a sample, or a row of Width numbers. The zero
// Labels are for a network without classes, or for no class.
type Labels struct {
	Values []float64
	Width  int // 0 for numbers
}

// None reports whether there are no labels.
func (y Labels) None() bool { return y.Values == nil }

// Classes returns the labels of a batch as classes, each one of n numbered from 0. Labels may be numbers, or rows with
// one 1 among zeros. With zeroRow the network takes "no class", which is -1 in the result: a row of zeros means it for
// one sample, and no labels at all for every sample. Where n is 0 there must be no labels, and the result is nil. The
// error is an *InputError.
func (y Labels) Classes(n, batch int, zeroRow bool) ([]int, error) {
	fail := func(format string, args ...any) ([]int, error) {
		return nil, &InputError{"labels", fmt.Errorf(format, args...)}
	}
	switch {
	case y.None() && n == 0:
		return nil, nil
	case n == 0:
		return fail("the network has no classes")
	case y.None() && !zeroRow:
		return fail("there are none; the network has %d classes, numbered from 0", n)
	}
	out := slices.Repeat([]int{-1}, batch)
	switch {
	case y.None():
	case y.Width == 0 && len(y.Values) == batch:
		for i, k := range y.Values {
			if !(k >= 0 && k < float64(n)) || k != float64(int(k)) {
				return fail("class %v of sample %d; the network has %d, numbered from 0", k, i, n)
			}
			out[i] = int(k)
		}
	case y.Width == n && len(y.Values) == batch*n:
		for i := range out {
			k, ok := oneHot(y.Values[i*n : (i+1)*n])
			if !ok || k < 0 && !zeroRow {
				return fail("row %d is not one 1 among zeros, and this network takes nothing else", i)
			}
			out[i] = k
		}
	default:
		return fail("want classes [%d] or rows [%d,%d]", batch, batch, n)
	}
	return out, nil
}

// oneHot is the place of the 1 in a row of zeros otherwise, -1 when there is none; false for any other row.
func oneHot(row []float64) (at int, ok bool) {
	at = -1
	for i, v := range row {
		switch {
		case v == 0:
		case v == 1 && at < 0:
			at = i
		default:
			return at, false
		}
	}
	return at, true
}

// Rows returns the labels as rows of n numbers, for a batch: as they are, or one-hot; nil for no class. The error is an
// *InputError.
func (y Labels) Rows(n, batch int) ([]float64, error) {
	if n > 0 && y.Width == n && len(y.Values) == batch*n {
		for i, v := range y.Values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, &InputError{"labels", fmt.Errorf("row %d holds %v", i/n, v)}
			}
		}
		return y.Values, nil
	}
	classes, err := y.Classes(n, batch, true)
	if err != nil || y.None() {
		return nil, err
	}
	rows := make([]float64, batch*n)
	for i, k := range classes {
		rows[i*n+k] = 1
	}
	return rows, nil
}
