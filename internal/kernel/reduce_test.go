package kernel

import (
	"fmt"
	"math"
	"testing"
)

func TestReductions(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		checkReductions[float32](t)
		checkReductions[float64](t)
	})
}

func checkReductions[T Float](t *testing.T) {
	r := newRand(9)
	var shapes [][3]int
	for n := 1; n <= 200; n++ {
		shapes = append(shapes, [3]int{1 + n%3, n, 1}, [3]int{1 + n%2, 1 + n%70, 1 + n%9})
	}
	shapes = append(shapes, [3]int{2, 3*leaf + 17, 1}, [3]int{1, 40000, 1}, [3]int{3, 5*leafRows + 1, 33}, [3]int{2, 1, 300}, [3]int{0, 3, 3})
	for _, s := range shapes {
		outer, n, inner := s[0], s[1], s[2]
		x := normal[T](r, outer*n*inner)
		sum, scale, top := make([]float64, outer*inner), make([]float64, outer*inner), make([]float64, outer*inner)
		up, down := make([]float64, len(x)), make([]float64, len(x))
		for o := range outer {
			for i := range inner {
				at := func(k int) int { return (o*n+k)*inner + i }
				top[o*inner+i] = math.Inf(-1)
				for k := range n {
					v := float64(x[at(k)])
					sum[o*inner+i] += v
					scale[o*inner+i] += math.Abs(v)
					top[o*inner+i] = max(top[o*inner+i], v)
					up[at(k)] = sum[o*inner+i]
				}
				s := 0.0
				for k := n - 1; k >= 0; k-- {
					s += float64(x[at(k)])
					down[at(k)] = s
				}
			}
		}
		what := fmt.Sprint(typeName[T](), s)
		got := guard[T](outer * inner)
		Sum(got.x, x, outer, n, inner)
		got.check(t, "Sum "+what)
		for i := range sum { // leaves are a few hundred terms deep at most
			near(t, "Sum "+what, got.x[i:i+1], sum[i:i+1], 40*epsOf[T]()*scale[i], 0)
		}
		Max(got.x, x, outer, n, inner)
		got.check(t, "Max "+what)
		near(t, "Max "+what, got.x, top, 0, 0)
		run := guard[T](len(x))
		Cumsum(run.x, x, outer, n, inner, false)
		run.check(t, "Cumsum "+what)
		tol := epsOf[T]() * float64(n) * math.Sqrt(float64(n)) * 4
		near(t, "Cumsum "+what, run.x, up, tol, 0)
		copy(run.x, x)
		Cumsum(run.x, run.x, outer, n, inner, true)
		near(t, "reverse Cumsum in place "+what, run.x, down, tol, 0)
		y := normal[T](r, len(x))
		dot, all, size := 0.0, 0.0, 0.0
		for i, v := range x {
			dot += float64(v) * float64(y[i])
			all += float64(v)
			size += math.Abs(float64(v)) + math.Abs(float64(v)*float64(y[i]))
		}
		if d := math.Abs(Dot(x, y) - dot); d > 1e-14*size {
			t.Fatalf("Dot of %s is off by %g", what, d)
		}
		if d := math.Abs(SumAll(x) - all); d > 1e-14*size {
			t.Fatalf("SumAll of %s is off by %g", what, d)
		}
	}
}

func TestMaxWithNaN(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		r := newRand(10)
		for n := 1; n < 300; n += 7 {
			for range 5 {
				x := normal[float32](r, n)
				for i := range x {
					if r.IntN(3) == 0 {
						x[i] = float32(math.Inf(-1))
					}
				}
				want := float64(maxOf(x))
				got := make([]float32, 1)
				Max(got, x, 1, n, 1)
				near(t, "Max with infinities", got, []float64{want}, 0, 0)
				x[r.IntN(n)] = float32(math.NaN())
				Max(got, x, 1, n, 1)
				if got[0] == got[0] {
					t.Fatalf("Max of %d numbers, one NaN, is %v", n, got[0])
				}
			}
		}
	})
	if _, ok := panics(func() { Max(make([]float32, 2), nil, 2, 0, 1) }).(*ArgError); !ok {
		t.Error("Max over an empty axis did not panic with an *ArgError")
	}
}

func maxOf(x []float32) float32 {
	m := x[0]
	for _, v := range x {
		m = max(m, v)
	}
	return m
}

// Sums have the same bits with one and two workers, and for one row of a batch.
func TestSumsDoNotDependOnWorkersOrBatch(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		const outer, n = 5, 9*leaf + 123
		x := normal[float32](newRand(11), outer*n)
		var sums [2][]float32
		var dots, alls [2][]float64
		for p := range sums {
			procs(t, p+1)
			sums[p] = make([]float32, outer)
			Sum(sums[p], x, outer, n, 1)
			dots[p], alls[p] = []float64{Dot(x, x)}, []float64{SumAll(x)}
		}
		sameBits(t, "Sum", sums[0], sums[1])
		sameBits(t, "Dot", dots[0], dots[1])
		sameBits(t, "SumAll", alls[0], alls[1])
		one := make([]float32, 1)
		for o := range outer {
			Sum(one, x[o*n:(o+1)*n], 1, n, 1)
			sameBits(t, "Sum of one row", one, sums[0][o:o+1])
		}
	})
}

func TestSoftmax(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		checkSoftmax[float32](t)
		checkSoftmax[float64](t)
	})
}

func checkSoftmax[T Float](t *testing.T) {
	r := newRand(12)
	for n := 1; n <= 205; n++ {
		if n > 200 {
			n = leaf + 77
		}
		rows := 1 + n%4
		x := normal[T](r, rows*n)
		for i := range x {
			x[i] = x[i]*20 + 500
		}
		want, log := make([]float64, len(x)), make([]float64, rows)
		for o := range rows {
			m, s := math.Inf(-1), 0.0
			for _, v := range x[o*n : (o+1)*n] {
				m = max(m, float64(v))
			}
			for _, v := range x[o*n : (o+1)*n] {
				s += math.Exp(float64(v) - m)
			}
			for i, v := range x[o*n : (o+1)*n] {
				want[o*n+i] = math.Exp(float64(v)-m) / s
			}
			log[o] = m + math.Log(s)
		}
		got, l := guard[T](len(x)), guard[T](rows)
		LogSumExp(l.x, x, rows, n)
		l.check(t, "LogSumExp")
		near(t, "LogSumExp", l.x, log, 0, 4*epsOf[T]())
		copy(got.x, x)
		Softmax(got.x, got.x, rows, n)
		got.check(t, "Softmax")
		near(t, fmt.Sprint("Softmax of ", n), got.x, want, 1e-37, 8*epsOf[T]())
	}
}

func TestSoftmaxOfInfinities(t *testing.T) {
	inf := float32(math.Inf(1))
	onEveryPath(t, func(t *testing.T) {
		got := make([]float32, 3)
		Softmax(got, []float32{-inf, 0, 0}, 1, 3)
		near(t, "Softmax with a masked entry", got, []float64{0, 0.5, 0.5}, 0, 1e-7)
		LogSumExp(got[:2], []float32{-inf, -inf, 1, inf}, 2, 2)
		near(t, "LogSumExp", got[:2], []float64{math.Inf(-1), math.Inf(1)}, 0, 0)
		LogSumExp(got[:2], nil, 2, 0)
		near(t, "LogSumExp of nothing", got[:2], []float64{math.Inf(-1), math.Inf(-1)}, 0, 0)
	})
}

func ExampleSum() {
	s := make([]float64, 3)
	Sum(s, []float64{1, 2, 3, 4, 5, 6}, 1, 2, 3) // over the rows of a 2 x 3 array
	fmt.Println(s)
	// Output: [5 7 9]
}
