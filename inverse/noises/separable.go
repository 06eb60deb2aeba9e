package noises

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"

	"tweedie/autodiff"
	"tweedie/internal/config"
)

// checkLen panics with a *autodiff.ShapeError unless the slice called arg is as long as it must be.
func checkLen(kind, arg string, got, want int) {
	if got != want {
		panic(&autodiff.ShapeError{Op: kind, Msg: fmt.Sprintf("%s has %d entries where %d belong", arg, got, want)})
	}
}

// sum returns the sum of f over all data.
func sum(kind string, y, clean []float64, f func(i int, y, c float64) float64) float64 {
	checkLen(kind, "y", len(y), len(clean))
	total := 0.0
	for i, c := range clean {
		total += f(i, y[i], c)
	}
	return total
}

// fill sets dst to f of every datum.
func fill(kind string, dst, y, clean []float64, f func(i int, y, c float64) float64) {
	checkLen(kind, "y", len(y), len(clean))
	checkLen(kind, "dst", len(dst), len(clean))
	for i, c := range clean {
		dst[i] = f(i, y[i], c)
	}
}

// fillClean sets dst to f of every clean measurement.
func fillClean(kind string, dst, clean []float64, f func(i int, c float64) float64) {
	checkLen(kind, "dst", len(dst), len(clean))
	for i, c := range clean {
		dst[i] = f(i, c)
	}
}

// own returns the number of entry i: that of each where it is given, and otherwise all.
func own(all float64, each []float64, i int) float64 {
	if each != nil {
		return each[i]
	}
	return all
}

// pick returns the numbers of the entries with the indices keep.
func pick(each []float64, keep []int) []float64 {
	if each == nil {
		return nil
	}
	some := make([]float64, len(keep))
	for i, k := range keep {
		some[i] = each[k]
	}
	return some
}

// numbers wants least <= v <= most of a field, or of m entries of the field that is given in its place. The field holds
// none beside the other one.
func numbers(c *config.Checker, field string, all, none float64, fields string, each []float64, m int, least, most float64) {
	if each == nil {
		c.Float(field, all, least, most)
		return
	}
	c.That(all == none, field, all, "be left out beside %s; give one of them", fields)
	c.That(len(each) == m, fields, fmt.Sprintf("a list of %d", len(each)), "have an entry for each of %d measurements", m)
	c.Floats(fields, each, least, most)
}

// Bounds of scales and of sizes in the units of the data.
const least, most = config.Tiny, config.Huge

// leastTail bounds tail probabilities, so that standardised residuals are at most 37.1.
const leastTail = 1e-300

// normal returns the standard normal quantile of a datum below which there is the probability lower, and at or above
// which upper; for data on a lattice both count the datum itself, and a datum in the middle is at 0.
func normal(lower, upper float64) float64 {
	switch {
	case lower <= upper && lower < .5:
		return mathext.NormalQuantile(max(lower, leastTail))
	case upper < lower && upper < .5:
		return -mathext.NormalQuantile(max(upper, leastTail))
	}
	return 0
}

// entryError says which entry of a measurement no draw can be.
func entryError(kind string, i int, v float64, want string, args ...any) error {
	return fmt.Errorf("%s: entry %d of y is %v; it must %s", kind, i, v, fmt.Sprintf(want, args...))
}

// checkEntries returns an error for the first entry of y that ok refuses.
func checkEntries(kind string, y []float64, ok func(v float64) bool, want string, args ...any) error {
	for i, v := range y {
		if !ok(v) {
			return entryError(kind, i, v, want, args...)
		}
	}
	return nil
}

func square(v float64) float64 { return v * v }

var logRoot2Pi = math.Log(2*math.Pi) / 2
