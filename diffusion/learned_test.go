package diffusion

import (
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion/internal/numtest"
)

// TestLearnedRange compares the mean and variance of one step, through LearnedVariance, with guided-diffusion's
// p_mean_variance in float32.
func TestLearnedRange(t *testing.T) {
	read := func(name string) []float64 { return numtest.Fixture(t, "schedules/pmv_ddim100_"+name) }
	x, out, index := read("x"), read("model_output"), read("t_index")
	mean, variance, logvar, x0 := read("mean"), read("variance"), read("log_variance"), read("pred_xstart")
	c := DefaultDDPM()
	c.Respacing, c.Variance = "ddim100", LearnedRange
	p := numtest.Must(c.Build())
	batch := len(index)
	n := len(x) / batch
	ch := 2
	side := 4
	if n != ch*side*side || len(out) != 2*len(x) {
		t.Fatalf("%d samples of %d elements", batch, n)
	}
	u, sigma := make([]float64, len(x)), make([]float64, batch)
	for b := range sigma {
		i := int(index[b])
		sigma[b] = p.Ratio(i)
		scale(u[b*n:(b+1)*n], x[b*n:(b+1)*n], 1/math.Sqrt(p.AlphaBar[i]))
	}
	net := NetworkFunc(func(s *autodiff.Scope, in autodiff.Var, label []float64) autodiff.Var {
		got := make([]float64, len(x))
		in.CopyTo64(got)
		for k := range x {
			numtest.Within(t, "network input", got[k], x[k], 1e-6)
		}
		for b := range label {
			numtest.Within(t, "label", label[b], float64(p.Timestep[int(index[b])]), 0)
		}
		return s.Const64(autodiff.S(batch, 2*ch, side, side), out)
	})
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	den := LearnedVariance{net, Eps{p}, ch}
	dv, vv := den.DenoiseVariance(s, s.Const64(autodiff.S(batch, ch, side, side), u), sigma)
	d, v, z := make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
	dv.CopyTo64(d)
	vv.CopyTo64(v)
	clip(d, 1)
	got := append([]float64(nil), x...)
	for b := range sigma {
		lo, hi, i := b*n, (b+1)*n, int(index[b])
		p.step(i, got[lo:hi], d[lo:hi], v[lo:hi], z[lo:hi])
		for k := lo; k < hi; k++ {
			numtest.Within(t, "x0", d[k], x0[k], 2e-5)
			numtest.Within(t, "mean", got[k], mean[k], 2e-6*(1+math.Abs(mean[k])))
			numtest.Within(t, "log variance", p.LogVariance(i, v[k]), logvar[k], 2e-6*(1+math.Abs(logvar[k])))
			numtest.Near(t, "variance", math.Exp(p.LogVariance(i, v[k])), variance[k], 2e-5)
		}
	}
}

// TestVariances checks that the fixed variances are beta~ and beta, both with entry 0 held at beta~_1, and that v = -1
// and v = 1 reach them.
func TestVariances(t *testing.T) {
	c := DefaultDDPM()
	small := numtest.Must(c.Build())
	c.Variance = FixedLarge
	large := numtest.Must(c.Build())
	c.Variance = LearnedRange
	learned := numtest.Must(c.Build())
	for i := range small.Beta {
		want := math.Log(small.PosteriorVar[max(i, 1)])
		numtest.Within(t, "small", small.LogVariance(i, 0), want, 1e-12)
		numtest.Within(t, "learned, v = -1", learned.LogVariance(i, -1), want, 1e-12)
		if i > 0 {
			want = math.Log(small.Beta[i])
		}
		numtest.Within(t, "large", large.LogVariance(i, 0), want, 1e-12)
		numtest.Within(t, "learned, v = 1", learned.LogVariance(i, 1), math.Log(small.Beta[i]), 1e-12)
	}
}
