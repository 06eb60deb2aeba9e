package config

import (
	"fmt"
	"math"
	"strings"
)

// Bounds of numbers of config. Positive as a lower bound and BelowOne as an upper one leave out 0 and 1.
const (
	Positive = math.SmallestNonzeroFloat64
	BelowOne = 1 - 1.0/(1<<53)

	// Tiny and Huge bound a length, a noise level or a weight in a unit that a person would choose: squares of such
	// numbers are ordinary ones in float32, and products of several are in float64.
	Tiny = 1e-18
	Huge = 1e18

	// MostSteps bounds the steps, rounds and iterations of a run.
	MostSteps = 1_000_000
	// MostBatch bounds the images that are computed together.
	MostBatch = 1 << 16
	// MostSide bounds one extent of an image.
	MostSide = 1 << 20
)

// Checker keeps the first thing that is wrong with the numbers of a config.
type Checker struct {
	kind string
	err  error
}

// Check begins to check a config of the given kind, which begins its errors:
//
//	c := config.Check("dpnp")
//	c.Int("rounds", m.Rounds, 1, config.MostSteps)
//	c.Float("eta_min", m.EtaMin, config.Tiny, config.Huge)
//	return c.Err() // dpnp: rounds is 0; it must lie between 1 and 1000000
func Check(kind string) *Checker { return &Checker{kind: kind} }

// Err returns the first *FieldError, nil when nothing is wrong.
func (c *Checker) Err() error { return c.err }

// That wants ok of a field with a value; want goes on after "it must", "be a divisor of 8".
func (c *Checker) That(ok bool, field string, value any, want string, args ...any) {
	if !ok && c.err == nil {
		c.err = Errorf(c.kind, field, "is %v; it must %s", value, fmt.Sprintf(want, args...))
	}
}

// Int wants least <= v <= most.
func (c *Checker) Int(field string, v, least, most int) {
	c.Int64(field, int64(v), int64(least), int64(most))
}

// Int64 wants least <= v <= most.
func (c *Checker) Int64(field string, v, least, most int64) {
	if v < least || v > most {
		c.That(false, field, v, "lie between %d and %d", least, most)
	}
}

// Ints wants least <= v <= most of every element.
func (c *Checker) Ints(field string, v []int, least, most int) {
	for i, x := range v {
		if x < least || x > most {
			c.Int(fmt.Sprintf("%s[%d]", field, i), x, least, most)
			return
		}
	}
}

// Float wants a finite v with least <= v <= most.
func (c *Checker) Float(field string, v, least, most float64) {
	if within(v, least, most) {
		return
	}
	switch {
	case least == Positive && most == BelowOne:
		c.That(false, field, v, "lie between 0 and 1, both left out")
	case least == Positive:
		c.That(false, field, v, "be positive and at most %g", most)
	case most == BelowOne:
		c.That(false, field, v, "be at least %g and below 1", least)
	default:
		c.That(false, field, v, "lie between %g and %g", least, most)
	}
}

// Floats wants a finite v with least <= v <= most of every element.
func (c *Checker) Floats(field string, v []float64, least, most float64) {
	for i, x := range v {
		if !within(x, least, most) {
			c.Float(fmt.Sprintf("%s[%d]", field, i), x, least, most)
			return
		}
	}
}

func within(v, least, most float64) bool { return v >= least && v <= most && !math.IsInf(v, 0) }

// Ordered wants low <= high of two fields. The error names both, because either may be a default.
func (c *Checker) Ordered(lowField string, low float64, highField string, high float64) {
	if !(low <= high) && c.err == nil {
		c.err = Errorf(c.kind, lowField, "is %v and %s is %v; %[2]s must be at least %[4]s", low, highField, high, lowField)
	}
}

// Finite wants a v that is neither NaN nor beyond Huge in magnitude.
func (c *Checker) Finite(field string, v float64) { c.Float(field, v, -Huge, Huge) }

// Name wants one of the names.
func (c *Checker) Name(field, v string, names ...string) {
	for _, n := range names {
		if v == n {
			return
		}
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		if quoted[i] = n; n == "" {
			quoted[i] = "empty"
		}
	}
	if n := len(quoted); n > 1 {
		quoted = append(quoted[:n-2], quoted[n-2]+" or "+quoted[n-1])
	}
	c.That(false, field, fmt.Sprintf("%.100q", v), "be %s%s", strings.Join(quoted, ", "), DidYouMean(v, names, ""))
}

// Inside keeps err, which the config in a field found.
func (c *Checker) Inside(field string, err error) {
	if err != nil && c.err == nil {
		c.err = Named(c.kind, Below(field, err))
	}
}

// Also keeps err as it is.
func (c *Checker) Also(err error) {
	if c.err == nil {
		c.err = err
	}
}
