package layers_test

import (
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/internal/testkit"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/rng"
)

// root returns a path with a fixed seed.
func root() layers.Path { return layers.Root(rng.New(1)) }

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// eval returns f(x) in the given element type.
func eval(dt autodiff.DType, in autodiff.Shape, x []float64, f func(*scope, vr) vr) ([]float64, autodiff.Shape) {
	s := autodiff.NewArena().Scope(autodiff.Eval, dt)
	defer s.Close()
	y := f(s, s.Const64(in, x))
	return testkit.Values(y), y.Shape()
}

// Attention agrees with loops that index the fused projection as each packing says.
func TestAttendPackings(t *testing.T) {
	const b, heads, d, n = 2, 3, 4, 5
	x := testkit.Normals(b*3*heads*d*n, "qkv")
	for packing, channel := range map[layers.Packing]func(part, h, j int) int{
		layers.HeadQKV: func(part, h, j int) int { return (h*3+part)*d + j },
		layers.QKVHead: func(part, h, j int) int { return (part*heads+h)*d + j },
		layers.HeadD:   func(part, h, j int) int { return (h*d+j)*3 + part },
	} {
		at := func(i, part, h, j, pos int) float64 { return x[(i*3*heads*d+channel(part, h, j))*n+pos] }
		want := make([]float64, b*heads*d*n)
		for i := range b {
			for h := range heads {
				for q := range n {
					var w [n]float64
					sum := 0.0
					for k := range n {
						for j := range d {
							w[k] += at(i, 0, h, j, q) * at(i, 1, h, j, k) / math.Sqrt(d)
						}
						w[k] = math.Exp(w[k])
						sum += w[k]
					}
					for j := range d {
						for k := range n {
							want[((i*heads+h)*d+j)*n+q] += w[k] / sum * at(i, 2, h, j, k)
						}
					}
				}
			}
		}
		got, _ := eval(autodiff.F64, sh(b, 3*heads*d, n), x, func(s *scope, v vr) vr { return layers.Attend(s, v, heads, packing) })
		testkit.Near(t, string(packing), got, want, 1e-12)
	}
}

// upfirdn follows the definition: zeros after every sample, zero padding, correlation with the flipped kernel, every
// down-th sample.
func upfirdn(x, k []float64, up, down, lo, hi int) []float64 {
	var p []float64
	p = append(p, make([]float64, lo)...)
	for _, v := range x {
		p = append(p, v)
		p = append(p, make([]float64, up-1)...)
	}
	p = append(p, make([]float64, hi)...)
	var y []float64
	for i := 0; i+len(k) <= len(p); i += down {
		sum := 0.0
		for j := range k {
			sum += p[i+j] * k[len(k)-1-j]
		}
		y = append(y, sum)
	}
	return y
}

func TestFIRIsUpfirdn(t *testing.T) {
	for _, taps := range [][]float64{{1, 1}, {1, 3, 3, 1}, {1, 2, 4}, {1, 2, 3, 4, 5}} {
		n := len(taps)
		k, sum := make([]float64, n), 0.0
		for _, v := range taps {
			sum += v
		}
		for i := range k {
			k[i] = taps[i] / sum
		}
		x := testkit.Normals(6, "fir")
		for mode, want := range map[string][]float64{
			"down":   upfirdn(x, k, 1, 2, (n-1)/2, (n-2)/2),
			"up":     upfirdn(x, k, 2, 1, (n-1)/2+1, (n-2)/2),
			"filter": upfirdn(x, k, 1, 1, 2, 1),
		} {
			if mode == "up" {
				for i := range want {
					want[i] *= 2
				}
			}
			f := must[*layers.FIR](t)(layers.NewFIR(root(), layers.FIRConfig{Taps: taps, Dims: 1, Mode: mode, PadLo: 2, PadHi: 1}))
			got, _ := eval(autodiff.F64, sh(1, 1, 6), x, f.Forward)
			testkit.Near(t, mode, got, want, 1e-6)

			// In two axes the filter is the outer product: away from the ends it keeps a constant along one axis, in
			// the mean over the two phases of "up".
			g := must[*layers.FIR](t)(layers.NewFIR(root(), layers.FIRConfig{Taps: taps, Dims: 2, Mode: mode, PadLo: 2, PadHi: 1}))
			wide := make([]float64, 6*20)
			for i := range wide {
				wide[i] = x[i/20]
			}
			plane, shape := eval(autodiff.F64, sh(1, 1, 6, 20), wide, g.Forward)
			mid := make([]float64, shape.Dim(2))
			for i := range mid {
				row := plane[i*shape.Dim(3)+shape.Dim(3)/2:]
				mid[i] = (row[0] + row[1]) / 2
			}
			testkit.Near(t, mode+" in two axes", mid, want, 1e-6)
		}
	}
}

func TestSinusoid(t *testing.T) {
	at := []float64{0, 1, 17, 999}
	for _, c := range []layers.SinusoidConfig{
		{Dim: 8}, {Dim: 9}, {Dim: 8, SinFirst: true, Shift: 1, Rounding: "rate"}, {Dim: 8, SinFirst: true, Shift: 1, Rounding: "power"}, {Dim: 2, Shift: 1}, {Dim: 6, MaxPeriod: 100},
	} {
		e := must[*layers.Sinusoid](t)(layers.NewSinusoid(root(), c))
		got, _ := eval(autodiff.F32, sh(1), []float64{0}, func(s *scope, _ vr) vr { return e.Forward(s, at) })
		period := c.MaxPeriod
		if period == 0 {
			period = 10000
		}
		h := c.Dim / 2
		var want []float64
		for _, v := range at {
			row := make([]float64, c.Dim)
			for k := range h {
				phase := v
				if k > 0 {
					phase *= math.Pow(period, -float64(k)/(float64(h)-c.Shift))
				}
				first, second := math.Cos(phase), math.Sin(phase)
				if c.SinFirst {
					first, second = second, first
				}
				row[k], row[h+k] = first, second
			}
			want = append(want, row...)
		}
		testkit.Near(t, "sinusoid", got, want, 1e-4) // float32 phases up to 999
	}
}

// Fourier computes its phases in float32 and in the order of the published networks, to the last bit, whatever the
// type of the scope.
func TestFourierPhaseOrder(t *testing.T) {
	at := []float64{0.013, 1.7, 48.9}
	for _, c := range []layers.FourierConfig{{Dim: 16, Std: 16, Log: true}, {Dim: 16, Std: 16, Scaled: true, CosFirst: true}} {
		e := must[*layers.Fourier](t)(layers.NewFourier(root(), c))
		w := e.Params()[0].Data()
		for _, dt := range []autodiff.DType{autodiff.F32, autodiff.F64} {
			got, _ := eval(dt, sh(1), []float64{0}, func(s *scope, _ vr) vr { return e.Forward(s, at) })
			var want []float64
			for _, v := range at {
				x := float32(v)
				if c.Log {
					x = float32(math.Log(float64(x)))
				}
				row := make([]float64, c.Dim)
				for k := range w {
					var phase float32
					if c.Scaled {
						phase = x * (w[k] * float32(2*math.Pi))
					} else {
						phase = x * w[k]
						phase = phase * 2 * float32(math.Pi)
					}
					a, b := math.Sincos(float64(phase))
					if c.CosFirst {
						a, b = b, a
					}
					row[k], row[len(w)+k] = a, b
				}
				want = append(want, row...)
			}
			tol := 1e-15
			if dt == autodiff.F32 {
				tol = 6e-8
			}
			testkit.Near(t, "fourier "+dt.String(), got, want, tol)
		}
	}
}

// PyTorch's rule: the running variance moves by the unbiased variance of the batch, the result by the biased one.
func TestBatchNormStatistics(t *testing.T) {
	l := must[*layers.BatchNorm](t)(layers.NewBatchNorm(root(), layers.BatchNormConfig{Features: 2, Eps: 1e-2, Momentum: 0.1}))
	x := []float64{1, 10, 2, 20, 6, 60}
	got, _ := eval(autodiff.F64, sh(3, 2), x, func(s *scope, v vr) vr { return l.Forward(s, v, layers.UpdateStatistics) })
	v := 14. / 3
	testkit.Near(t, "batch", got[:1], []float64{(1 - 3) / math.Sqrt(v+1e-2)}, 1e-12)
	for i, want := range [][]float64{{0.3, 3}, {0.9 + 0.1*7, 0.9 + 0.1*700}} {
		d := l.Params()[2+i].Data()
		testkit.Near(t, "running", []float64{float64(d[0]), float64(d[1])}, want, 1e-5)
	}
	before := l.Params()[2].Version()
	eval(autodiff.F64, sh(3, 2), x, func(s *scope, v vr) vr { return l.Forward(s, v, layers.BatchStatistics) })
	if l.Params()[2].Version() != before {
		t.Error("BatchStatistics wrote the running statistics")
	}
	got, _ = eval(autodiff.F64, sh(1, 2), []float64{1, 10}, func(s *scope, v vr) vr { return l.Forward(s, v, layers.RunningStatistics) })
	testkit.Near(t, "running", got[:1], []float64{(1 - 0.3) / math.Sqrt(1.6+1e-2)}, 1e-6)
	var err error
	func() {
		defer autodiff.Catch(&err)
		eval(autodiff.F64, sh(1, 2), []float64{1, 10}, func(s *scope, v vr) vr { return l.Forward(s, v, layers.BatchStatistics) })
	}()
	if err == nil {
		t.Error("a batch of one was normalised by its own statistics")
	}
}

// Linear and Conv agree with plain loops.
func TestLinearAndConvValues(t *testing.T) {
	l := must[*layers.Linear](t)(layers.NewLinear(root(), layers.LinearConfig{In: 3, Out: 2}))
	layerstest.Randomize(l.Params(), rng.New(4), 1)
	x := testkit.Normals(6, "x")
	w, b := l.Params()[0].Data(), l.Params()[1].Data()
	var want []float64
	for r := range 2 {
		for o := range 2 {
			sum := float64(b[o])
			for i := range 3 {
				sum += float64(w[o*3+i]) * x[r*3+i]
			}
			want = append(want, sum)
		}
	}
	got, _ := eval(autodiff.F64, sh(2, 3), x, l.Forward)
	testkit.Near(t, "linear", got, want, 1e-12)

	c := must[*layers.Conv](t)(layers.NewConv(root(), layers.ConvConfig{In: 1, Out: 1, Kernel: []int{3}, Stride: []int{2}, PadLo: []int{0}, PadHi: []int{1}}))
	layerstest.Randomize(c.Params(), rng.New(4), 1)
	w, b = c.Params()[0].Data(), c.Params()[1].Data()
	p := append(append([]float64{}, x[:4]...), 0)
	want = nil
	for o := 0; o+3 <= 5; o += 2 {
		want = append(want, float64(b[0])+float64(w[0])*p[o]+float64(w[1])*p[o+1]+float64(w[2])*p[o+2])
	}
	got, _ = eval(autodiff.F64, sh(1, 1, 4), x[:4], c.Forward)
	testkit.Near(t, "conv", got, want, 1e-12)
}
