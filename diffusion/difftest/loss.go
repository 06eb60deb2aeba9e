package difftest

import (
	"math"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/rng"
)

// Loss fails t unless l returns one number, the mean over the batch of what each sample has alone under its own key,
// and is smaller for the denoiser of N(0.2, 0.3) than for the denoisers of N(0.2, 0.2) and N(0.2, 0.45) on the same
// 4,000 samples of N(0.2, 0.3), of two elements each, with the same noise.
func Loss(t TB, l diffusion.Loss) {
	t.Helper()
	if err := l.Validate(); err != nil {
		t.Errorf("%s: Validate: %v", l.Kind(), err)
		return
	}
	const n = 4000
	truth := prior(.2, .3, 2)
	x, keys := make([]float64, 2*n), make([]rng.Key, n)
	for b := range keys {
		keys[b] = rng.New(31).Split("image", b)
		truth.Sample(x[2*b:2*b+2], keys[b].Split("x", 0).Stream())
	}
	eval := func(d diffusion.Denoiser, lo, hi int) float64 {
		t.Helper()
		v := math.NaN()
		var err error
		func() {
			defer autodiff.Catch(&err)
			s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
			defer s.Close()
			y := l.Loss(s, d, s.Const64(autodiff.S(hi-lo, 2), x[2*lo:2*hi]), keys[lo:hi])
			if y.Size() != 1 {
				t.Errorf("%s: the loss has shape %v", l.Kind(), y.Shape())
				return
			}
			v = y.Scalar()
		}()
		if err != nil {
			t.Errorf("%s: %v", l.Kind(), err)
		}
		return v
	}
	best := eval(truth, 0, n)
	for _, c := range []float64{.2, .45} {
		if v := eval(prior(.2, c, 2), 0, n); !(v > best) {
			t.Errorf("%s: the true denoiser has loss %g and a wrong one %g", l.Kind(), best, v)
		}
	}
	sum := 0.0
	for b := range 5 {
		sum += eval(truth, b, b+1) / 5
	}
	if v := eval(truth, 0, 5); !(math.Abs(v-sum) <= 1e-12*math.Abs(sum)) {
		t.Errorf("%s: 5 samples have loss %g, the mean of theirs alone is %g", l.Kind(), v, sum)
	}
}
