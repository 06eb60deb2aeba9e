package layers_test

import (
	"reflect"
	"testing"

	"tweedie/autodiff"
	"tweedie/internal/testkit"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/rng"
)

// named returns the parameters of m by their names below path.
func named(m layers.Module, path string) map[string]*autodiff.Param {
	ps := map[string]*autodiff.Param{}
	for _, p := range m.Params() {
		ps[p.Name()[len(path)+1:]] = p
	}
	return ps
}

// ResBlock agrees with the formulas of its doc comment, written out in ops on unfused norms.
func TestResBlockFormula(t *testing.T) {
	for _, c := range []layers.ResBlockConfig{
		{In: 8, Out: 4, Emb: 5, Dims: 2, Groups: 2, ScaleShift: true, EmbSiLU: true, Resample: "up", Scale: layers.SqrtHalf},
		{In: 8, Out: 8, Emb: 5, Dims: 2, Groups: 4, Eps: 1e-2, Resample: "down"},
		{In: 8, Out: 8, Dims: 2},
		{In: 8, Out: 8, Dims: 2, Resample: "up", Taps: []float64{1, 3, 3, 1}},
	} {
		b := must[*layers.ResBlock](t)(layers.NewResBlock(root().At("b"), c))
		layerstest.Randomize(b.Params(), rng.New(5), 0.5)
		p := named(b, "b")
		emb := testkit.Normals(10, "e")
		x := testkit.Normals(2*8*4*6, "x")
		embedding := func(s *scope) (e vr) {
			if c.Emb > 0 {
				e = s.Const64(sh(2, 5), emb)
			}
			return e
		}
		got, shape := eval(autodiff.F64, sh(2, 8, 4, 6), x, func(s *scope, v vr) vr { return b.Forward(s, v, embedding(s)) })
		want, wantShape := eval(autodiff.F64, sh(2, 8, 4, 6), x, func(s *scope, v vr) vr {
			conv := func(name string, v vr) vr {
				w := s.Param(p[name+".weight"])
				return s.AddChannel(s.Conv(v, w, autodiff.SamePad(w.Dim(2))), s.Param(p[name+".bias"]))
			}
			norm := func(name string, v vr) vr {
				groups, eps := c.Groups, c.Eps
				if groups == 0 {
					groups = 2
				}
				if eps == 0 {
					eps = 1e-5
				}
				return s.GroupNorm(v, s.Param(p[name+".weight"]), s.Param(p[name+".bias"]), groups, eps, false)
			}
			resample := func(v vr) vr {
				switch {
				case c.Taps != nil:
					return must[*layers.FIR](t)(layers.NewFIR(root(), layers.FIRConfig{Taps: c.Taps, Dims: 2, Mode: c.Resample})).Forward(s, v)
				case c.Resample == "up":
					return s.UpNearest(v, 2)
				case c.Resample == "down":
					return s.AvgPool(v, 2)
				}
				return v
			}
			h := conv("conv1", resample(s.SiLU(norm("norm1", v))))
			if c.Emb == 0 {
				h = norm("norm2", h)
			} else {
				e := embedding(s)
				if c.EmbSiLU {
					e = s.SiLU(e)
				}
				a := s.Add(s.MatMul(e, s.Param(p["emb.weight"]), false, true), s.Param(p["emb.bias"]))
				if c.ScaleShift {
					scale, shift := s.Slice(a, 1, 0, c.Out), s.Slice(a, 1, c.Out, 2*c.Out)
					h = norm("norm2", h)
					h = s.Add(s.Add(h, s.Mul(h, s.Reshape(scale, sh(2, c.Out, 1, 1)))), s.Reshape(shift, sh(2, c.Out, 1, 1)))
				} else {
					h = norm("norm2", s.Add(h, s.Reshape(a, sh(2, c.Out, 1, 1))))
				}
			}
			h = conv("conv2", s.SiLU(h))
			v = resample(v)
			if c.In != c.Out {
				v = conv("skip", v)
			}
			y := s.Add(v, h)
			if c.Scale != 0 {
				y = s.Scale(y, c.Scale)
			}
			return y
		})
		if shape != wantShape {
			t.Fatalf("shape %v, want %v", shape, wantShape)
		}
		testkit.Near(t, "residual block", got, want, 1e-10)
	}
}

// Label agrees with e = silu(W1 silu(W0 f)), attention with its scale, and UpConv with a cut of the doubled image.
func TestSmallFormulas(t *testing.T) {
	l := must[*layers.Label](t)(layers.NewLabel(root().At("l"), layers.LabelConfig{Kind: "sinusoid", Dim: 4, Width: 3}))
	layerstest.Randomize(l.Params(), rng.New(5), 0.5)
	p := named(l, "l")
	got, _ := eval(autodiff.F64, sh(1), []float64{0}, func(s *scope, _ vr) vr { return l.Forward(s, []float64{2.5, 700}) })
	want, _ := eval(autodiff.F64, sh(1), []float64{0}, func(s *scope, _ vr) vr {
		f := must[*layers.Sinusoid](t)(layers.NewSinusoid(root(), layers.SinusoidConfig{Dim: 4})).Forward(s, []float64{2.5, 700})
		for _, k := range []string{"mlp.0", "mlp.2"} {
			f = s.SiLU(s.Add(s.MatMul(f, s.Param(p[k+".weight"]), false, true), s.Param(p[k+".bias"])))
		}
		return f
	})
	testkit.Near(t, "label", got, want, 1e-12)

	x := testkit.Normals(2*8*4, "x")
	cfg := layers.SelfAttentionConfig{Channels: 8, Heads: 2, Packing: layers.HeadD, Groups: 2, Eps: 1e-5}
	var y [2][]float64
	for i, scale := range []float64{0, 0.25} {
		cfg.Scale = scale
		a := must[*layers.SelfAttention](t)(layers.NewSelfAttention(root(), cfg))
		y[i], _ = eval(autodiff.F64, sh(2, 8, 4), x, a.Forward)
	}
	for i := range y[0] {
		y[0][i] /= 4
	}
	testkit.Near(t, "scaled attention", y[1], y[0], 1e-12)
	cfg.Init, cfg.Scale = layers.Zero(), 0
	a := must[*layers.SelfAttention](t)(layers.NewSelfAttention(root(), cfg))
	z, _ := eval(autodiff.F64, sh(2, 8, 4), x, a.Forward)
	testkit.Near(t, "attention with a zero projection", z, x, 0)

	u := must[*layers.UpConv](t)(layers.NewUpConv(root(), layers.UpConvConfig{In: 1, Out: 1, Dims: 1}))
	copy(u.Params()[0].Data(), []float32{0, 1, 0})
	u.Params()[0].Touch()
	v, _ := eval(autodiff.F64, sh(1, 1, 3), []float64{1, 2, 3}, func(s *scope, v vr) vr { return u.ForwardLike(s, v, s.Zeros(sh(1, 1, 5))) })
	testkit.Near(t, "cut", v, []float64{1, 1, 2, 2, 3}, 0)
	copy(u.Params()[0].Data(), []float32{1, 1, 2})
	u.Params()[0].Touch()
	v, _ = eval(autodiff.F64, sh(1, 1, 3), []float64{1, 2, 3}, func(s *scope, v vr) vr { return u.ForwardLike(s, v, s.Zeros(sh(1, 1, 5))) })
	testkit.Near(t, "cut before the convolution", v, []float64{3, 6, 7, 10, 5}, 0)
}

// Repetition before a convolution is part of it: arrays of upsampled images are made only for an UpConv that cuts and
// for the skip of a block.
func TestUpsamplingIsPartOfTheConvolution(t *testing.T) {
	up := must[*layers.UpConv](t)(layers.NewUpConv(root(), layers.UpConvConfig{In: 4, Out: 4, Dims: 2}))
	block := must[*layers.ResBlock](t)(layers.NewResBlock(root(), layers.ResBlockConfig{In: 4, Out: 4, Dims: 2, Resample: "up"}))
	for _, c := range []struct {
		name string
		want int
		f    func(s *scope, x vr) vr
	}{
		{"UpConv", 0, up.Forward},
		{"UpConv like twice", 0, func(s *scope, x vr) vr { return up.ForwardLike(s, x, s.Zeros(sh(1, 4, 6, 10))) }},
		{"UpConv like less", 1, func(s *scope, x vr) vr { return up.ForwardLike(s, x, s.Zeros(sh(1, 4, 6, 9))) }},
		{"ResBlock", 1, func(s *scope, x vr) vr { return block.Forward(s, x, vr{}) }},
	} {
		a, got := autodiff.NewArena(), 0
		a.Trace(func(c *autodiff.Call, _ string) {
			if c.Op().Name == "up_nearest" {
				got++
			}
		})
		s := a.Scope(autodiff.Eval, autodiff.F32)
		c.f(s, s.Full(sh(1, 4, 3, 5), 1))
		s.Close()
		if got != c.want {
			t.Errorf("%s repeats %d arrays, want %d", c.name, got, c.want)
		}
	}
}

// Two layers of one network start differently, and so do two networks of different seeds.
func TestPathsSeedTheirParameters(t *testing.T) {
	build := func(p layers.Path) []float32 {
		return must[*layers.Linear](t)(layers.NewLinear(p, layers.LinearConfig{In: 3, Out: 4})).Params()[0].Data()
	}
	first := build(root().At("a"))
	for _, p := range []layers.Path{root().At("b"), root(), root().At("a").At("a"), layers.Root(rng.New(2)).At("a")} {
		if reflect.DeepEqual(first, build(p)) {
			t.Errorf("%q starts as \"a\" does", p)
		}
	}
	if !reflect.DeepEqual(first, build(root().At("a"))) {
		t.Error("a path does not give the same values twice")
	}
}
