package kernel

import (
	"fmt"
	"math"
	"testing"
)

func TestGroupNorm(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		checkGroupNorm[float32](t)
		checkGroupNorm[float64](t)
	})
}

func checkGroupNorm[T Float](t *testing.T) {
	r := newRand(13)
	for _, s := range [][4]int{{1, 1, 1, 1}, {2, 6, 5, 3}, {1, 4, 64, 2}, {2, 8, 100, 8}, {1, 6, 1500, 2}, {3, 12, 16, 4}, {1, 32, 1024, 1}} {
		n, c, spatial, groups := s[0], s[1], s[2], s[3]
		for _, silu := range []bool{false, true} {
			for _, weights := range []bool{false, true} {
				x := normal[T](r, n*c*spatial)
				for i := range x {
					x[i] = 3 + 2*x[i] // a mean that matters
				}
				var gamma, beta []T
				if weights {
					gamma, beta = normal[T](r, c), normal[T](r, c)
				}
				const eps = 1e-5
				want, mean, rstd := naiveNorm(x, gamma, beta, n, c, spatial, groups, eps, silu)
				size := 1.0 // of the terms that cancel
				for i, m := range mean {
					size = max(size, math.Abs(m)*rstd[i])
				}
				abs := 20 * epsOf[T]() * size
				if !isSingle[T]() {
					abs *= 10 // the reference sums in float64 too
				}
				what := fmt.Sprint("GroupNorm ", typeName[T](), s, silu, weights)
				y := guard[T](len(x))
				GroupNorm(y.x, x, gamma, beta, n, c, spatial, groups, eps, silu)
				y.check(t, what)
				near(t, what, y.x, want, abs, 60*epsOf[T]())
				copy(y.x, x)
				GroupNorm(y.x, y.x, gamma, beta, n, c, spatial, groups, eps, silu)
				near(t, what+" in place", y.x, want, abs, 60*epsOf[T]())
				m, s := guard[T](n*groups), guard[T](n*groups)
				GroupStats(m.x, s.x, x, n, c, spatial, groups, eps)
				m.check(t, "GroupStats mean")
				s.check(t, "GroupStats rstd")
				near(t, what+" mean", m.x, mean, 0, 60*epsOf[T]())
				if spatial*c/groups > 1 {
					near(t, what+" rstd", s.x, rstd, 0, 60*epsOf[T]())
				}
			}
		}
	}
}

func naiveNorm[T Float](x, gamma, beta []T, n, c, spatial, groups int, eps float64, silu bool) (y, mean, rstd []float64) {
	size := c / groups * spatial
	y = make([]float64, len(x))
	for g := range n * groups {
		part := wide64(x[g*size : (g+1)*size])
		m, q := 0.0, 0.0
		for _, v := range part {
			m += v / float64(size)
		}
		for _, v := range part {
			q += (v - m) * (v - m) / float64(size)
		}
		s := 1 / math.Sqrt(q+eps)
		mean, rstd = append(mean, m), append(rstd, s)
		for i, v := range part {
			v = (v - m) * s
			if ch := (g*size + i) / spatial % c; gamma != nil {
				v = v*float64(gamma[ch]) + float64(beta[ch])
			}
			if silu {
				v /= 1 + math.Exp(-v)
			}
			y[g*size+i] = v
		}
	}
	return y, mean, rstd
}

// A mean a thousand times the spread costs its share of the digits, no more.
func TestGroupStatsFarFromZero(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		x := normal[float32](newRand(14), 5000)
		for i := range x {
			x[i] += 1000
		}
		_, mean, rstd := naiveNorm(x, nil, nil, 1, 1, len(x), 1, 0, false)
		m, s := make([]float32, 1), make([]float32, 1)
		GroupStats(m, s, x, 1, 1, len(x), 1, 0)
		near(t, "mean", m, mean, 0, 1e-7)
		near(t, "rstd", s, rstd, 0, 1e-5)
	})
}

func TestAdam(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		const lr, b1, b2, eps, wd = 3e-3, 0.9, 0.99, 1e-6, 0.1
		r := newRand(15)
		for n := range 200 {
			p, m, v := guard[float32](n), guard[float32](n), guard[float32](n)
			copy(p.x, normal[float32](r, n))
			clear(m.x)
			clear(v.x)
			wp, wm, wv := wide64(p.x), make([]float64, n), make([]float64, n)
			for k := 1; k <= 5; k++ {
				grad := normal[float32](r, n)
				c1, c2 := 1-math.Pow(b1, float64(k)), 1-math.Pow(b2, float64(k))
				Adam(p.x, grad, m.x, v.x, lr, b1, b2, eps, wd, c1, c2)
				for i, g := range wide64(grad) {
					wm[i] = b1*wm[i] + (1-b1)*g
					wv[i] = b2*wv[i] + (1-b2)*g*g
					wp[i] -= lr * (wm[i]/c1/(math.Sqrt(wv[i]/c2)+eps) + wd*wp[i])
				}
			}
			p.check(t, "Adam p")
			m.check(t, "Adam m")
			v.check(t, "Adam v")
			near(t, "Adam p", p.x, wp, 1e-7, 1e-6)
			near(t, "Adam m", m.x, wm, 1e-7, 1e-6)
			near(t, "Adam v", v.x, wv, 1e-9, 1e-6)
		}
	})
}

// Every path gives the bits of the formula with each operation rounded, specials included.
func TestMix(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		r := newRand(17)
		special := []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, 1e300, 1e-300}
		for n := range 400 {
			if n > 390 {
				n += 2 * block
			}
			p, e, want := normal[float32](r, n), guard[float64](n), make([]float64, n)
			beta := 1 - math.Exp2(-20*r.Float64())
			for i := range p {
				e.x[i] = r.NormFloat64()
				switch r.IntN(10) {
				case 0:
					e.x[i] = special[r.IntN(len(special))]
				case 1:
					p[i] = float32(special[r.IntN(len(special))])
				}
				kept, moved := float64(beta*e.x[i]), float64((1-beta)*float64(p[i])) // no processor fuses a conversion
				want[i] = kept + moved
			}
			Mix(e.x, p, beta)
			e.check(t, "Mix")
			for i, w := range want {
				if math.Float64bits(e.x[i]) != math.Float64bits(w) && !(math.IsNaN(w) && math.IsNaN(e.x[i])) {
					t.Fatalf("n = %d: e[%d] = %v, want %v", n, i, e.x[i], w)
				}
			}
		}
		if e, ok := panics(func() { Mix(make([]float64, 3), make([]float32, 4), 0.5) }).(*SizeError); !ok || e.Got != 4 {
			t.Errorf("lengths 3 and 4 gave %v, want a *SizeError", e)
		}
	})
}

func TestKernelsDoNotAllocate(t *testing.T) {
	const n = 1 << 16
	x, y, z := make([]float32, n), normal[float32](newRand(16), n), make([]float32, n)
	var large [3][]float32
	for i := range large {
		large[i] = make([]float32, 32*normChunk)
	}
	noAllocs(t, "elementwise", func() {
		Unary(SiLU, x, y)
		Unary(Log, x, y)
		Binary(Add, x, y, x)
		BinaryBroadcast(Mul, x, y, z, []int{16, n / 16}, []int{n / 16, 1}, []int{1, 0})
		Affine(x, y, 1, 2)
		Clamp(x, y, 1, 2)
		Where(x, y, x, z)
		Axpy(1, x, y)
		Fill(x, 2)
		Permute(x, y, []int{256, 256}, []int{1, 256})
	})
	noAllocs(t, "reductions", func() {
		Sum(x[:16], y, 16, n/16, 1)
		Sum(x[:256], y, 1, 256, 256)
		Max(x[:16], y, 16, n/16, 1)
		Cumsum(x, y, 16, n/16, 1, true)
		Dot(x, y)
		SumAll(y)
		Softmax(x, y, 256, 256)
		LogSumExp(x[:256], y, 256, 256)
	})
	noAllocs(t, "norms", func() {
		GroupNorm(x, y, nil, nil, 4, 16, n/64, 8, 1e-5, true)
		GroupStats(x[:32], z[:32], y, 4, 16, n/64, 8, 1e-5)
		for _, batch := range []int{1, 16} { // few large groups, and many
			p := NormArgs{N: batch, C: 1, Spatial: 2 * normChunk, Groups: 1, SiLU: true}
			m := batch * p.Spatial
			GroupNormVJP(p, large[0][:m], large[1][:m], large[2][:m], nil, nil)
			GroupNormJVP(p, large[0][:m], large[1][:m], large[2][:m], nil, nil)
			GroupNormHVP(p, large[0][:m], large[1][:m], large[2][:m], large[2][:m], nil, nil)
			GroupNormParams(p, x[:2], large[1][:m], large[2][:m], nil, nil)
		}
		Adam(x, y, z, z, 1e-3, 0.9, 0.999, 1e-8, 0, 1, 1)
	})
	wide := make([]float64, n)
	noAllocs(t, "average", func() { Mix(wide, y, 0.99) })
	noAllocs(t, "float64", func() {
		Unary(Exp, wide, wide)
		Gemm(GemmArgs{Batch: 1, M: 64, N: 64, K: 64}, wide[:4096], wide[4096:], wide[8192:])
		Dot(wide, wide)
	})
}

func ExampleGroupNorm() {
	y := make([]float64, 4)
	GroupNorm(y, []float64{1, 3, 10, 30}, nil, nil, 1, 2, 2, 2, 0, false)
	fmt.Printf("%.6g\n", y)
	// Output: [-1 1 -1 1]
}
