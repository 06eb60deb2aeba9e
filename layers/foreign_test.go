package layers_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/internal/testkit"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/rng"
)

// Separate projections, in either layout, give the same as the fused projection of the same numbers.
func TestAttentionApartIsFused(t *testing.T) {
	const ch, n = 6, 4
	x := testkit.Normals(2*ch*n, "x")
	fused := must[*layers.SelfAttention](t)(layers.NewSelfAttention(root().At("a"), layers.SelfAttentionConfig{Channels: ch, Heads: 2, Packing: layers.QKVHead, Groups: 3, Eps: 1e-5}))
	layerstest.Randomize(fused.Params(), rng.New(5), 0.5)
	want, _ := eval(autodiff.F64, sh(2, ch, n), x, fused.Forward)
	from := named(fused, "a")
	for layout, names := range map[layers.Layout][2]string{layers.OutIn: {"weight", "bias"}, layers.InOut: {"W", "b"}} {
		apart := must[*layers.SelfAttention](t)(layers.NewSelfAttention(root().At("a"), layers.SelfAttentionConfig{Channels: ch, Heads: 2, Layout: layout, Groups: 3, Eps: 1e-5}))
		to := named(apart, "a")
		fill := func(name string, from []float32, turn bool) {
			p := to[name]
			p.Touch()
			for i, v := range from {
				if turn {
					i = i%ch*ch + i/ch
				}
				p.Data()[i] = v
			}
		}
		for _, k := range []string{"norm.weight", "norm.bias"} {
			fill(k, from[k].Data(), false)
		}
		for i, part := range []string{"q", "k", "v"} {
			fill(part+"."+names[0], from["qkv.weight"].Data()[i*ch*ch:(i+1)*ch*ch], layout == layers.InOut)
			fill(part+"."+names[1], from["qkv.bias"].Data()[i*ch:(i+1)*ch], false)
		}
		fill("proj."+names[0], from["proj.weight"].Data(), layout == layers.InOut)
		fill("proj."+names[1], from["proj.bias"].Data(), false)
		got, _ := eval(autodiff.F64, sh(2, ch, n), x, apart.Forward)
		testkit.Near(t, "attention "+string(layout), got, want, 1e-12)
	}
}

// Without a norm, zero queries average the values over all positions.
func TestAttentionWithoutNorm(t *testing.T) {
	a := must[*layers.SelfAttention](t)(layers.NewSelfAttention(root().At("a"), layers.SelfAttentionConfig{Channels: 1, Heads: 1, NoNorm: true, Layout: layers.OutIn}))
	for name, v := range map[string]float32{"q.weight": 0, "k.weight": 1, "v.weight": 2, "proj.weight": 3} {
		p := named(a, "a")[name]
		p.Data()[0] = v
		p.Touch()
	}
	got, _ := eval(autodiff.F64, sh(1, 1, 3), []float64{1, 2, 6}, a.Forward)
	testkit.Near(t, "attention", got, []float64{1 + 18, 2 + 18, 6 + 18}, 1e-12)
}

// FIRConv agrees with its definitions: filter, then convolve with stride 2; or put zeros between, convolve, and
// filter.
func TestFIRConvIsFilterAndConv(t *testing.T) {
	x := testkit.Normals(6, "x")
	conv := func(x, w []float64, stride int) (y []float64) { // a correlation, without padding
		for i := 0; i+3 <= len(x); i += stride {
			y = append(y, x[i]*w[0]+x[i+1]*w[1]+x[i+2]*w[2])
		}
		return y
	}
	for _, c := range []struct {
		mode   string
		taps   []float64
		lo, hi int
	}{{"down", []float64{1, 2, 3, 2}, 2, 2}, {"up", []float64{1, 2, 3, 2}, 1, 1}, {"down", []float64{1, 2, 4, 3, 2}, 3, 2}, {"up", []float64{1, 2, 4, 3, 2}, 2, 1}} {
		mode, taps, k, sum := c.mode, c.taps, slices.Clone(c.taps), 0.0
		for _, v := range taps {
			sum += v
		}
		for i := range k {
			k[i] /= sum
		}
		l := must[*layers.FIRConv](t)(layers.NewFIRConv(root().At("c"), layers.FIRConvConfig{In: 1, Out: 1, Taps: taps, Dims: 1, Mode: mode}))
		layerstest.Randomize(l.Params(), rng.New(5), 0.5)
		p := named(l, "c")
		w, bias := make([]float64, 3), float64(p["bias"].Data()[0])
		for i, v := range p["weight"].Data() {
			w[i] = float64(v)
		}
		var want []float64
		if mode == "down" {
			want = conv(upfirdn(x, k, 1, 1, c.lo, c.hi), w, 2)
		} else {
			spread := []float64{0, 0}
			for _, v := range x {
				spread = append(spread, v, 0)
			}
			want = upfirdn(conv(append(spread, 0), w, 1), k, 1, 1, c.lo, c.hi)
			for i := range want {
				want[i] *= 2
			}
		}
		for i := range want {
			want[i] += bias
		}
		got, shape := eval(autodiff.F64, sh(1, 1, 6), x, l.Forward)
		if n := map[string]int{"down": 3, "up": 12}[mode]; shape.Dim(2) != n {
			t.Errorf("%s: %d positions, want %d", mode, shape.Dim(2), n)
		}
		testkit.Near(t, mode, got, want, 1e-6)
	}
}

// ResBlock agrees with ops for FIR resampling before conv1 and on the skip, a convolved skip, groups of its own and
// another nonlinearity.
func TestResBlockVariants(t *testing.T) {
	x := testkit.Normals(4*6, "x")
	fir := must[*layers.FIR](t)(layers.NewFIR(root(), layers.FIRConfig{Taps: []float64{1, 3, 3, 1}, Dims: 1, Mode: "down"}))
	b := must[*layers.ResBlock](t)(layers.NewResBlock(root().At("b"), layers.ResBlockConfig{In: 4, Out: 4, Dims: 1, GroupsIn: 4, Groups: 2, Act: "relu",
		Skip: true, SkipLayout: layers.InOut, Resample: "down", Taps: []float64{1, 3, 3, 1}}))
	layerstest.Randomize(b.Params(), rng.New(5), 0.5)
	p := named(b, "b")
	got, _ := eval(autodiff.F64, sh(1, 4, 6), x, func(s *scope, v vr) vr { return b.Forward(s, v, vr{}) })
	want, _ := eval(autodiff.F64, sh(1, 4, 6), x, func(s *scope, v vr) vr {
		conv := func(name string, v vr) vr {
			return s.AddChannel(s.Conv(v, s.Param(p[name+".weight"]), autodiff.SamePad(3)), s.Param(p[name+".bias"]))
		}
		norm := func(name string, v vr, groups int) vr {
			return s.ReLU(s.GroupNorm(v, s.Param(p[name+".weight"]), s.Param(p[name+".bias"]), groups, 1e-5, false))
		}
		h := conv("conv1", fir.Forward(s, norm("norm1", v, 4)))
		skip := s.MatMul(s.Param(p["skip.W"]), s.Reshape(fir.Forward(s, v), sh(4, 3)), true, false)
		return s.Add(s.AddChannel(s.Reshape(skip, sh(1, 4, 3)), s.Param(p["skip.b"])), conv("conv2", norm("norm2", h, 2)))
	})
	testkit.Near(t, "block", got, want, 1e-10)
}

func TestActivationValues(t *testing.T) {
	at := []float64{-2, -0.5, 0, 1.5}
	for name, f := range map[layers.Activation]func(x float64) float64{
		"elu":   func(x float64) float64 { return math.Max(x, 0) + math.Expm1(math.Min(x, 0)) },
		"lrelu": func(x float64) float64 { return math.Max(x, 0.2*x) },
	} {
		var want []float64
		for _, x := range at {
			want = append(want, f(x))
		}
		got, _ := eval(autodiff.F64, sh(4), at, func(s *scope, v vr) vr { return name.Apply(s, v) })
		testkit.Near(t, string(name), got, want, 1e-14)
	}
}

func TestForeignPartsErrors(t *testing.T) {
	p := root().At("net")
	for what, build := range map[string]func() error{
		`unknown layout "hwio"`: func() error {
			_, err := layers.NewPointwise(p, layers.PointwiseConfig{In: 1, Out: 1, Layout: "hwio"})
			return err
		},
		"want both positive": func() error {
			_, err := layers.NewPointwise(p, layers.PointwiseConfig{In: 1, Layout: layers.InOut})
			return err
		},
		"unknown mode": func() error {
			_, err := layers.NewFIRConv(p, layers.FIRConvConfig{In: 1, Out: 1, Dims: 1, Taps: []float64{1, 1}})
			return err
		},
		"four to go up": func() error {
			_, err := layers.NewFIRConv(p, layers.FIRConvConfig{In: 1, Out: 1, Dims: 1, Taps: []float64{1, 1}, Mode: "up"})
			return err
		},
		"unknown activation": func() error {
			_, err := layers.NewResBlock(p, layers.ResBlockConfig{In: 4, Out: 4, Dims: 1, Act: "sine"})
			return err
		},
	} {
		err := build()
		var e *layers.Error
		if !errors.As(err, &e) || !strings.HasPrefix(e.Module, "net") || !strings.Contains(err.Error(), what) {
			t.Errorf("error %v: want a *layers.Error that says %q", err, what)
		}
	}
}
