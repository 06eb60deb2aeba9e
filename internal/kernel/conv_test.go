package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// eachTerm calls f for every product of the definition of a convolution, in any number of dimensions.
func eachTerm(p ConvArgs, f func(y, x, w int)) {
	p = p.full("test")
	cg, kg := p.C/p.Groups, p.K/p.Groups
	for o := range volume(p.Out) {
		for t := range volume(p.Kernel) {
			out := [3]int{o / p.Out[2] / p.Out[1], o / p.Out[2] % p.Out[1], o % p.Out[2]}
			tap := [3]int{t / p.Kernel[2] / p.Kernel[1], t / p.Kernel[2] % p.Kernel[1], t % p.Kernel[2]}
			in, inside := 0, true
			for d := range out {
				i := out[d]*p.Stride[d] + tap[d]*p.Dilation[d] - p.PadLo[d]
				in, inside = in*p.In[d]+i/p.Upsample[d], inside && i >= 0 && i < p.In[d]*p.Upsample[d]
			}
			for nk := 0; nk < p.N*p.K && inside; nk++ {
				n, k := nk/p.K, nk%p.K
				for c := range cg {
					f(nk*volume(p.Out)+o, (n*p.C+k/kg*cg+c)*volume(p.In)+in, (k*cg+c)*volume(p.Kernel)+t)
				}
			}
		}
	}
}

// withOut sets Out from the rest.
func withOut(p ConvArgs) ConvArgs {
	for i := range p.Dims {
		span := p.In[i]*once(p.Upsample[i]) + p.PadLo[i] + p.PadHi[i] - p.Dilation[i]*(p.Kernel[i]-1) - 1
		p.Out[i] = 0
		if span >= 0 {
			p.Out[i] = span/p.Stride[i] + 1
		}
	}
	return p
}

// plain is a convolution without stride, dilation or groups, padded to keep the size of odd kernels.
func plain(n, c, k, size, kernel int) ConvArgs {
	p := ConvArgs{N: n, C: c, K: k, Groups: 1, Dims: 2}
	for i := range 2 {
		p.In[i], p.Kernel[i], p.Stride[i], p.Dilation[i], p.PadLo[i], p.PadHi[i] = size, kernel, 1, 1, kernel/2, kernel/2
	}
	return withOut(p)
}

func size(p ConvArgs, channels int, d [3]int) int {
	n := p.N * channels
	for i := range p.Dims {
		n *= d[i]
	}
	return n
}

// checkConv compares the three kernels with the definition in float64.
func checkConv[T Float](t *testing.T, r *rand.Rand, p ConvArgs) {
	t.Helper()
	x, y := normal[T](r, size(p, p.C, p.In)), normal[T](r, size(p, p.K, p.Out))
	one := p
	one.N = 1
	w := normal[T](r, size(one, p.K*p.C/p.Groups, p.Kernel))
	gy, gx, gw := guard[T](len(y)), guard[T](len(x)), guard[T](len(w))
	Conv(p, gy.x, x, w)
	ConvInputGrad(p, gx.x, y, w)
	ConvWeightGrad(p, gw.x, x, y)
	wy, wx, ww := make([]float64, len(y)), make([]float64, len(x)), make([]float64, len(w))
	var sy, sx, sw = make([]float64, len(y)), make([]float64, len(x)), make([]float64, len(w))
	add := func(sum, scale []float64, i int, v float64) { sum[i] += v; scale[i] += max(v, -v) }
	eachTerm(p, func(iy, ix, iw int) {
		add(wy, sy, iy, float64(x[ix])*float64(w[iw]))
		add(wx, sx, ix, float64(y[iy])*float64(w[iw]))
		add(ww, sw, iw, float64(y[iy])*float64(x[ix]))
	})
	for _, c := range []struct {
		what        string
		got         guarded[T]
		want, scale []float64
	}{{"Conv", gy, wy, sy}, {"ConvInputGrad", gx, wx, sx}, {"ConvWeightGrad", gw, ww, sw}} {
		what := fmt.Sprintf("%s[%s] %+v", c.what, typeName[T](), p)
		c.got.check(t, what)
		for i := range c.want {
			if d := float64(c.got.x[i]) - c.want[i]; !(max(d, -d) <= 8*epsOf[T]()*c.scale[i]) {
				t.Fatalf("%s: [%d] = %v, want %v", what, i, c.got.x[i], c.want[i])
			}
		}
	}
}

// direct is p without minimal filtering.
func direct(p ConvArgs) ConvArgs {
	p.Direct = true
	return p
}

// randomConv draws sizes with strides, dilations, lopsided padding, groups and upsampling.
func randomConv(r *rand.Rand, dims int) ConvArgs {
	g := 1 + r.IntN(2)*r.IntN(3)
	p := ConvArgs{N: 1 + r.IntN(3), C: g * (1 + r.IntN(4)), K: g * (1 + r.IntN(14)), Groups: g, Dims: dims}
	most := []int{0, 150, 18, 7}[dims]
	for i := range dims {
		p.Upsample[i] = 1 + r.IntN(2)*r.IntN(3)
		p.In[i], p.Kernel[i] = 1+r.IntN(most)/p.Upsample[i], 1+r.IntN(4)
		p.Stride[i], p.Dilation[i] = 1+r.IntN(2)*r.IntN(3), 1+r.IntN(2)*r.IntN(3)
		p.PadLo[i], p.PadHi[i] = r.IntN(2)*r.IntN(5), r.IntN(2)*r.IntN(5)
	}
	return withOut(p)
}

func TestConv(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		r := newRand(4)
		for dims := 1; dims <= 3; dims++ {
			for range 40 {
				checkConv[float32](t, r, direct(randomConv(r, dims)))
			}
			for range 10 {
				checkConv[float64](t, r, direct(randomConv(r, dims)))
			}
		}
		for _, p := range []ConvArgs{plain(2, 3, 16, 16, 3), plain(1, 20, 13, 32, 3), plain(3, 40, 7, 4, 3), plain(2, 30, 20, 9, 1), plain(1, 2, 3, 140, 3), plain(0, 2, 3, 5, 3), plain(1, 300, 2, 3, 1)} {
			p.Direct = true
			checkConv[float32](t, r, p)
			s := p
			s.Stride = [3]int{2, 2, 2}
			checkConv[float32](t, r, withOut(s))
		}
	})
}

// The three kernels are adjoints of one another: <y, Conv(x,w)> = <ConvInputGrad(y,w), x> = <ConvWeightGrad(x,y), w>.
func TestConvTriad(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		r := newRand(5)
		for range 20 {
			p := direct(randomConv(r, 2))
			p.In, p.C = [3]int{30, 33}, p.C*8
			p = withOut(p)
			x, y := normal[float32](r, size(p, p.C, p.In)), normal[float32](r, size(p, p.K, p.Out))
			one := p
			one.N = 1
			w := normal[float32](r, size(one, p.K*p.C/p.Groups, p.Kernel))
			cy, cx, cw := make([]float32, len(y)), make([]float32, len(x)), make([]float32, len(w))
			Conv(p, cy, x, w)
			ConvInputGrad(p, cx, y, w)
			ConvWeightGrad(p, cw, x, y)
			a, b, c := Dot(y, cy), Dot(cx, x), Dot(cw, w)
			tol := 1e-6 * (1 + Dot(cy, cy) + Dot(y, y))
			if d := max(a, b, c) - min(a, b, c); d > tol {
				t.Errorf("%+v: %v, %v, %v differ by %.3g, allowed %.3g", p, a, b, c, d, tol)
			}
		}
	})
}

func TestConvIsTheSameAloneAndInABatch(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		r := newRand(6)
		for _, p := range []ConvArgs{plain(3, 40, 50, 16, 3), plain(3, 64, 70, 4, 3), plain(5, 100, 30, 3, 1), plain(2, 3, 20, 9, 3), plain(4, 70, 150, 7, 3),
			twice(plain(3, 40, 50, 8, 3)), twice(plain(4, 70, 150, 3, 3)), twice(plain(2, 3, 20, 5, 3)), twice(plain(3, 20, 10, 4, 1))} {
			one := p
			one.N = 1
			x, y := normal[float32](r, size(p, p.C, p.In)), normal[float32](r, size(p, p.K, p.Out))
			w := normal[float32](r, size(one, p.K*p.C, p.Kernel))
			cy, cx := make([]float32, len(y)), make([]float32, len(x))
			procs(t, 2)
			Conv(p, cy, x, w)
			ConvInputGrad(p, cx, y, w)
			procs(t, 1)
			ny, nx := len(y)/p.N, len(x)/p.N
			py, px := make([]float32, ny), make([]float32, nx)
			for n := range p.N {
				Conv(one, py, x[n*nx:(n+1)*nx], w)
				sameBits(t, "Conv of one sample", py, cy[n*ny:(n+1)*ny])
				ConvInputGrad(one, px, y[n*ny:(n+1)*ny], w)
				sameBits(t, "ConvInputGrad of one sample", px, cx[n*nx:(n+1)*nx])
			}
			var dw [2][]float32
			for i := range dw {
				procs(t, i+1)
				dw[i] = make([]float32, len(w))
				ConvWeightGrad(p, dw[i], x, y)
			}
			sameBits(t, "ConvWeightGrad with GOMAXPROCS 1 and 2", dw[0], dw[1])
		}
	})
}

func TestConvArguments(t *testing.T) {
	good := plain(1, 4, 4, 5, 3)
	x, w := make([]float32, 100), make([]float32, 144)
	for what, change := range map[string]func(*ConvArgs){
		"groups":  func(p *ConvArgs) { p.Groups = 3 },
		"out":     func(p *ConvArgs) { p.Out[0]++ },
		"dims":    func(p *ConvArgs) { p.Dims = 4 },
		"stride":  func(p *ConvArgs) { p.Stride[1] = 0 },
		"length":  func(p *ConvArgs) { p.N = 2 },
		"kernel":  func(p *ConvArgs) { p.Kernel[0] = 0 },
		"padding": func(p *ConvArgs) { p.PadHi[0] = -1 },
		"factor":  func(p *ConvArgs) { p.Upsample[1] = 2 },
		"repeat":  func(p *ConvArgs) { p.Upsample[0] = -1 },
	} {
		p := good
		change(&p)
		switch e := panics(func() { Conv(p, x, x, w) }).(type) {
		case *SizeError, *ArgError:
		default:
			t.Errorf("wrong %s gave %v, want a typed panic", what, e)
		}
	}
}

func TestConvDoesNotAllocate(t *testing.T) {
	strided := plain(4, 32, 150, 16, 3)
	strided.Stride = [3]int{2, 2}
	for _, p := range []ConvArgs{plain(4, 32, 150, 16, 3), withOut(strided), twice(plain(4, 32, 150, 8, 3)), twice(withOut(strided))} {
		x, y, w := make([]float32, size(p, p.C, p.In)), make([]float32, size(p, p.K, p.Out)), make([]float32, 32*150*9)
		noAllocs(t, "Conv", func() { Conv(p, y, x, w) })
		noAllocs(t, "ConvInputGrad", func() { ConvInputGrad(p, x, y, w) })
		noAllocs(t, "ConvWeightGrad", func() { ConvWeightGrad(p, w, x, y) })
	}
}

func ExampleConv() {
	p := ConvArgs{N: 1, C: 1, K: 1, Groups: 1, Dims: 1}
	p.In[0], p.Kernel[0], p.Stride[0], p.Dilation[0], p.PadLo[0], p.PadHi[0], p.Out[0] = 5, 3, 1, 1, 1, 1, 5
	y := make([]float64, 5)
	Conv(p, y, []float64{1, 2, 3, 4, 5}, []float64{-1, 0, 1})
	fmt.Println(y)
	// Output: [2 2 2 2 -4]
}

func BenchmarkConv(b *testing.B) {
	for _, path := range paths() {
		if path.name == "generic" && testing.Short() {
			continue
		}
		for _, s := range [][5]int{{8, 64, 64, 32, 3}, {8, 128, 128, 16, 3}, {8, 256, 256, 8, 3}, {8, 256, 256, 4, 3}, {1, 128, 128, 32, 3}, {1, 256, 256, 8, 3}, {8, 3, 64, 32, 3}, {8, 64, 3, 32, 3}, {8, 128, 128, 16, 1}, {1, 32, 32, 128, 3}} {
			for _, stride := range []int{1, 2} {
				if stride == 2 && (s[4] == 1 || s[1] != 128 || s[0] == 1) {
					continue
				}
				p := plain(s[0], s[1], s[2], s[3], s[4])
				p.Stride = [3]int{stride, stride}
				p = withOut(p)
				r := newRand(1)
				x, y, w := normal[float32](r, size(p, p.C, p.In)), normal[float32](r, size(p, p.K, p.Out)), normal[float32](r, p.K*p.C*s[4]*s[4])
				flops := 2 * float64(len(y)) * float64(p.C*s[4]*s[4])
				for _, k := range []struct {
					name string
					run  func()
				}{{"y", func() { Conv(p, y, x, w) }}, {"dx", func() { ConvInputGrad(p, x, y, w) }}, {"dw", func() { ConvWeightGrad(p, w, x, y) }}} {
					for _, on := range []bool{true, false} {
						if p.Direct = !on; on && ConvAlgorithm(p) == "direct" {
							continue
						}
						b.Run(fmt.Sprintf("%s/%dx%dx%dx%d_%d_s%d/%s/winograd=%v", path.name, s[0], s[1], s[2], s[3], s[4], stride, k.name, on), func(b *testing.B) {
							usePath(b, path)
							for b.Loop() {
								k.run()
							}
							b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
						})
					}
				}
			}
		}
	}
}
