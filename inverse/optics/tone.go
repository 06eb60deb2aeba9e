package optics

import (
	"math"

	"gonum.org/v1/gonum/interp"

	"tweedie/internal/config"
	"tweedie/inverse"
)

// Tone maps every datum of an operator A by one curve and clips it. Its Jacobian is that of A times a diagonal.
type Tone struct {
	inverse.Base
	op          inverse.Operator // linear or differentiable
	curve       func(u float64) (f, slope float64)
	gain, black float64
	low, high   float64
}

// at returns y at v = A x and its derivative.
func (o *Tone) at(v float64) (y, slope float64) {
	f, d := o.curve(o.gain * (v - o.black))
	switch {
	case f < o.low:
		return o.low, 0
	case f > o.high:
		return o.high, 0
	}
	return f, o.gain * d
}

// Apply sets dst = min(max(f(gain (A x - black)), low), high).
func (o *Tone) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	o.op.Apply(dst, x)
	for i, v := range dst {
		dst[i], _ = o.at(v)
	}
}

// VJP sets dst = A'(x)^T (y'(A x) ct).
func (o *Tone) VJP(dst, x, ct []float64) {
	o.CheckAdjoint(dst, ct)
	pulled := make([]float64, len(ct))
	o.op.Apply(pulled, x)
	for i, v := range pulled {
		_, slope := o.at(v)
		pulled[i] = slope * ct[i]
	}
	if d, ok := o.op.(inverse.Differentiable); ok {
		d.VJP(dst, x, pulled)
		return
	}
	o.op.(inverse.Linear).Adjoint(dst, pulled)
}

// JVP sets dst = y'(A x) A'(x) v.
func (o *Tone) JVP(dst, x, v []float64) bool {
	o.CheckJVP(dst, x, v)
	level := make([]float64, len(dst))
	o.op.Apply(level, x)
	ok := inverse.Push(o.op, dst, x, v)
	for i, u := range level {
		_, slope := o.at(u)
		dst[i] *= slope
	}
	return ok
}

// function returns the curve with its derivative.
func (c ToneConfig) function() (func(u float64) (f, slope float64), error) {
	switch c.Curve {
	case "gamma":
		return power(c.Gamma), nil
	case "srgb":
		return srgb, nil
	case "tanh":
		return func(u float64) (f, slope float64) {
			f = math.Tanh(u)
			return f, 1 - f*f
		}, nil
	case "table":
		return c.Table.function()
	}
	return func(u float64) (f, slope float64) { return u, 1 }, nil
}

// power returns sign(u) |u|^gamma, with a straight line up to |u| = 2^-10 when gamma is below 1.
func power(gamma float64) func(u float64) (f, slope float64) {
	const toe = 1. / 1024
	return func(u float64) (f, slope float64) {
		a := math.Abs(u)
		if gamma < 1 && a <= toe {
			slope = math.Pow(toe, gamma-1)
			return slope * u, slope
		}
		return math.Copysign(math.Pow(a, gamma), u), gamma * math.Pow(a, gamma-1)
	}
}

// srgb is the transfer function of IEC 61966-2-1: 12.92 u up to 0.0031308, then 1.055 u^(1/2.4) - 0.055.
func srgb(u float64) (f, slope float64) {
	a := math.Abs(u)
	if a <= .0031308 {
		return 12.92 * u, 12.92
	}
	return math.Copysign(1.055*math.Pow(a, 1/2.4)-.055, u), 1.055 / 2.4 * math.Pow(a, 1/2.4-1)
}

// function returns the curve through the points of the table.
func (t *ToneTable) function() (func(u float64) (f, slope float64), error) {
	var p interp.FritschButland
	if err := p.Fit(t.U, t.F); err != nil {
		return nil, config.Errorf("tone", "table", "no curve runs through the points: %v", err)
	}
	first, last := t.U[0], t.U[len(t.U)-1]
	return func(u float64) (f, slope float64) {
		if u < first || u > last {
			return p.Predict(u), 0
		}
		return p.Predict(u), p.PredictDerivative(u)
	}, nil
}
