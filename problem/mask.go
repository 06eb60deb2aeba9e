package problem

import (
	"context"
	"fmt"
	"math"

	"tweedie/inverse"
)

// missing says which entries of a measurement are left out.
type missing struct {
	keep []int // the indices of the others
	nan  int   // how many are left out because they are NaN, beyond those of the mask
}

// findMissing returns the entries that a mask or NaN leave out of y; mask may be nil.
func findMissing(y, mask []float64) (missing, error) {
	m := missing{}
	for i, v := range y {
		switch {
		case mask != nil && mask[i] == 0:
		case math.IsNaN(v):
			m.nan++
		default:
			m.keep = append(m.keep, i)
		}
	}
	if len(m.keep) == 0 && m.nan == len(y) && m.nan > 0 {
		return m, fmt.Errorf("no entry of the measurement is left: entry 0 of y is NaN, as are all; NaN stands for one that is missing")
	}
	if len(m.keep) == 0 {
		return m, fmt.Errorf("no entry of the measurement is left; those that count have a mask of 1 and a number in data")
	}
	return m, nil
}

// maskOf reads an array of the layout of op's measurement in which 0 is missing and anything else is measured. One for
// complex numbers may have their shape.
func maskOf(ctx context.Context, a *Array, op inverse.Operator) ([]float64, error) {
	once := false // for both parts of complex numbers
	v, err := a.Read(ctx, Use{Lo: 0, Hi: 1, Gray: grayOf(op), Judge: func(shape []int, complex bool) error {
		if complex {
			return fmt.Errorf("%s holds complex numbers; a mask is 1 where a number was measured and 0 where not", a.Name())
		}
		pairs, ok := inverse.ComplexShape(op)
		if once = ok && sameShape(shape, pairs.Dims(nil)); once {
			return nil
		}
		if err := checkMeasurement(shape, op); err != nil {
			return fmt.Errorf("%s holds %w", a.Name(), err)
		}
		return nil
	}})
	if err != nil {
		return nil, err
	}
	m := v.Data
	if once {
		m = append(append(make([]float64, 0, 2*len(m)), m...), m...)
	}
	for i, v := range m {
		if math.IsNaN(v) {
			return nil, fmt.Errorf("%s holds NaN as entry %d; a mask is 1 where a number was measured and 0 where not", a.Name(), i)
		}
	}
	return m, nil
}

// likelihood returns that of the entries of y that are there, and how many of them NaN leaves out.
func likelihood(op inverse.Operator, noise inverse.Noise, y, mask []float64) (*inverse.Likelihood, int, error) {
	m, err := findMissing(y, mask)
	if err != nil {
		return nil, 0, err
	}
	if len(m.keep) < len(y) {
		if op, err = inverse.Restrict(op, m.keep); err != nil {
			return nil, 0, err
		}
		if noise, err = inverse.NoiseOf(noise, m.keep); err != nil {
			return nil, 0, err
		}
		some := make([]float64, len(m.keep))
		for i, k := range m.keep {
			some[i] = y[k]
		}
		y = some
	}
	lik, err := inverse.NewLikelihood(op, noise, y)
	return lik, m.nan, err
}
