// Package nonfinite finds NaN, infinities, and numbers too large to compute with.
package nonfinite

import (
	"fmt"
	"math"
)

// Is reports whether x is NaN or infinite.
func Is(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }

// Error says where a value is not finite, or too large to compute with.
type Error struct {
	What   string // what the values are, "the draw given the data"
	Sample int
	Pixel  int // -1 for a value of the whole sample
	Value  float64
	Most   float64 // the largest size that can be used there
}

func (e *Error) Error() string {
	where := fmt.Sprintf("pixel %d of sample %d", e.Pixel, e.Sample)
	if e.Pixel < 0 {
		where = fmt.Sprintf("sample %d", e.Sample)
	}
	if !Is(e.Value) {
		return fmt.Sprintf("%s is %.4g in %s, too large to compute with; the most is %.4g", e.What, e.Value, where, e.Most)
	}
	return fmt.Sprintf("%s is %v in %s", e.What, e.Value, where)
}

// Check returns an *Error for the first of values [B,d] that is not finite. Samples count from first.
func Check(what string, values []float64, first, d int) error {
	return Within(what, values, first, d, math.MaxFloat64)
}

// Within is Check for values whose size is at most the given one.
func Within(what string, values []float64, first, d int, most float64) error {
	for i, v := range values {
		if math.Abs(v) <= most {
			continue
		}
		e := &Error{What: what, Sample: first + i/d, Pixel: i % d, Value: v, Most: most}
		if d == 1 {
			e.Pixel = -1
		}
		return e
	}
	return nil
}
