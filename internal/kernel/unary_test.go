package kernel

import (
	"fmt"
	"math"
	"testing"
)

// exact is each function of one number in float64.
var exact = [unaryOps]func(float64) float64{
	Neg: func(x float64) float64 { return -x }, Abs: math.Abs, Square: func(x float64) float64 { return x * x },
	Sign: func(x float64) float64 {
		if x == 0 || math.IsNaN(x) {
			return x
		}
		return math.Copysign(1, x)
	},
	Sqrt: math.Sqrt, Rsqrt: func(x float64) float64 { return 1 / math.Sqrt(x) }, Recip: func(x float64) float64 { return 1 / x },
	Exp: math.Exp, Expm1: math.Expm1, Log: math.Log, Log1p: math.Log1p, Sin: math.Sin, Cos: math.Cos, Tanh: math.Tanh, Erf: math.Erf,
	Sigmoid:  func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	SiLU:     func(x float64) float64 { return x / (1 + math.Exp(-x)) },
	GELU:     func(x float64) float64 { return x * 0.5 * math.Erfc(-x/math.Sqrt2) },
	Softplus: func(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) },
	siluGrad: func(x float64) float64 {
		s, t := 1/(1+math.Exp(-x)), 1/(1+math.Exp(x))
		return s * (1 + x*t)
	},
}

// bound is the error of a float32 kernel as Unary and SiLUGrad state it, in units of 2^-23 times the value, and in
// absolute terms.
func bound(op UnaryOp) (units, abs float64) {
	switch op {
	case Neg, Abs, Sign:
		return 0, 0
	case Square, Sqrt, Recip:
		return 0.5, leastNormal
	case Exp, Rsqrt:
		return 1, leastNormal
	case Softplus, Log1p:
		return 3, 2 * leastNormal
	case GELU:
		return 5, 100 * leastNormal // x times a factor that may be a denormal
	case SiLU:
		return 2, 100 * leastNormal
	case siluGrad:
		return 4, 3e-7
	}
	return 2, leastNormal
}

// leastNormal is the least float32 that is no denormal: those are zeros in a block of package par.
const leastNormal = 0x1p-126

func sweep[T Float]() []T {
	var x []T
	for v := -110.0; v <= 110; v += 0.0137 {
		x = append(x, T(v))
	}
	for e := -126; e < 128; e++ {
		x = append(x, T(math.Ldexp(1.37, e)), T(-math.Ldexp(1.61, e)))
	}
	return append(x, 0, T(math.Copysign(0, -1)), T(math.Inf(1)), T(math.Inf(-1)), T(math.NaN()), 88.72, 88.73, -87.4, -103.9, -104.1)
}

func checkUnary[T Float](t *testing.T) {
	x := sweep[T]()
	for op := range unaryOps {
		want := make([]float64, len(x))
		for i, v := range x {
			want[i] = exact[op](float64(v))
			if math.IsInf(float64(v), 0) {
				want[i] = atInfinity(op, float64(v), want[i])
			}
		}
		ulps, abs := bound(op)
		if !isSingle[T]() {
			ulps, abs = 8, max(abs, 1e-300)
			if op == siluGrad {
				abs = 1e-15
			}
		}
		got := make([]T, len(x))
		Unary(op, got, x)
		near(t, fmt.Sprint(op, " ", typeName[T]()), got, want, abs, ulps*epsOf[T]())
		for n := range 200 {
			at := n * 37 % (len(x) - 200)
			part := guard[T](n)
			Unary(op, part.x, x[at:at+n])
			part.check(t, op.String())
			sameBits(t, fmt.Sprint(op, " of ", n), part.x, got[at:at+n])
			copy(part.x, x[at:at+n])
			Unary(op, part.x, part.x)
			sameBits(t, fmt.Sprint(op, " in place of ", n), part.x, got[at:at+n])
		}
	}
}

// atInfinity is the limit where the formula in exact gives NaN.
func atInfinity(op UnaryOp, x, formula float64) float64 {
	switch {
	case op == SiLU || op == GELU:
		return max(x, 0)
	case op == siluGrad:
		return max(0, math.Copysign(1, x))
	}
	return formula
}

func TestUnary(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		checkUnary[float32](t)
		checkUnary[float64](t)
	})
}

func TestUnaryArguments(t *testing.T) {
	if e, ok := panics(func() { Unary(Exp, make([]float32, 3), make([]float32, 4)) }).(*SizeError); !ok || e.Got != 4 || e.Want != 3 {
		t.Errorf("lengths 3 and 4 gave %v, want a *SizeError", e)
	}
	if _, ok := panics(func() { Unary(unaryOps, make([]float32, 3), make([]float32, 3)) }).(*ArgError); !ok {
		t.Error("an unknown operation did not panic with an *ArgError")
	}
}

func TestElementwiseLoops(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		checkLoops[float32](t)
		checkLoops[float64](t)
	})
}

func checkLoops[T Float](t *testing.T) {
	r := newRand(7)
	special := []T{0, 1, -1, T(math.NaN()), T(math.Inf(1)), T(math.Inf(-1)), T(math.Copysign(0, -1))}
	for n := range 200 {
		a, b := normal[T](r, n), normal[T](r, n)
		for i := range a {
			if r.IntN(4) == 0 {
				a[i] = special[r.IntN(len(special))]
			}
			if r.IntN(4) == 0 {
				b[i] = special[r.IntN(len(special))]
			}
		}
		for op := range binaryOps {
			want := make([]float64, n)
			for i := range want {
				want[i] = float64(T(exactBinary(op, float64(a[i]), float64(b[i]))))
			}
			got := guard[T](n)
			Binary(op, got.x, a, b)
			got.check(t, op.String())
			near(t, op.String(), got.x, want, 0, 4*epsOf[T]())
			for alias := range 2 {
				again := guard[T](n)
				copy(again.x, [][]T{a, b}[alias])
				pair := [][]T{a, b}
				pair[alias] = again.x
				Binary(op, again.x, pair[0], pair[1])
				sameBits(t, op.String()+" in place", again.x, got.x)
			}
		}
		got, want := guard[T](n), make([]float64, n)
		each := func(what string, abs float64, f func(i int) float64) {
			t.Helper()
			for i := range want {
				want[i] = f(i)
			}
			got.check(t, what)
			near(t, what, got.x, want, abs, 4*epsOf[T]())
		}
		Affine(got.x, a, 1.5, -0.25)
		each("Affine", epsOf[T](), func(i int) float64 { return 1.5*float64(a[i]) - 0.25 })
		Clamp(got.x, a, -0.5, 0.75)
		each("Clamp", 0, func(i int) float64 { return min(max(float64(a[i]), -0.5), 0.75) })
		copy(got.x, b)
		Axpy(-0.5, a, got.x)
		each("Axpy", 8*epsOf[T](), func(i int) float64 { return float64(b[i]) - 0.5*float64(a[i]) })
		Where(got.x, a, a, b)
		each("Where", 0, func(i int) float64 {
			if a[i] != 0 {
				return float64(a[i])
			}
			return float64(b[i])
		})
		Fill(got.x, 3)
		each("Fill", 0, func(int) float64 { return 3 })
	}
}

func exactBinary(op BinaryOp, a, b float64) float64 {
	yes := func(c bool) float64 {
		if c {
			return 1
		}
		return 0
	}
	switch op {
	case Add:
		return a + b
	case Sub:
		return a - b
	case Mul:
		return a * b
	case Div:
		return a / b
	case Pow:
		return math.Pow(a, b)
	case Max2:
		return max(a, b)
	case Min2:
		return min(a, b)
	case Atan2:
		return math.Atan2(a, b)
	case Hypot:
		return math.Hypot(a, b)
	case Less:
		return yes(a < b)
	}
	return yes(a <= b)
}

// Broadcasting is checked against indexing one element at a time.
func TestBinaryBroadcast(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		r := newRand(8)
		for range 400 {
			rank := r.IntN(6)
			dims, sa, sb := make([]int, rank), make([]int, rank), make([]int, rank)
			n, na, nb := 1, 1, 1
			for i := rank - 1; i >= 0; i-- {
				dims[i] = 1 + r.IntN(5)
				if r.IntN(8) == 0 {
					dims[i] += 30
				}
				n *= dims[i]
				if r.IntN(3) > 0 {
					sa[i], na = na, na*dims[i]
				}
				if r.IntN(3) > 0 {
					sb[i], nb = nb, nb*dims[i]
				}
			}
			a, b := normal[float32](r, na), normal[float32](r, nb)
			op := BinaryOp(r.IntN(int(binaryOps)))
			got, want := guard[float32](n), make([]float64, n)
			for i := range want {
				ia, ib := 0, 0
				for d, rest := rank-1, i; d >= 0; d-- {
					ia, ib, rest = ia+rest%dims[d]*sa[d], ib+rest%dims[d]*sb[d], rest/dims[d]
				}
				want[i] = float64(float32(exactBinary(op, float64(a[ia]), float64(b[ib]))))
			}
			BinaryBroadcast(op, got.x, a, b, dims, sa, sb)
			what := fmt.Sprint(op, dims, sa, sb)
			got.check(t, what)
			near(t, what, got.x, want, 0, 2*epsOf[float32]())
		}
	})
}

func ExampleUnary() {
	y := make([]float64, 3)
	Unary(Square, y, []float64{1, 2, 3})
	fmt.Println(y)
	// Output: [1 4 9]
}

func ExampleBinaryBroadcast() {
	y := make([]float64, 6) // a row added to every row of a 2 x 3 array
	BinaryBroadcast(Add, y, []float64{0, 1, 2, 3, 4, 5}, []float64{10, 20, 30}, []int{2, 3}, []int{3, 1}, []int{0, 1})
	fmt.Println(y)
	// Output: [10 21 32 13 24 35]
}

func BenchmarkElementwise(b *testing.B) {
	const n = 1 << 14
	x, y, z := make([]float32, n), normal[float32](newRand(1), n), make([]float32, n)
	for _, p := range paths() {
		for _, k := range []struct {
			name  string
			words int
			f     func()
		}{
			{"Add", 3, func() { Binary(Add, x, y, z) }}, {"Div", 3, func() { Binary(Div, x, z, y) }}, {"Max", 3, func() { Binary(Max2, x, z, y) }},
			{"Affine", 2, func() { Affine(x, y, 2, 3) }}, {"Axpy", 3, func() { Axpy(0.5, y, z) }}, {"Clamp", 2, func() { Clamp(x, y, -1, 1) }},
			{"Exp", 2, func() { Unary(Exp, x, y) }}, {"Tanh", 2, func() { Unary(Tanh, x, y) }}, {"Sigmoid", 2, func() { Unary(Sigmoid, x, y) }},
			{"SiLU", 2, func() { Unary(SiLU, x, y) }}, {"SiLUGrad", 2, func() { SiLUGrad(x, y) }}, {"Sqrt", 2, func() { Unary(Sqrt, x, z) }},
			{"Fill", 1, func() { Fill(x, 1) }}, {"Where", 4, func() { Where(x, y, z, y) }},
			{"SumAll", 1, func() { SumAll(y) }}, {"Dot", 2, func() { Dot(x, y) }},
			{"Sum", 1, func() { Sum(z[:1], y, 1, n, 1) }}, {"SumRows", 1, func() { Sum(x[:128], y, 1, 128, 128) }}, {"Max1", 1, func() { Max(z[:1], y, 1, n, 1) }},
			{"Softmax256", 2, func() { Softmax(x, y, n/256, 256) }}, {"GroupNormSiLU", 2, func() { GroupNorm(x, y, nil, nil, 1, 16, 1024, 8, 1e-5, true) }},
			{"GroupStats", 1, func() { GroupStats(x[:8], z[:8], y, 1, 16, 1024, 8, 1e-5) }},
			{"Adam", 7, func() { Adam(x, y, z, z, 1e-3, 0.9, 0.999, 1e-8, 0, 1, 1) }},
			{"Transpose", 2, func() { Permute(x, y, []int{128, 128}, []int{1, 128}) }},
		} {
			b.Run(p.name+"/"+k.name, func(b *testing.B) {
				usePath(b, p)
				for b.Loop() {
					k.f()
				}
				b.ReportMetric(float64(4*n*k.words)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GB/s")
			})
		}
	}
}
