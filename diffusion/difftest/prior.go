package difftest

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"

	"tweedie/diffusion"
	"tweedie/rng"
)

// Prior fails t unless p's gradient is the derivative of its value with the keys held fixed, to tol relative to the
// largest entry, by differences of step 1e-4; the bytes of a sample are the same alone and in any batch, on one
// processor or two, whether the gradient is asked for or not; slices of wrong lengths are errors; and the end of a
// context is returned as an error. Points are drawn from N(0, scale^2).
func Prior(t TB, p diffusion.Prior, scale, tol float64) {
	t.Helper()
	const n = 3
	d := p.Dim()
	x := make([]float64, n*d)
	rng.New(29).Stream().FillNorm(x)
	for i := range x {
		x[i] *= scale
	}
	keys := job(n, 0).Keys
	eval := func(x []float64, keys []rng.Key, grad []float64) []float64 {
		t.Helper()
		logp := make([]float64, len(x)/d)
		if err := p.LogProb(context.Background(), x, keys, logp, grad); err != nil {
			t.Errorf("LogProb: %v", err)
		}
		return logp
	}
	grad := make([]float64, n*d)
	old := runtime.GOMAXPROCS(1)
	all := eval(x, keys, grad)
	runtime.GOMAXPROCS(2)
	two := eval(x, keys, nil)
	runtime.GOMAXPROCS(old)
	if !slices.Equal(all, two) {
		t.Errorf("the value depends on GOMAXPROCS or on whether the gradient is asked for: %v, %v", all, two)
	}
	one := make([]float64, d)
	if v := eval(x[d:2*d], keys[1:2], one); v[0] != all[1] || !slices.Equal(one, grad[d:2*d]) {
		t.Errorf("a sample alone has another value or gradient than in a batch: %v, %v", v[0], all[1])
	}
	worst, size := 0.0, 0.0
	for i := range x {
		keep := x[i]
		fd := slope(func(v float64) float64 {
			x[i] = v
			return eval(x[i/d*d:(i/d+1)*d], keys[i/d:i/d+1], nil)[0]
		}, keep, 1e-4)
		x[i] = keep
		worst, size = math.Max(worst, math.Abs(grad[i]-fd)), math.Max(size, math.Abs(fd))
	}
	if !(worst <= tol*size) {
		t.Errorf("the gradient is off by %.2e of %.3g", worst, size)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.LogProb(ctx, x, keys, make([]float64, n), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended, the error is %v", err)
	}
	if p.LogProb(context.Background(), x, keys, make([]float64, n+1), nil) == nil {
		t.Errorf("a wrong number of values was accepted")
	}
	if p.LogProb(context.Background(), x, keys, make([]float64, n), make([]float64, 1)) == nil {
		t.Errorf("a wrong number of gradients was accepted")
	}
}
