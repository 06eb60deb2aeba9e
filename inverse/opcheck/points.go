package opcheck

import (
	"time"

	"gonum.org/v1/gonum/floats"

	"tweedie/inverse"
)

// cost times one application and one adjoint: the shortest of up to five, within a fifth of a second.
func (e *examination) cost() {
	y, x := make([]float64, e.m), make([]float64, e.n)
	e.ApplySeconds = shortest(func() { e.op.Apply(y, e.base) })
	back := "no adjoint"
	switch op := e.op.(type) {
	case inverse.Linear:
		e.AdjointSeconds = shortest(func() { op.Adjoint(x, y) })
		back = "the adjoint takes " + seconds(e.AdjointSeconds)
	case inverse.Differentiable:
		e.AdjointSeconds = shortest(func() { op.VJP(x, e.base, y) })
		back = "the VJP takes " + seconds(e.AdjointSeconds)
	}
	e.add("cost", Note, "", "A(x) takes %s, %s", seconds(e.ApplySeconds), back)
}

// seconds writes a time for people.
func seconds(s float64) string {
	return time.Duration(s * float64(time.Second)).Round(max(1, time.Duration(s*1e7))).String()
}

func shortest(run func()) float64 {
	const most = 200 * time.Millisecond
	best := time.Duration(1 << 62)
	for began, k := time.Now(), 0; k < 5 && (k == 0 || time.Since(began) < most); k++ {
		from := time.Now()
		run()
		best = min(best, time.Since(from))
	}
	return best.Seconds()
}

// points measures a point in the middle, one above on the left, and one below on the right, each in the middle channel.
func (e *examination) points() {
	dims := e.op.InShape().Dims(nil)
	at := e.apply(e.base)
	for _, part := range [][2]int{{2, 4}, {1, 4}, {3, 4}} {
		pixel := 0
		for axis, d := range dims {
			k := d * part[0] / part[1]
			if len(dims) > 2 && axis == 0 {
				k = d / 2
			}
			pixel = pixel*d + min(k, d-1)
		}
		r := Response{Pixel: pixel, Image: make([]float64, e.n)}
		r.Image[pixel] = 1
		x := append([]float64(nil), e.base...)
		x[pixel]++
		r.Measured = e.apply(x)
		floats.Sub(r.Measured, at)
		switch op := e.op.(type) {
		case inverse.Linear:
			r.Back = make([]float64, e.n)
			op.Adjoint(r.Back, r.Measured)
		case inverse.Differentiable:
			r.Back = make([]float64, e.n)
			op.VJP(r.Back, e.base, r.Measured)
		}
		e.Responses = append(e.Responses, r)
	}
}
