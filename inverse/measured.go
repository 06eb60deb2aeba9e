package inverse

import (
	"tweedie/autodiff"
	"tweedie/internal/config"
)

// Measured is a Config that tells how many numbers its operator measures before it is built, so that one which is far too large
// for the data at hand need not be.
type Measured interface {
	Config
	// Measures returns the size of a measurement of images of shape in, and false where it is not known or nothing can be built.
	Measures(in autodiff.Shape) (m int, ok bool)
}

// MeasuredBy returns what Measures of c does, and false for a c that is not Measured.
func MeasuredBy(c Config, in autodiff.Shape) (m int, ok bool) {
	if c, is := c.(Measured); is {
		return c.Measures(in)
	}
	return 0, false
}

// Measures returns the sum of the members' sizes.
func (c StackConfig) Measures(in autodiff.Shape) (m int, ok bool) {
	for _, n := range c.Ops {
		k, ok := MeasuredBy(n.Config, in)
		if !ok || k > config.MostValues-m {
			return 0, false
		}
		m += k
	}
	return m, len(c.Ops) > 0
}
