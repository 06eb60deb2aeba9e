package layers_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/internal/testkit"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/rng"
)

func convScore(t *testing.T, c layers.ConvScoreConfig) *layers.ConvScore {
	t.Helper()
	return must[*layers.ConvScore](t)(layers.NewConvScore(root(), c))
}

// ConvScore takes any extents, channels and number of axes, starts at zero, and uses every parameter.
func TestConvScoreTakesAnyShape(t *testing.T) {
	for _, c := range []struct {
		cfg layers.ConvScoreConfig
		in  autodiff.Shape
	}{
		{layers.DefaultConvScore(1), sh(2, 1, 8, 8)},
		{layers.DefaultConvScore(3), sh(1, 3, 7, 10)},
		{layers.DefaultConvScore(2), sh(1, 2, 1, 5)},
		{layers.ConvScoreConfig{In: 1, Dims: 1, Channels: []int{8, 12, 16}, Blocks: 1, Label: testLabel}, sh(2, 1, 13)},
		{layers.ConvScoreConfig{In: 2, Out: 4, Dims: 3, Channels: []int{8, 8}, Blocks: 1, Heads: 1, Label: testLabel}, sh(1, 2, 3, 5, 4)},
		{layers.ConvScoreConfig{In: 1, Dims: 2, Channels: []int{16}, Blocks: 2, Heads: 2, Label: testLabel}, sh(1, 1, 6, 5)},
	} {
		n := convScore(t, c.cfg)
		labels := testLabels[:c.in.Dim(0)]
		f := func(s *scope, x vr) vr { return n.Forward(s, x, labels) }
		want := c.in.With(1, n.Config().Out)
		if got, err := layers.OutShape(f, c.in); err != nil || got != want {
			t.Errorf("%v: planned shape %v, %v", c.in, got, err)
		}
		y, got := eval(autodiff.F32, c.in, testkit.Normals(c.in.Size(), "x"), f)
		if got != want {
			t.Errorf("%v gives %v, want %v", c.in, got, want)
		}
		for _, v := range y {
			if v != 0 {
				t.Fatalf("%v: the network starts with %v, want 0", c.in, v)
			}
		}
		layerstest.Randomize(n.Params(), rng.New(5), 0.1)
		reached(t, n.Params(), c.in, f)
	}
}

// reached fails for every trainable parameter whose gradient is zero.
func reached(t *testing.T, ps []*autodiff.Param, in autodiff.Shape, f func(*scope, vr) vr) {
	t.Helper()
	s := autodiff.NewArena().Scope(autodiff.Record, autodiff.F32)
	defer s.Close()
	y := f(s, s.Const64(in, testkit.Normals(in.Size(), "x")))
	var xs []vr
	var names []string
	for _, p := range ps {
		if p.Trainable() {
			xs, names = append(xs, s.Param(p)), append(names, p.Name())
		}
	}
	g := make([]vr, len(xs))
	s.Grad(s.SumAll(s.Square(y)), xs, g)
	for i := range g {
		v := testkit.Values(g[i])
		norm := 0.0
		for _, x := range v {
			norm += x * x
		}
		if !(norm > 0) || math.IsInf(norm, 0) {
			t.Errorf("gradient in %s has squared norm %v", names[i], norm)
		}
	}
}

func TestDefaultSizes(t *testing.T) {
	n := layers.Count(convScore(t, layers.DefaultConvScore(1)).Params())
	if n < 300_000 || n > 600_000 {
		t.Errorf("the default network has %d parameters, want 0.3 to 0.6 million", n)
	}
	t.Logf("default ConvScore: %d parameters", n)
}

// Initial values depend on the seed and the path alone.
func TestInitialValues(t *testing.T) {
	a, b := convScore(t, layers.DefaultConvScore(1)), convScore(t, layers.DefaultConvScore(1))
	for i, p := range a.Params() {
		if q := b.Params()[i]; p.Name() != q.Name() || !reflect.DeepEqual(p.Data(), q.Data()) {
			t.Fatalf("%s differs between two networks of one seed", p.Name())
		}
	}
	at := layers.Root(rng.New(1)).At("down.0").At("fc")
	first := must[*layers.Linear](t)(layers.NewLinear(at, layers.LinearConfig{In: 400, Out: 300}))
	w := first.Params()[0]
	if w.Name() != "down.0.fc.weight" {
		t.Errorf("name %q", w.Name())
	}
	// Uniform in +-1/sqrt(400): N = 120,000, variance 1/1200; the standard deviation of a square is sqrt(4/45)/400.
	mean, square := 0.0, 0.0
	for _, v := range w.Data() {
		if math.Abs(float64(v)) > 0.05+1e-9 {
			t.Fatalf("weight %v is beyond 1/sqrt(400)", v)
		}
		mean += float64(v) / 120000
		square += float64(v) * float64(v) / 120000
	}
	if math.Abs(mean) > 4*math.Sqrt(1./1200/120000) || math.Abs(square-1./1200) > 4*math.Sqrt(4./45)/400/math.Sqrt(120000) {
		t.Errorf("mean %v and mean square %v of uniform weights", mean, square)
	}
	for init, want := range map[layers.Init]float64{layers.Normal(0.3): 0.09, layers.FanAvg(1): 2. / 700, layers.FanIn(2): 2. / 400, layers.Zero(): 0} {
		square = 0
		for _, v := range at.Param("w", autodiff.S(300, 400), init).Data() {
			square += float64(v) * float64(v) / 120000
		}
		if math.Abs(square-want) > 4*want*math.Sqrt(2./120000) {
			t.Errorf("%v: mean square %v, want %v", init, square, want)
		}
	}
}

// Construction errors name the module and say what would be right.
func TestConstructionErrors(t *testing.T) {
	p := root().At("unet").At("down.3")
	net := layers.DefaultConvScore(1)
	for what, build := range map[string]func() error{
		"3 groups do not divide 8 channels": func() error {
			_, err := layers.NewGroupNorm(p, layers.GroupNormConfig{Channels: 8, Groups: 3, Eps: 1e-5})
			return err
		},
		"kernel []": func() error {
			_, err := layers.NewConv(p, layers.ConvConfig{In: 1, Out: 1})
			return err
		},
		"stride [2]: want 2 entries": func() error {
			_, err := layers.NewConv(p, layers.ConvConfig{In: 1, Out: 1, Kernel: []int{3, 3}, Stride: []int{2}})
			return err
		},
		"4 groups do not divide 6 channels into 8": func() error {
			_, err := layers.NewConv(p, layers.ConvConfig{In: 6, Out: 8, Kernel: []int{3}, Groups: 4})
			return err
		},
		"give both, or neither": func() error {
			_, err := layers.NewConv(p, layers.ConvConfig{In: 6, Out: 8, Kernel: []int{3}, PadLo: []int{1}})
			return err
		},
		"mid.attn: attention: 5 heads do not divide 64 channels": func() error {
			c := net
			c.Heads = 5
			_, err := layers.NewConvScore(p, c)
			return err
		},
		"unknown kind": func() error {
			c := net
			c.Label.Kind = "bessel"
			_, err := layers.NewConvScore(p, c)
			return err
		},
		"unknown packing": func() error {
			_, err := layers.NewSelfAttention(p, layers.SelfAttentionConfig{Channels: 8, Heads: 2, Groups: 2, Eps: 1e-5})
			return err
		},
		"unknown resample": func() error {
			_, err := layers.NewResBlock(p, layers.ResBlockConfig{In: 8, Out: 8, Dims: 2, Resample: "sideways"})
			return err
		},
		"unknown activation": func() error {
			_, err := layers.NewMLP(p, layers.MLPConfig{Sizes: []int{2, 2}, Act: "sine"})
			return err
		},
		"unknown distribution": func() error {
			_, err := layers.NewLinear(p, layers.LinearConfig{In: 2, Out: 2, Init: layers.Init{Dist: "cauchy"}})
			return err
		},
		"unknown mode": func() error {
			_, err := layers.NewFIR(p, layers.FIRConfig{Taps: []float64{1}, Dims: 1})
			return err
		},
		"at least two to resample": func() error {
			_, err := layers.NewFIR(p, layers.FIRConfig{Taps: []float64{1}, Dims: 1, Mode: "up"})
			return err
		},
		"dim even": func() error {
			_, err := layers.NewFourier(p, layers.FourierConfig{Dim: 3, Std: 1})
			return err
		},
		"leaves the divisor": func() error {
			_, err := layers.NewSinusoid(p, layers.SinusoidConfig{Dim: 4, Shift: 2})
			return err
		},
		"momentum": func() error {
			_, err := layers.NewBatchNorm(p, layers.BatchNormConfig{Features: 1, Eps: 1, Momentum: 2})
			return err
		},
	} {
		err := build()
		var e *layers.Error
		if !errors.As(err, &e) || !strings.HasPrefix(e.Module, "unet.down.3") || !strings.Contains(err.Error(), what) {
			t.Errorf("error %v: want a *layers.Error at unet.down.3 that says %q", err, what)
		}
	}
	lin := must[*layers.Linear](t)(layers.NewLinear(p.At("0"), layers.LinearConfig{In: 3, Out: 4}))
	two := must[*layers.Linear](t)(layers.NewLinear(p.At("1"), layers.LinearConfig{In: 5, Out: 4}))
	_, err := layers.NewSequential(p, sh(1, 3), lin, two)
	if err == nil || !strings.Contains(err.Error(), "unet.down.3.1") || !strings.Contains(err.Error(), "[1,4]") {
		t.Errorf("layers that do not fit: %v", err)
	}
}

func TestConfigsRoundTripThroughJSON(t *testing.T) {
	want := layers.DefaultConvScore(3)
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got layers.ConvScoreConfig
	if err := json.Unmarshal(b, &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%s gives %+v, %v", b, got, err)
	}
}

// Values and gradients have the same bits on one worker and on two.
func TestWorkersDoNotChangeBits(t *testing.T) {
	n := convScore(t, layers.DefaultConvScore(1))
	layerstest.Randomize(n.Params(), rng.New(5), 0.1)
	in := sh(2, 1, 16, 16)
	run := func(workers int) (out []float64) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
		s := autodiff.NewArena().Scope(autodiff.Record, autodiff.F32)
		defer s.Close()
		x := s.Watch(s.Const64(in, testkit.Normals(in.Size(), "x")))
		y := n.Forward(s, x, testLabels[:2])
		out = make([]float64, 2*in.Size())
		y.CopyTo64(out[:in.Size()])
		s.Grad1(s.SumAll(s.Square(y)), x).CopyTo64(out[in.Size():])
		return out
	}
	if one, two := run(1), run(2); !reflect.DeepEqual(one, two) {
		t.Error("one worker and two differ")
	}
}
