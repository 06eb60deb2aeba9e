package evidence

import (
	"fmt"
	"math"

	"tweedie/diffusion/exact"
	"tweedie/infer"
)

// Factor is the log Bayes factor of one prior over another.
type Factor struct {
	For     string   `json:"for"`
	Against string   `json:"against"`
	Nats    *float64 `json:"nats"` // nil for none
	StdErr  float64  `json:"standard_error,omitempty"`
	Sense   string   `json:"sense,omitempty"` // About, AtLeast or AtMost
	Why     string   `json:"none_because,omitempty"`
}

// What the number of a Factor is.
const (
	About   = "about"
	AtLeast = "at least" // For has a lower bound
	AtMost  = "at most"  // Against has one
)

// factor compares two entries, of which the first is not below the second.
func factor(a, b Entry, pa, pb *infer.Problem) Factor {
	f := Factor{For: a.Prior, Against: b.Prior, Sense: About}
	switch {
	case a.Nats == nil:
		f.Why = "there is no evidence of " + a.Prior
	case b.Nats == nil:
		f.Why = "there is no evidence of " + b.Prior
	case a.Bound && b.Bound:
		f.Why = "both numbers are lower bounds, whose difference bounds nothing"
	case otherRanges(pa, pb):
		f.Why = fmt.Sprintf("values of images go from %g to %g in one and from %g to %g in the other, so that the operator sees other images", pa.Range[0], pa.Range[1], pb.Range[0], pb.Range[1])
	}
	if f.Why != "" {
		f.Sense = ""
		return f
	}
	d := *a.Nats - *b.Nats
	f.Nats, f.StdErr = &d, math.Hypot(a.StdErr, b.StdErr)
	if a.Bound {
		f.Sense = AtLeast
	} else if b.Bound {
		f.Sense = AtMost
	}
	return f
}

// otherRanges reports whether two networks' images have different ranges of values. Of a closed form the range is for show only.
func otherRanges(a, b *infer.Problem) bool {
	for _, p := range []*infer.Problem{a, b} {
		if _, closed := p.Prior.(exact.Distribution); closed || p.Range[0] == p.Range[1] {
			return false
		}
	}
	near := .01 * (a.Range[1] - a.Range[0])
	return math.Abs(a.Range[0]-b.Range[0]) > near || math.Abs(a.Range[1]-b.Range[1]) > near
}
