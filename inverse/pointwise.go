package inverse

import (
	"maps"
	"math"
	"slices"

	"tweedie/autodiff"
	"tweedie/internal/config"
)

// PointwiseConfig describes y_i = f(x_i). Behind or before another operator it stands in compose.
//
//	function  f(x)             domain     f'(x)
//	exp       exp(x)           all        exp(x)
//	log       log(x)           x > 0      1/x
//	log1p     log(1+x)         x > -1     1/(1+x)
//	square    x^2              all        2x
//	sqrt      sqrt(x)          x >= 0     1/(2 sqrt(x)), and 0 at 0
//	power     x^p              x >= 0     p x^(p-1), and 0 at 0 when p < 1; x > 0 when p < 0, and all x when p is whole and positive
//	abs       |x|              all        sign(x), and 0 at 0
//	relu      max(x, 0)        all        1 above 0, and 0 from 0 down
//	sigmoid   1/(1+exp(-x))    all        f (1-f)
//	tanh      tanh(x)          all        1 - f^2
//
// Outside of its domain f and f' are NaN, which a run refuses as a number that is not finite.
type PointwiseConfig struct {
	Function string `json:"function"`
	// Exponent is p of power.
	Exponent float64 `json:"exponent,omitempty"`
}

// curve is a function and its derivative.
type curve struct{ value, slope func(x float64) float64 }

// curves are the functions without a parameter.
var curves = map[string]curve{
	"exp":    {math.Exp, math.Exp},
	"log":    {math.Log, func(x float64) float64 { return within(x > 0, 1/x) }},
	"log1p":  {math.Log1p, func(x float64) float64 { return within(x > -1, 1/(1+x)) }},
	"square": {func(x float64) float64 { return x * x }, func(x float64) float64 { return 2 * x }},
	"sqrt":   power(.5),
	"abs": {math.Abs, func(x float64) float64 {
		if x == 0 {
			return 0
		}
		return math.Copysign(1, x)
	}},
	"relu": {func(x float64) float64 { return max(x, 0) }, func(x float64) float64 {
		if x > 0 {
			return 1
		}
		return 0
	}},
	"sigmoid": {sigmoid, func(x float64) float64 { return sigmoid(x) * sigmoid(-x) }},
	"tanh": {math.Tanh, func(x float64) float64 {
		s := 1 / math.Cosh(x)
		return s * s
	}},
}

// within returns v inside of a domain, and NaN outside.
func within(inside bool, v float64) float64 {
	if inside {
		return v
	}
	return math.NaN()
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// power returns x^p.
func power(p float64) curve {
	everywhere := p > 0 && p == math.Trunc(p)
	inside := func(x float64) bool { return everywhere || x > 0 || x == 0 && p > 0 }
	return curve{
		value: func(x float64) float64 { return within(inside(x), math.Pow(x, p)) },
		slope: func(x float64) float64 {
			if x == 0 && p > 0 && p < 1 {
				return 0
			}
			return within(inside(x), p*math.Pow(x, p-1))
		},
	}
}

// Kind returns "pointwise".
func (PointwiseConfig) Kind() string { return "pointwise" }

// Validate names the field that is wrong.
func (c PointwiseConfig) Validate(autodiff.Shape) error {
	k := config.Check("pointwise")
	k.Name("function", c.Function, append(slices.Sorted(maps.Keys(curves)), "power")...)
	if c.Function == "power" {
		k.Float("exponent", c.Exponent, -mostExponent, mostExponent)
		k.That(c.Exponent != 0, "exponent", 0, "be another number, since x^0 says nothing about x")
	} else {
		k.That(c.Exponent == 0, "exponent", c.Exponent, "be left out, unless the function is power")
	}
	return k.Err()
}

// mostExponent bounds the size of an exponent.
const mostExponent = 64

// Build returns a *Pointwise for images of shape in.
func (c PointwiseConfig) Build(in autodiff.Shape) (Operator, error) {
	if err := c.Validate(in); err != nil {
		return nil, err
	}
	f, ok := curves[c.Function]
	if !ok {
		f = power(c.Exponent)
	}
	return &Pointwise{Base: BaseOf(c, in, in), f: f}, nil
}

// Pointwise applies one function to every entry.
type Pointwise struct {
	Base
	f curve
}

// Apply sets dst_i = f(x_i).
func (o *Pointwise) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	for i, v := range x {
		dst[i] = o.f.value(v)
	}
}

// VJP sets dst_i = f'(x_i) ct_i.
func (o *Pointwise) VJP(dst, x, ct []float64) {
	o.CheckAdjoint(dst, ct)
	checkLen(o.Name(), "x", len(x), len(dst))
	for i, v := range x {
		dst[i] = o.f.slope(v) * ct[i]
	}
}

// JVP sets dst_i = f'(x_i) v_i.
func (o *Pointwise) JVP(dst, x, v []float64) bool {
	o.CheckJVP(dst, x, v)
	for i, t := range v {
		dst[i] = o.f.slope(x[i]) * t
	}
	return true
}

func init() { Register(PointwiseConfig{}) }
