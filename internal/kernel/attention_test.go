package kernel

import (
	"fmt"
	"math"
	"runtime"
	"testing"
)

// dual is a + s e1 + t e2 + st e1 e2 with e1^2 = e2^2 = 0: derivatives of first and second order without formulas.
type dual struct{ a, s, t, st float64 }

func (x dual) plus(y dual) dual { return dual{x.a + y.a, x.s + y.s, x.t + y.t, x.st + y.st} }
func (x dual) times(y dual) dual {
	return dual{x.a * y.a, x.a*y.s + x.s*y.a, x.a*y.t + x.t*y.a, x.a*y.st + x.s*y.t + x.t*y.s + x.st*y.a}
}

// of is a function with the value f and the derivatives f1 and f2 at x.
func (x dual) of(f, f1, f2 float64) dual { return dual{f, f1 * x.s, f1 * x.t, f1*x.st + f2*x.s*x.t} }

// attend is the definition, on x + s e1 + t e2; s and t may be nil.
func attend[T Float](p AttentionArgs, x, s, t []T) []dual {
	y := make([]dual, p.B*p.Heads*p.D*p.N)
	at := func(b, h, part, i, l int) (z dual) {
		k := (b*3*p.Heads*p.D+h*p.Head+part*p.Part+i*p.Channel)*p.N + l
		z.a = float64(x[k])
		if s != nil {
			z.s = float64(s[k])
		}
		if t != nil {
			z.t = float64(t[k])
		}
		return z
	}
	z := make([]dual, p.N)
	for u := range p.B * p.Heads * p.N {
		b, h, l := u/p.Heads/p.N, u/p.N%p.Heads, u%p.N
		most := math.Inf(-1)
		for m := range z {
			z[m] = dual{}
			for i := range p.D {
				z[m] = z[m].plus(at(b, h, 1, i, m).times(at(b, h, 0, i, l)))
			}
			z[m] = z[m].times(dual{a: 1 / math.Sqrt(float64(p.D))})
			most = max(most, z[m].a)
		}
		var sum dual
		for m := range z {
			e := math.Exp(z[m].a - most)
			z[m] = z[m].of(e, e, e)
			sum = sum.plus(z[m])
		}
		r := 1 / sum.a
		for i := range p.D {
			var v dual
			for m := range z {
				v = v.plus(at(b, h, 2, i, m).times(z[m]))
			}
			y[((b*p.Heads+h)*p.D+i)*p.N+l] = v.times(sum.of(r, -r*r, 2*r*r*r))
		}
	}
	return y
}

// packings are the orders of head, part and channel.
func packings(b, heads, d, n int) []AttentionArgs {
	return []AttentionArgs{
		{b, heads, d, n, 3 * d, d, 1},
		{b, heads, d, n, d, heads * d, 1},
		{b, heads, d, n, 3 * d, 1, 3},
		{b, heads, d, n, 1, heads, 3 * heads},
	}
}

func pick(y []dual, f func(dual) float64) []float64 {
	l := make([]float64, len(y))
	for i, v := range y {
		l[i] = f(v)
	}
	return l
}

func inner[T Float](a []T, y []float64) (s float64) {
	for i, v := range y {
		s += float64(a[i]) * v
	}
	return s
}

func TestAttention(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		checkAttention[float32](t)
		checkAttention[float64](t)
	})
}

// checkAttention compares the family with the definition in dual numbers, gradients along directions.
func checkAttention[T Float](t *testing.T) {
	r := newRand(71)
	for _, s := range [][4]int{{1, 1, 1, 1}, {2, 3, 1, 2}, {1, 2, 5, 3}, {2, 1, 16, 4}, {1, 3, 17, 20}, {2, 2, 39, 7}, {1, 1, 66, 33}, {1, 1, 6, 300}, {1, 1, 301, 3}} {
		b, heads, n, d := s[0], s[1], s[2], s[3]
		for i, p := range packings(b, heads, d, n) {
			if i > 1 && n > 64 {
				continue
			}
			what := fmt.Sprintf("%s %+v: ", typeName[T](), p)
			x, tan, dir := normal[T](r, 3*b*heads*d*n), normal[T](r, 3*b*heads*d*n), normal[T](r, 3*b*heads*d*n)
			a := normal[T](r, b*heads*d*n)
			want := attend(p, x, dir, tan)
			tol := 40 * epsOf[T]()

			y := guard[T](len(a))
			Attention(p, y.x, x)
			y.check(t, what+"value")
			near(t, what+"value", y.x, pick(want, func(v dual) float64 { return v.a }), tol, tol)
			AttentionJVP(p, y.x, x, tan)
			y.check(t, what+"tangent")
			near(t, what+"tangent", y.x, pick(want, func(v dual) float64 { return v.t }), 4*tol, 4*tol)

			dx := guard[T](len(x))
			size := math.Sqrt(float64(len(x)))
			AttentionVJP(p, dx.x, x, a)
			dx.check(t, what+"gradient")
			near(t, what+"gradient", []float64{inner(dir, wide64(dx.x))}, []float64{inner(a, pick(want, func(v dual) float64 { return v.s }))}, 4*tol*size, 0)
			first := append([]T(nil), dx.x...)
			AttentionHVP(p, dx.x, nil, x, a, tan)
			dx.check(t, what+"second gradient")
			alone, dt := append([]T(nil), dx.x...), guard[T](len(x))
			AttentionHVP(p, dx.x, dt.x, x, a, tan)
			dt.check(t, what+"gradient in t")
			sameBits(t, what+"gradient in t", dt.x, first)
			sameBits(t, what+"second gradient with that in t", dx.x, alone)
			near(t, what+"second gradient", []float64{inner(dir, wide64(dx.x))}, []float64{inner(a, pick(want, func(v dual) float64 { return v.st }))}, 8*tol*size, 0)
		}
	}
}

// family runs the four kernels and returns their results one after the other.
func family[T Float](p AttentionArgs, x, t, a []T) []T {
	y, dx := len(a), len(x)
	all := make([]T, 2*y+3*dx)
	Attention(p, all[:y], x)
	AttentionJVP(p, all[y:2*y], x, t)
	AttentionVJP(p, all[2*y:2*y+dx], x, a)
	AttentionHVP(p, all[2*y+dx:2*y+2*dx], all[2*y+2*dx:], x, a, t)
	return all
}

// The bits of a head depend on nothing but the head: not on workers, other heads or other samples.
func TestAttentionOfAHeadAlone(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		checkAlone[float32](t)
		checkAlone[float64](t)
	})
}

func checkAlone[T Float](t *testing.T) {
	r := newRand(72)
	const b, heads, d = 3, 2, 6
	for _, n := range []int{5, 301} {
		p := packings(b, heads, d, n)[0]
		x, tan, a := normal[T](r, 3*b*heads*d*n), normal[T](r, 3*b*heads*d*n), normal[T](r, b*heads*d*n)
		procs(t, 1)
		want := family(p, x, tan, a)
		for _, w := range []int{2, 3, 5} {
			procs(t, w)
			what := fmt.Sprintf("%s, %d positions, %d workers", typeName[T](), n, w)
			sameBits(t, what, family(p, x, tan, a), want)
			q := packings(1, 1, d, n)[0]
			size := d * n
			for h := range b * heads {
				one := family(q, x[3*h*size:3*(h+1)*size], tan[3*h*size:3*(h+1)*size], a[h*size:(h+1)*size])
				at := [5]int{h * size, len(a) + h*size, 2*len(a) + 3*h*size, 2*len(a) + len(x) + 3*h*size, 2*len(a) + 2*len(x) + 3*h*size}
				from := 0
				for k, n := range [5]int{size, size, 3 * size, 3 * size, 3 * size} {
					sameBits(t, fmt.Sprintf("%s, head %d alone, result %d", what, h, k), one[from:from+n], want[at[k]:at[k]+n])
					from += n
				}
			}
		}
	}
}

// Weights of scores of +-300 sum to one, and a query of NaN spoils its own position alone.
func TestAttentionOfLargeScores(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		const n, d = 45, 3
		p := packings(1, 1, d, n)[0]
		x := make([]float32, 3*d*n)
		for l := range n {
			x[l], x[d*n+l] = float32(math.Sin(float64(l))), float32(300*math.Sqrt(d)*math.Cos(2*float64(l)))
			for i := range d {
				x[(2*d+i)*n+l] = 1
			}
		}
		y, ones := make([]float32, d*n), make([]float64, d*n)
		for i := range ones {
			ones[i] = 1
		}
		Attention(p, y, x)
		near(t, "sums of weights", y, ones, 0, 4e-7)
		Attention(p, y, append(normal[float32](newRand(73), 2*d*n), x[2*d*n:]...))
		near(t, "sums of weights", y, ones, 0, 4e-7)
		x[7] = float32(math.NaN())
		Attention(p, y, x)
		for l, v := range y[:n] {
			if (l == 7) != math.IsNaN(float64(v)) {
				t.Errorf("with a query of NaN at 7 the result at %d is %v", l, v)
			}
		}
	})
}

func TestAttentionArguments(t *testing.T) {
	x, y := make([]float32, 36), make([]float32, 12)
	for _, p := range []AttentionArgs{{1, 2, 2, 3, 0, 0, 0}, {1, 2, 2, 3, 6, 2, 2}, {1, 2, 2, 3, 6, 2, -1}, {1, 0, 2, 3, 6, 2, 1}, {-1, 2, 2, 3, 6, 2, 1}} {
		if _, ok := panics(func() { Attention(p, y, x) }).(*ArgError); !ok {
			t.Errorf("%+v was taken", p)
		}
	}
	p := AttentionArgs{1, 2, 2, 3, 6, 2, 1}
	for _, f := range []func(){
		func() { Attention(p, y, x[:35]) },
		func() { Attention(p, y[:11], x) },
		func() { AttentionJVP(p, y, x, x[:12]) },
		func() { AttentionVJP(p, x[:35], x, y) },
		func() { AttentionHVP(p, x, nil, x, y, y) },
		func() { AttentionHVP(p, x, y, x, y, x) },
	} {
		if _, ok := panics(f).(*SizeError); !ok {
			t.Error("a slice of the wrong length was taken")
		}
	}
	p.B = 0
	Attention[float32](p, nil, nil)
	AttentionVJP[float32](p, nil, nil, nil)
}

func TestAttentionDoesNotAllocate(t *testing.T) {
	for _, p := range []AttentionArgs{packings(4, 2, 8, 100)[0], packings(1, 1, 8, 300)[0]} {
		n := p.B * p.Heads * p.D * p.N
		r := newRand(75)
		x, tan, a := normal[float32](r, 3*n), normal[float32](r, 3*n), normal[float32](r, n)
		y, dx, dt := make([]float32, n), make([]float32, 3*n), make([]float32, 3*n)
		noAllocs(t, fmt.Sprintf("%+v", p), func() {
			Attention(p, y, x)
			AttentionJVP(p, y, x, tan)
			AttentionVJP(p, dx, x, a)
			AttentionHVP(p, dx, dt, x, a, tan)
		})
	}
}

// Working memory is that of strips: all four kernels together take less than one matrix of weights here.
func TestAttentionHoldsNoMatrix(t *testing.T) {
	const n, d = 4096, 2
	p := packings(1, 1, d, n)[0]
	r := newRand(77)
	x, tan, a := normal[float32](r, 3*d*n), normal[float32](r, 3*d*n), normal[float32](r, d*n)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	family(p, x, tan, a)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > n*n*4 {
		t.Errorf("%d bytes for %d positions", got, n)
	}
}

func BenchmarkAttention(b *testing.B) {
	for _, path := range paths() {
		for _, s := range [][4]int{{8, 4, 32, 256}, {8, 4, 32, 16}, {8, 1, 256, 256}, {2, 2, 64, 1024}, {1, 1, 64, 4096}} {
			if path.rows == 0 && s[3] > 256 {
				continue
			}
			p := packings(s[0], s[1], s[2], s[3])[0]
			n := p.B * p.Heads * p.D * p.N
			r := newRand(76)
			x, t, a := normal[float32](r, 3*n), normal[float32](r, 3*n), normal[float32](r, n)
			y, dx, dt := make([]float32, n), make([]float32, 3*n), make([]float32, 3*n)
			for _, k := range []struct {
				name     string
				products int // of a matrix [N,N]
				f        func()
			}{
				{"value", 2, func() { Attention(p, y, x) }},
				{"jvp", 5, func() { AttentionJVP(p, y, x, t) }},
				{"vjp", 5, func() { AttentionVJP(p, dx, x, a) }},
				{"hvp", 10, func() { AttentionHVP(p, dx, nil, x, a, t) }},
				{"hvp and vjp", 13, func() { AttentionHVP(p, dx, dt, x, a, t) }},
			} {
				b.Run(fmt.Sprintf("%s/%dx%dx%dx%d/%s", path.name, p.B, p.Heads, p.D, p.N, k.name), func(b *testing.B) {
					usePath(b, path)
					for b.Loop() {
						k.f()
					}
					b.ReportMetric(2*float64(k.products*n*p.N)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
				})
			}
		}
	}
}
