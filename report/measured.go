package report

import (
	"fmt"
	"slices"

	"tweedie/autodiff"
	"tweedie/inverse"
)

// partial is an operator some of whose entries are missing, as inverse.Restricted.
type partial interface {
	// Whole returns the shape of the measurement with all entries, and y in it with zeros for the missing ones.
	Whole(y []float64) (autodiff.Shape, []float64)
}

// measured returns a picture of the measurement where it is [H,W], images [C,H,W], or several of them, which are drawn one below the
// other; not of complex numbers. Values that are not in the units of an image, as counts are, get black and white of their own.
func (s Subject) measured() (p Picture, ok bool, err error) {
	shape, y := s.Lik.Op.OutShape(), s.Lik.Y
	note := ""
	lo, hi := s.Lo, s.Hi
	if least, most := slices.Min(y), slices.Max(y); least < lo-(hi-lo)/2 || most > hi+(hi-lo)/2 {
		lo, hi = least, most
		note = fmt.Sprintf("%.3g to %.3g", lo, hi)
	}
	var kept []float64
	if part, is := s.Lik.Op.(partial); is {
		shape, y = part.Whole(y)
		_, kept = part.Whole(slices.Repeat([]float64{1}, len(s.Lik.Y)))
		if note != "" {
			note += "; "
		}
		note += fmt.Sprintf("%d of %d entries are missing, and pixels without any are blue", len(y)-len(s.Lik.Y), len(y))
	}
	if _, pairs := inverse.ComplexShape(s.Lik.Op); pairs || shape.Rank() < 2 || shape.Rank() > 4 {
		return p, false, nil
	}
	c, h, w := 1, shape.Dim(shape.Rank()-2), shape.Dim(shape.Rank()-1)
	switch shape.Rank() {
	case 3:
		c = shape.Dim(0)
	case 4:
		h *= shape.Dim(0) * shape.Dim(1)
	}
	if h < 2 || w < 2 {
		return p, false, nil
	}
	p, err = NewPicture("measurement", c, h, w, y, lo, hi)
	p.Note = note
	if kept != nil {
		p.missing = unmeasured(kept, c, h*w)
	}
	return p, err == nil, err
}

// unmeasured says which pixels have no channel of which the entry is kept.
func unmeasured(kept []float64, c, plane int) []bool {
	m := make([]bool, plane)
	for i := range m {
		m[i] = true
		for k := range c {
			m[i] = m[i] && kept[k*plane+i] == 0
		}
	}
	return m
}
