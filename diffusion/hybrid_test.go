package diffusion_test

import (
	"math"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/rng"
)

// withVariance is the denoiser of a closed form with an interpolation v of its own for every step.
type withVariance struct {
	diffusion.Denoiser
	v  autodiff.Var // [1,1]; when it is zero, v is at
	at float64
}

func (w withVariance) DenoiseVariance(s *autodiff.Scope, u autodiff.Var, sigma []float64) (d, v autodiff.Var) {
	d = w.Denoise(s, u, sigma)
	if !w.v.IsZero() {
		return d, s.BroadcastTo(w.v, d.Shape())
	}
	return d, s.Full(d.Shape(), w.at)
}

// fixed adds the variance to every denoiser, so that the suite of losses can be run.
type fixed struct{ diffusion.Hybrid }

func (f fixed) Loss(s *autodiff.Scope, d diffusion.Denoiser, x autodiff.Var, keys []rng.Key) autodiff.Var {
	return f.Hybrid.Loss(s, withVariance{Denoiser: d, at: -.3}, x, keys)
}

// The gradient of the loss in v is that of the bound on a Gaussian prior, whose variance of x_(t-1) given x_t is known:
// N = 20,000 images of one pixel; 4 standard errors.
func TestHybridLearnsTheVariance(t *testing.T) {
	const n, std = 20000, .6
	prior, err := exact.NewDiagonalGaussian([]float64{.2}, []float64{std * std})
	if err != nil {
		t.Fatal(err)
	}
	l := diffusion.DefaultHybrid()
	l.Process.Steps, l.Process.BetaStart, l.Process.BetaEnd = 4, .0002, .001
	p, err := l.Process.Build()
	if err != nil {
		t.Fatal(err)
	}
	l.Weight = 1
	x, keys := make([]float64, n), make([]rng.Key, n)
	for i := range keys {
		keys[i] = rng.New(5).Split("image", i)
		prior.Sample(x[i:i+1], keys[i].Split("x", 0).Stream())
	}
	// slope returns the derivative of the expected loss in v, one for all steps, and the standard error of its estimate: a step
	// has about n/T images, and the square of a normal error has twice the variance of its own square.
	slope := func(v float64) (mean, se float64) {
		for i := range p.Len() {
			r2 := p.Ratio(i) * p.Ratio(i)
			w, post := p.PosteriorVar[i], std*std*r2/(std*std+r2) // post is the variance of x_0 given x_t
			half, inverse := (math.Log(p.Beta[i])-p.PosteriorLog[i])/2, math.Exp(-p.LogVariance(i, v))
			seen := half * p.CoefX0[i] * p.CoefX0[i] * post * inverse / 2
			mean += half*(1-w*inverse)/2 - seen
			se += (2*seen*seen + math.Pow(half*(1-w*inverse)/2-seen, 2)) * float64(p.Len()) / n
		}
		return mean, math.Sqrt(se)
	}
	for _, v := range []float64{-1, -.2, .7, 2} {
		s := autodiff.NewArena().Scope(autodiff.Record, autodiff.F64)
		in := s.Watch(s.Full(autodiff.S(1, 1), v))
		y := l.Loss(s, withVariance{Denoiser: prior, v: in}, s.Const64(autodiff.S(n, 1), x), keys)
		var g [1]autodiff.Var
		s.ChildMode(autodiff.Eval).GradLast(y, []autodiff.Var{in}, g[:])
		got := g[0].Float64s()[0]
		if want, se := slope(v); math.Abs(got-want) > 4*se {
			t.Errorf("v = %g: the slope is %g, want %g +- %g", v, got, want, se)
		}
		s.Close()
	}
}

// The denoiser learns from the squared error alone: its gradient does not depend on the weight of the bound.
func TestHybridTeachesTheMeanByTheError(t *testing.T) {
	grad := func(weight float64) float64 {
		l := diffusion.DefaultHybrid()
		l.Weight = weight
		s := autodiff.NewArena().Scope(autodiff.Record, autodiff.F64)
		defer s.Close()
		m := s.Watch(s.Full(autodiff.S(1, 1), .3))
		d := diffusion.DenoiserFunc(func(c *autodiff.Scope, u autodiff.Var, _ []float64) autodiff.Var { return c.Add(c.Scale(u, .5), m) })
		y := l.Loss(s, withVariance{Denoiser: d, at: .1}, s.Full(autodiff.S(3, 2), .4), []rng.Key{rng.New(1), rng.New(2), rng.New(3)})
		var g [1]autodiff.Var
		s.ChildMode(autodiff.Eval).GradLast(y, []autodiff.Var{m}, g[:])
		return g[0].Float64s()[0]
	}
	if a, b := grad(.001), grad(10); a != b || a == 0 {
		t.Errorf("the gradients are %g and %g", a, b)
	}
}

func TestHybridExplains(t *testing.T) {
	defer func() {
		err, _ := recover().(error)
		if err == nil || !strings.Contains(err.Error(), "twice the channels") {
			t.Errorf("a denoiser without a variance: %v", err)
		}
	}()
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	diffusion.DefaultHybrid().Loss(s, exact.Toy2D(), s.Zeros(autodiff.S(1, 2)), []rng.Key{rng.New(1)})
}
