package layers_test

import (
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/autodiff/gradtest"
	"tweedie/internal/testkit"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/rng"
)

func TestDropoutDerivatives(t *testing.T) {
	gradtest.Check(t, gradtest.Case{Name: "dropout", In: []autodiff.Shape{sh(3, 4, 5)},
		F: func(s *scope, x []vr) vr {
			c := s.Child()
			y := c.Square(layers.Dropout(c, c.Square(x[0]), layers.Seeds(c, rng.New(3), 3), 0.4, 1))
			c.Close(y)
			return y
		}})
}

// masks returns Dropout of ones with the given seed, samples and site, in element type dt.
func masks(dt autodiff.DType, seed uint64, b, n int, p float64, site int) []float64 {
	s := autodiff.NewArena().Scope(autodiff.Eval, dt)
	defer s.Close()
	y := make([]float64, b*n)
	layers.Dropout(s, s.Ones(sh(b, n)), layers.Seeds(s, rng.New(seed), b), p, site).CopyTo64(y)
	return y
}

// TestDropoutMasks: for N = 400,000 elements the kept fraction lies within 4 standard errors of 1 - p, values are 0
// and 1/(1-p), and nothing is correlated along the sample or between samples, sites and seeds; a sample's mask is the
// same in any batch and in float32.
func TestDropoutMasks(t *testing.T) {
	const b, n, p = 4, 100_000, 0.3
	y := masks(autodiff.F64, 1, b, n, p, 2)
	kept := 0.0
	for _, v := range y {
		if v != 0 && math.Abs(v-1/(1-p)) > 1e-15 {
			t.Fatalf("value %v: want 0 or 1/(1-p)", v)
		}
		if v != 0 {
			kept++
		}
	}
	if se := math.Sqrt(p * (1 - p) / (b * n)); math.Abs(kept/(b*n)-(1-p)) > 4*se {
		t.Errorf("kept %v: want %v within %v (N = %d)", kept/(b*n), 1-p, 4*se, b*n)
	}
	uncorrelated := func(what string, u, v []float64) {
		t.Helper()
		c := 0.0
		for i := range u {
			c += (u[i] - 1) * (v[i] - 1)
		}
		if se := p / (1 - p) / math.Sqrt(float64(len(u))); math.Abs(c/float64(len(u))) > 4*se {
			t.Errorf("masks of %s: covariance %v, want 0 within %v (N = %d)", what, c/float64(len(u)), 4*se, len(u))
		}
	}
	uncorrelated("neighbours", y[:n-1], y[1:n])
	uncorrelated("samples", y[:n], y[n:2*n])
	uncorrelated("sites", y, masks(autodiff.F64, 1, b, n, p, 3))
	uncorrelated("seeds", y, masks(autodiff.F64, 2, b, n, p, 2))
	alone, single := masks(autodiff.F64, 1, 1, n, p, 2), masks(autodiff.F32, 1, b, n, p, 2)
	for i, v := range alone {
		if y[i] != v {
			t.Fatalf("element %d of sample 0 is %v in a batch of %d and %v alone", i, y[i], b, v)
		}
	}
	for i, v := range single {
		if (v == 0) != (y[i] == 0) {
			t.Fatalf("element %d is %v in float64 and %v in float32", i, y[i], v)
		}
	}
}

func TestResBlockDropout(t *testing.T) {
	build := func(p float64) *layers.ResBlock {
		return must[*layers.ResBlock](t)(layers.NewResBlock(root(), layers.ResBlockConfig{In: 8, Out: 8, Dims: 1, Dropout: p}))
	}
	value := func(b *layers.ResBlock, train bool) float64 {
		s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
		defer s.Close()
		x := s.Const64(sh(1, 8, 6), testkit.Normals(48, "x"))
		var seeds vr
		if train {
			seeds = layers.Seeds(s, rng.New(1), 1)
		}
		return s.MeanAll(s.Square(b.ForwardTrain(s, x, vr{}, seeds, 0))).Scalar()
	}
	plain, half := build(0), build(0.5)
	if a, b := value(plain, false), value(half, false); a != b {
		t.Errorf("dropout changes an evaluation: %v became %v", a, b)
	}
	if a, b := value(plain, true), value(half, true); a == b {
		t.Error("training with dropout gives the value without it")
	}
	if _, err := layers.NewResBlock(root(), layers.ResBlockConfig{In: 8, Out: 8, Dims: 1, Dropout: 1}); err == nil {
		t.Error("dropout 1 is accepted")
	}
}

// TestNamedAndBlankPaths: parts take another project's names, and parameters have no storage until they are written.
func TestNamedAndBlankPaths(t *testing.T) {
	p := layers.Root(rng.New(1)).Named(map[string]string{"norm1": "in_layers.0", "conv": "other"}).Blank()
	b := must[*layers.ResBlock](t)(layers.NewResBlock(p.At("net"), layers.ResBlockConfig{In: 4, Out: 4, Dims: 1}))
	if got := b.Params()[0].Name(); got != "net.in_layers.0.weight" {
		t.Errorf("the norm's weight is called %q", got)
	}
	if got := b.Params()[2].Name(); got != "net.conv1.weight" {
		t.Errorf("conv1's weight is called %q", got)
	}
	f := func(s *scope, x vr) vr { return b.Forward(s, x, vr{}) }
	if out, err := layers.OutShape(f, sh(2, 4, 6)); err != nil || out != sh(2, 4, 6) {
		t.Errorf("planned shape %v, %v", out, err)
	}
	run := func() (err error) {
		defer autodiff.Catch(&err)
		s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
		defer s.Close()
		f(s, s.Zeros(sh(2, 4, 6)))
		return nil
	}
	if run() == nil {
		t.Error("a network without values was evaluated")
	}
	layerstest.Randomize(b.Params(), rng.New(6), 0.1)
	if err := run(); err != nil {
		t.Error(err)
	}
}
