package autodiff_test

import (
	"fmt"
	"slices"
	"testing"

	. "tweedie/autodiff"
	"tweedie/autodiff/gradtest"
)

// rowsA returns the conformance rows of the elementwise ops, reductions, matrix products and indexing.
func rowsA() []gradtest.Case {
	return slices.Concat(elementwiseRows(), pairRows(), reductionRows(), matrixRows(), indexRows(), gradientRows())
}

func TestConformanceA(t *testing.T) {
	for _, c := range rowsA() {
		gradtest.Check(t, c)
	}
}

type fn = func(*Scope, []Var) Var

func one(f func(s *Scope, x Var) Var) fn {
	return func(s *Scope, x []Var) Var { return f(s, x[0]) }
}

func two(f func(s *Scope, a, b Var) Var) fn {
	return func(s *Scope, x []Var) Var { return f(s, x[0], x[1]) }
}

// elementwiseRows take one input each, over shapes of rank 0 to 5.
func elementwiseRows() []gradtest.Case {
	shapes := []Shape{S(7), S(), S(1), S(2, 1, 3), S(1, 2, 1, 3, 2), S(3, 5)}
	ops := []gradtest.Case{
		{Name: "square", F: one((*Scope).Square)},
		{Name: "sqrt", F: one((*Scope).Sqrt), Lo: 0.5, Hi: 2},
		{Name: "rsqrt", F: one((*Scope).Rsqrt), Lo: 0.5, Hi: 2},
		{Name: "recip", F: one((*Scope).Recip), Gap: 0.5},
		{Name: "pow 1.7", F: one(func(s *Scope, x Var) Var { return s.Pow(x, 1.7) }), Lo: 0.5, Hi: 2},
		{Name: "pow -2", F: one(func(s *Scope, x Var) Var { return s.Pow(x, -2) }), Gap: 0.5},
		{Name: "pow 3", F: one(func(s *Scope, x Var) Var { return s.Pow(x, 3) })},
		{Name: "pow 1", F: one(func(s *Scope, x Var) Var { return s.Pow(x, 1) })},
		{Name: "pow 0", F: one(func(s *Scope, x Var) Var { return s.Pow(x, 0) })},
		{Name: "exp", F: one((*Scope).Exp)},
		{Name: "expm1", F: one((*Scope).Expm1)},
		{Name: "log", F: one((*Scope).Log), Lo: 0.5, Hi: 2},
		{Name: "log1p", F: one((*Scope).Log1p), Lo: -0.5, Hi: 2},
		{Name: "sin", F: one((*Scope).Sin), Lo: -3, Hi: 3},
		{Name: "cos", F: one((*Scope).Cos), Lo: -3, Hi: 3},
		{Name: "tanh", F: one((*Scope).Tanh), Lo: -2, Hi: 2},
		{Name: "sigmoid", F: one((*Scope).Sigmoid), Lo: -3, Hi: 3},
		{Name: "silu", F: one((*Scope).SiLU), Lo: -3, Hi: 3},
		{Name: "gelu", F: one((*Scope).GELU), Lo: -2, Hi: 2},
		{Name: "softplus", F: one((*Scope).Softplus), Lo: -3, Hi: 3},
		{Name: "erf", F: one((*Scope).Erf), Lo: -2, Hi: 2},
		{Name: "abs", F: one((*Scope).Abs), Gap: 0.2},
		{Name: "sign", F: one((*Scope).Sign), Gap: 0.2},
		{Name: "relu", F: one((*Scope).ReLU), Gap: 0.2},
		{Name: "leaky_relu", F: one(func(s *Scope, x Var) Var { return s.LeakyReLU(x, 0.1) }), Gap: 0.2},
		{Name: "clamp inside", F: one(func(s *Scope, x Var) Var { return s.Clamp(x, -2, 2) })},
		{Name: "clamp below", F: one(func(s *Scope, x Var) Var { return s.Clamp(s.Square(x), -0.02, 0.02) }), Gap: 0.2},
		{Name: "clamp mixed", F: one(func(s *Scope, x Var) Var { return s.Clamp(x, -5, 0) }), Gap: 0.2},
	}
	var rows []gradtest.Case
	for i, c := range ops {
		c.In = []Shape{shapes[i%len(shapes)]}
		rows = append(rows, c)
		c.In = []Shape{shapes[(i+4)%len(shapes)]}
		rows = append(rows, c)
	}
	return rows
}

// pairRows take two inputs, over shapes that are equal, broadcast each other, or have extent 1.
func pairRows() []gradtest.Case {
	pairs := [][]Shape{
		{S(2, 3), S(2, 3)}, {S(3), S(2, 3)}, {S(2, 1, 4), S(3, 1)}, {S(), S(5)}, {S(1), S(1)}, {S(1, 2, 1, 3, 2), S(2, 1, 1, 1)},
	}
	apart := func(f func(s *Scope, a, b Var) Var) fn { // a and b + 3 sin(10 b): no ties near
		return func(s *Scope, x []Var) Var { return f(s, s.Scale(x[0], 0.1), s.Scale(s.Sin(x[1]), 3)) }
	}
	ops := []gradtest.Case{
		{Name: "atan2", F: two((*Scope).Atan2), Gap: 0.5},
		{Name: "hypot", F: two(func(s *Scope, a, b Var) Var { return s.Hypot(a, b, 0) }), Gap: 0.5},
		{Name: "hypot eps", F: two(func(s *Scope, a, b Var) Var { return s.Hypot(a, b, 0.7) })},
		{Name: "max", F: apart((*Scope).Max2), Gap: 0.5},
		{Name: "min", F: apart((*Scope).Min2), Gap: 0.5},
		{Name: "less", F: func(s *Scope, x []Var) Var { return s.Less(s.Scale(x[0], 0.1), x[1]) }, Gap: 0.3},
		{Name: "where", F: func(s *Scope, x []Var) Var {
			return s.Where(s.Less(x[0], s.Scalar(0)), s.Mul(x[0], x[1]), s.Square(x[1]))
		}, Gap: 0.2},
		{Name: "where one side", F: func(s *Scope, x []Var) Var {
			return s.Where(s.Less(x[0], s.Scalar(0)), s.Mul(x[0], x[1]), s.Scalar(2))
		}, Gap: 0.2},
		{Name: "where other side", F: func(s *Scope, x []Var) Var {
			return s.Where(s.Less(x[0], s.Scalar(0)), s.Scalar(2), s.Mul(x[0], x[1]))
		}, Gap: 0.2},
	}
	var rows []gradtest.Case
	for _, c := range ops {
		for _, p := range pairs {
			c.In = p
			rows = append(rows, c)
		}
	}
	return rows
}

func reductionRows() []gradtest.Case {
	sum := func(axes ...int) fn {
		return one(func(s *Scope, x Var) Var { return s.Sum(s.Mul(x, x), axes...) })
	}
	axis := func(f func(s *Scope, x Var, axis int) Var, k int) fn {
		return one(func(s *Scope, x Var) Var { return f(s, x, k) })
	}
	// spread moves the elements so far apart along the axis that no step of the differences changes the largest
	spread := func(k int, in Shape) gradtest.Case {
		n := in.Dim(k)
		ramp := make([]float64, n)
		for i := range ramp {
			ramp[i] = 5 * float64((i*7+2)%n)
		}
		column := S(n)
		for column.Rank() < in.Rank()-k {
			column = column.Insert(column.Rank(), 1)
		}
		return gradtest.Case{Name: fmt.Sprintf("max_axis %d of %v", k, in), In: []Shape{in}, F: one(func(s *Scope, x Var) Var {
			return s.Square(s.MaxAxis(s.Add(x, s.Const64(column, ramp)), k))
		})}
	}
	return []gradtest.Case{
		{Name: "sum last", F: sum(-1), In: []Shape{S(2, 3)}},
		{Name: "sum first", F: sum(0), In: []Shape{S(5, 3)}},
		{Name: "sum middle", F: sum(1), In: []Shape{S(2, 3, 4)}},
		{Name: "sum apart", F: sum(-1, 0), In: []Shape{S(2, 3, 4)}},
		{Name: "sum five", F: sum(0, 2, 4), In: []Shape{S(2, 1, 3, 2, 3)}},
		{Name: "sum of one", F: sum(0), In: []Shape{S(1)}},
		{Name: "mean", F: one(func(s *Scope, x Var) Var { return s.Mean(s.Square(x), 1, 2) }), In: []Shape{S(2, 3, 4)}},
		{Name: "sum all", F: one(func(s *Scope, x Var) Var { return s.SumAll(s.Exp(x)) }), In: []Shape{S(2, 3, 1, 4)}},
		{Name: "mean all", F: one(func(s *Scope, x Var) Var { return s.MeanAll(s.Exp(x)) }), In: []Shape{S(7)}},
		{Name: "sum all of a scalar", F: one(func(s *Scope, x Var) Var { return s.SumAll(s.Exp(x)) }), In: []Shape{S()}},
		{Name: "dot", F: two((*Scope).Dot), In: []Shape{S(3, 5), S(3, 5)}},
		{Name: "dot with itself", F: one(func(s *Scope, x Var) Var { return s.Dot(x, x) }), In: []Shape{S(2, 3)}},
		{Name: "dot of scalars", F: two((*Scope).Dot), In: []Shape{S(), S()}},
		spread(1, S(3, 5)),
		spread(0, S(3, 2)),
		spread(2, S(2, 1, 4, 3)),
		spread(0, S(1)),
		{Name: "cumsum last", F: axis((*Scope).Cumsum, -1), In: []Shape{S(2, 7)}},
		{Name: "cumsum first", F: axis((*Scope).Cumsum, 0), In: []Shape{S(5, 3)}},
		{Name: "cumsum middle", F: axis((*Scope).Cumsum, -2), In: []Shape{S(2, 3, 4)}},
		{Name: "logsumexp last", F: axis((*Scope).LogSumExp, -1), In: []Shape{S(3, 5)}, Lo: -3, Hi: 3},
		{Name: "logsumexp first", F: axis((*Scope).LogSumExp, 0), In: []Shape{S(3, 5)}, Lo: -3, Hi: 3},
		{Name: "logsumexp middle", F: axis((*Scope).LogSumExp, 1), In: []Shape{S(2, 3, 2, 2)}},
		{Name: "logsumexp of one", F: axis((*Scope).LogSumExp, 0), In: []Shape{S(1)}},
		{Name: "softmax", F: one((*Scope).Softmax), In: []Shape{S(3, 5)}, Lo: -3, Hi: 3},
		{Name: "softmax rank 1", F: one((*Scope).Softmax), In: []Shape{S(4)}},
		{Name: "softmax of one", F: one((*Scope).Softmax), In: []Shape{S(2, 1)}},
		{Name: "softmax rank 4", F: one((*Scope).Softmax), In: []Shape{S(2, 1, 2, 3)}},
		{Name: "log_softmax", F: one((*Scope).LogSoftmax), In: []Shape{S(2, 3, 4)}, Lo: -3, Hi: 3},
	}
}

// gradientRows treat J^T ct as a function of x and ct, for the ops that only appear inside rules.
func gradientRows() []gradtest.Case {
	gradient := func(f func(s *Scope, x Var) Var) fn {
		return func(s *Scope, x []Var) Var {
			c := s.ChildMode(Record)
			in, ct, g := [1]Var{c.Watch(x[0])}, [1]Var{x[1]}, [1]Var{}
			y := [1]Var{f(c, in[0])}
			c.VJP(y[:], ct[:], in[:], g[:])
			c.Close(g[0])
			return g[0]
		}
	}
	lo, hi := []int{1, 2}, []int{2, 4}
	pad := func(mode PadMode) fn {
		return gradient(func(s *Scope, x Var) Var { return s.Pad(x, lo, hi, mode) })
	}
	padded := []Shape{S(2, 3, 4), S(2, 6, 10)}
	return []gradtest.Case{
		{Name: "gradient of silu", F: gradient((*Scope).SiLU), In: []Shape{S(2, 3), S(2, 3)}, Lo: -3, Hi: 3},
		{Name: "gradient of clamp", F: gradient(func(s *Scope, x Var) Var { return s.Clamp(x, -5, 0) }), In: []Shape{S(5), S(5)}, Gap: 0.2},
		{Name: "gradient of leaky_relu", F: gradient(func(s *Scope, x Var) Var { return s.LeakyReLU(x, 0.3) }), In: []Shape{S(5), S(5)}, Gap: 0.2},
		{Name: "gradient of max_axis", In: []Shape{S(4, 3), S(3)}, F: gradient(func(s *Scope, x Var) Var {
			return s.MaxAxis(s.Add(x, s.Mul(s.Const64(S(4, 1), []float64{2, 0, 3, 1}), s.Scalar(5))), 0)
		})},
		{Name: "gradient of pad zero", F: pad(PadZero), In: padded},
		{Name: "gradient of pad circular", F: pad(PadCircular), In: padded},
		{Name: "gradient of pad reflect", F: pad(PadReflect), In: padded},
		{Name: "gradient of pad symmetric", F: pad(PadSymmetric), In: padded},
	}
}
