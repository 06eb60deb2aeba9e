package kernel

import (
	"fmt"
	"math"
	"testing"
)

// box is an array [outer,n,inner]; the sizes cross block and lane borders.
type box struct{ outer, n, inner int }

var boxes = []box{{1, 1, 1}, {3, 5, 1}, {1, 7, 3}, {2, 9, lanes + 3}, {5, 3, 40}, {1, block + 7, 2}, {block/2 + 1, 5, 1}, {2, 3, block + 5}}

func (l box) size() int { return l.outer * l.n * l.inner }

// compare runs f on one and on two processors between guards and compares with want, element for element.
func compare[T Float](t *testing.T, what string, want []T, f func(dst []T)) {
	t.Helper()
	for _, workers := range []int{1, 2} {
		procs(t, workers)
		g := guard[T](len(want))
		f(g.x)
		g.check(t, what)
		sameBits(t, what, g.x, want)
	}
}

func bothTypes(t *testing.T, f32, f64 func(t *testing.T, l box)) {
	for _, l := range boxes {
		f32(t, l)
		f64(t, l)
	}
}

func TestAxisKernels(t *testing.T) {
	bothTypes(t, checkAxis[float32], checkAxis[float64])
}

// small is whole numbers, so that sums in any order are equal.
func small[T Float](n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T((i*7919 + i/13) % 1009)
	}
	return x
}

func checkAxis[T Float](t *testing.T, l box) {
	x := small[T](l.size())
	what := fmt.Sprintf("%s %+v", typeName[T](), l)
	at := func(o, k, i, n int) int { return (o*n+k)*l.inner + i }
	each := func(n int, f func(o, k, i int)) {
		for o := range l.outer {
			for k := range n {
				for i := range l.inner {
					f(o, k, i)
				}
			}
		}
	}
	want := make([]T, l.size())
	each(l.n, func(o, k, i int) { want[at(o, k, i, l.n)] = x[at(o, l.n-1-k, i, l.n)] })
	compare(t, "Flip "+what, want, func(dst []T) { Flip(dst, x, l.outer, l.n, l.inner) })

	idx := make([]int, l.n+3)
	for j := range idx {
		idx[j] = (j*5 + 1) % l.n
	}
	want = make([]T, l.outer*len(idx)*l.inner)
	back := make([]T, l.size())
	each(len(idx), func(o, j, i int) { want[at(o, j, i, len(idx))] = x[at(o, idx[j], i, l.n)] })
	each(len(idx), func(o, j, i int) { back[at(o, idx[j], i, l.n)] += want[at(o, j, i, len(idx))] })
	compare(t, "Gather "+what, want, func(dst []T) { Gather(dst, x, idx, l.outer, l.n, l.inner) })
	compare(t, "ScatterAdd "+what, back, func(dst []T) { ScatterAdd(dst, want, idx, l.outer, l.n, l.inner) })

	m, lo := (l.n+1)/2, l.n/4
	want = make([]T, l.outer*m*l.inner)
	each(m, func(o, k, i int) { want[at(o, k, i, m)] = x[at(o, k+lo, i, l.n)] })
	compare(t, "CopyAxis "+what, want, func(dst []T) {
		CopyAxis(dst, x, l.outer, m*l.inner, m*l.inner, 0, l.n*l.inner, lo*l.inner)
	})

	for mode := PadZero; mode <= PadSymmetric; mode++ {
		before, after := 2, l.n+3
		long := before + l.n + after
		want = make([]T, l.outer*long*l.inner)
		back = make([]T, l.size())
		y := small[T](len(want))
		source := repeats(mode, before, l.n, after)
		each(long, func(o, k, i int) {
			if src := source[k]; src >= 0 {
				want[at(o, k, i, long)] = x[at(o, src, i, l.n)]
				back[at(o, src, i, l.n)] += y[at(o, k, i, long)]
			}
		})
		compare(t, fmt.Sprintf("Pad mode %d %s", mode, what), want, func(dst []T) { Pad(dst, x, l.outer, l.n, l.inner, before, after, mode) })
		compare(t, fmt.Sprintf("PadAdjoint mode %d %s", mode, what), back, func(dst []T) {
			PadAdjoint(dst, y, l.outer, l.n, l.inner, before, after, mode)
		})
	}

	want = make([]T, l.size())
	each(1, func(o, _, i int) {
		best := 0
		for k := range l.n {
			if x[at(o, k, i, l.n)] > x[at(o, best, i, l.n)] {
				best = k
			}
		}
		want[at(o, best, i, l.n)] = 1
	})
	compare(t, "ArgMaxMask "+what, want, func(dst []T) { ArgMaxMask(dst, x, l.outer, l.n, l.inner) })
}

// repeats is where each of the lo + n + hi positions repeats, read off one period written out; -1 for a zero.
func repeats(mode PadMode, lo, n, hi int) []int {
	var period []int
	for i := range n {
		period = append(period, i)
	}
	switch mode {
	case PadZero:
		for range lo + hi {
			period = append(period, -1)
		}
	case PadSymmetric:
		for i := n - 1; i >= 0; i-- {
			period = append(period, i)
		}
	case PadReflect:
		for i := n - 2; i > 0; i-- {
			period = append(period, i)
		}
	}
	var at []int
	for k := range lo + n + hi {
		p := len(period)
		at = append(at, period[((k-lo)%p+p)%p])
	}
	return at
}

func TestTriangleAndSolve(t *testing.T) {
	checkTriangle[float32](t)
	checkTriangle[float64](t)
}

func checkTriangle[T Float](t *testing.T) {
	for _, l := range []box{{1, 1, 1}, {3, 4, 2}, {2, 3, 7}, {2, 5, lanes + 5}, {40, 21, 25}} {
		for _, upper := range []bool{true, false} {
			x := small[T](l.size())
			want := make([]T, len(x))
			for i := range x {
				r, c := i/l.inner%l.n, i%l.inner
				if r == c || (c > r) == upper {
					want[i] = x[i]
				}
			}
			compare(t, fmt.Sprintf("Triangle %+v", l), want, func(dst []T) { Triangle(dst, x, l.outer, l.n, l.inner, upper) })
			for _, trans := range []bool{true, false} {
				for _, shared := range []bool{true, false} {
					checkSolve[T](t, l, upper, trans, shared)
				}
			}
		}
	}
}

// checkSolve multiplies back a system with a unit-dominant triangle.
func checkSolve[T Float](t *testing.T, l box, upper, trans, shared bool) {
	batch, n, k := l.outer, l.n, l.inner
	r := newRand(5)
	a, b := normal[T](r, batch*n*n), normal[T](r, batch*n*k)
	for i := range a {
		a[i] *= T(0.3 / math.Sqrt(float64(n)))
		if i%(n*n)%(n+1) == 0 {
			a[i] += 1
		}
	}
	strideA := n * n
	if shared {
		strideA = 0
	}
	g := guard[T](len(b))
	SolveTriangular(g.x, a, b, batch, n, k, strideA, n*k, upper, trans)
	what := fmt.Sprintf("SolveTriangular %s %+v upper %v trans %v shared %v", typeName[T](), l, upper, trans, shared)
	g.check(t, what)
	got := make([]T, len(b))
	for i := range b {
		item, row, col := i/(n*k), i/k%n, i%k
		var s float64
		for m := range n {
			p, q := row, m
			if trans {
				p, q = q, p
			}
			if p == q || (q > p) == upper {
				s += float64(a[item*strideA+p*n+q]) * float64(g.x[item*n*k+m*k+col])
			}
		}
		got[i] = T(s)
	}
	near(t, what, got, wide64(b), 100*epsOf[T](), 0)
	first := append([]T(nil), g.x...)
	procs(t, 1)
	SolveTriangular(g.x, a, b, batch, n, k, strideA, n*k, upper, trans)
	procs(t, 2)
	sameBits(t, what, g.x, first)
}

func TestPiecewise(t *testing.T) {
	checkPiecewise[float32](t)
	checkPiecewise[float64](t)
}

func checkPiecewise[T Float](t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, n := range []int{0, 1, block, 2*block + 9} {
		x := normal[T](newRand(2), n+8)
		copy(x, []T{0, T(inf), T(-inf), T(nan), -1, 1, 0.25, T(math.Copysign(0, -1))})
		want := map[string][]float64{}
		for _, v := range wide64(x) {
			add := func(name string, cond bool, a, b float64) {
				if !cond {
					a = b
				}
				want[name] = append(want[name], a)
			}
			add("leaky", v > 0, v, v*0.5)
			add("relu", v > 0, v, 0*max(v, -1)) // NaN for NaN, 0 for -Inf
			add("step", v > 0, 1, 0.5)
			add("between", -1 <= v && v <= 0.25, 1, 0)
			add("hypot", math.IsInf(v, 0), inf, math.Sqrt(v*v+9))
			add("less", v < 0.25, 1, 0)
		}
		g := guard[T](len(x))
		for name, f := range map[string]func(){
			"leaky":   func() { LeakyReLU(g.x, x, 0.5) },
			"relu":    func() { LeakyReLU(g.x, x, 0) },
			"step":    func() { Step(g.x, x, 0.5) },
			"between": func() { Between(g.x, x, -1, 0.25) },
			"hypot":   func() { BinaryScalar(Hypot, g.x, x, 3) },
			"less":    func() { BinaryScalar(Less, g.x, x, 0.25) },
		} {
			f()
			g.check(t, name)
			near(t, name, g.x, want[name], 0, 4*epsOf[T]())
		}
	}
}

func TestArgMaxMaskPicksTheFirst(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct{ x, want []float64 }{
		{[]float64{1, 3, 3}, []float64{0, 1, 0}},
		{[]float64{5, nan, 9, nan}, []float64{0, 1, 0, 0}},
		{[]float64{nan, 1}, []float64{1, 0}},
		{[]float64{math.Inf(-1), math.Inf(-1)}, []float64{1, 0}},
	} {
		got := make([]float64, len(c.x))
		ArgMaxMask(got, c.x, 1, len(c.x), 1)
		sameBits(t, "ArgMaxMask", got, c.want)
	}
}

func TestIndexingKernelsDoNotAllocate(t *testing.T) {
	x, y, idx := make([]float32, 3*block), make([]float32, 3*block), make([]int, block)
	noAllocs(t, "indexing kernels", func() {
		Flip(y, x, 3, block, 1)
		Gather(y, x, idx, 3, block, 1)
		ScatterAdd(y, x, idx, 3, block, 1)
		CopyAxis(y, x, 3, block, block, 0, block, 0)
		Pad(y, x[:3*(block-2)], 3, block-2, 1, 1, 1, PadReflect)
		PadAdjoint(y[:3*(block-2)], x, 3, block-2, 1, 1, 1, PadReflect)
		ArgMaxMask(y, x, 3, block, 1)
		Triangle(y, x, 3, 128, 128, true)
		SolveTriangular(y[:128*128], x, x, 1, 128, 128, 0, 0, true, false)
		LeakyReLU(y, x, 0.1)
		BinaryScalar(Pow, y, x, 2)
	})
}
