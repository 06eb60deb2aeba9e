package autodiff_test

import (
	"fmt"

	. "tweedie/autodiff"
	"tweedie/autodiff/gradtest"
)

// matrixRows cover products and triangular solves, in every transposition, with and without leading axes.
func matrixRows() []gradtest.Case {
	var rows []gradtest.Case
	leads := [][2]Shape{
		{S(), S()}, {S(2), S(2)}, {S(3), S()}, {S(), S(3)}, {S(2, 1), S(3)}, {S(2, 3), S(1, 3)}, {S(2, 1, 2), S(2, 3, 1)}, {S(1), S(2, 2)},
	}
	for i, l := range leads {
		for k := range 4 {
			ta, tb := k&1 != 0, k&2 != 0
			if i > 3 && k != i%4 {
				continue
			}
			rows = append(rows, gradtest.Case{
				Name: fmt.Sprintf("matmul %v %v %v %v", l[0], l[1], ta, tb),
				F:    two(func(s *Scope, a, b Var) Var { return s.MatMul(a, b, ta, tb) }),
				In:   []Shape{l[0].Concat(turned(2, 3, ta)), l[1].Concat(turned(3, 4, tb))},
			}, gradtest.Case{
				Name: fmt.Sprintf("solve_triangular %v %v upper %v trans %v", l[0], l[1], ta, tb),
				F: two(func(s *Scope, a, b Var) Var {
					eye := s.Const64(S(3, 3), []float64{4, 0, 0, 0, 4, 0, 0, 0, 4})
					return s.SolveTriangular(s.Add(a, eye), b, ta, tb)
				}),
				In: []Shape{l[0].Concat(S(3, 3)), l[1].Concat(S(3, 2))},
			})
		}
	}
	dot := func(s *Scope, a, b Var) Var { return s.MatMul(a, b, false, false) }
	return append(rows,
		gradtest.Case{Name: "matmul of ones", F: two(dot), In: []Shape{S(1, 1), S(1, 1)}},
		gradtest.Case{Name: "matmul inner", F: two(dot), In: []Shape{S(1, 7), S(7, 1)}},
		gradtest.Case{Name: "matmul outer", F: two(dot), In: []Shape{S(5, 1), S(1, 3)}},
		gradtest.Case{Name: "matmul odd", F: two(dot), In: []Shape{S(17, 5), S(5, 19)}},
		gradtest.Case{Name: "solve of one column", In: []Shape{S(4, 4), S(2, 4, 1)}, F: two(func(s *Scope, a, b Var) Var {
			return s.SolveTriangular(s.Add(a, s.Full(S(4, 4), 3)), b, true, true)
		}), Tol32: 1e-3},
		gradtest.Case{Name: "triu", F: one((*Scope).Triu), In: []Shape{S(2, 3, 4)}},
		gradtest.Case{Name: "tril", F: one((*Scope).Tril), In: []Shape{S(4, 3)}},
		gradtest.Case{Name: "tril tall", F: one((*Scope).Tril), In: []Shape{S(1, 2, 2, 5)}},
	)
}

func turned(m, n int, trans bool) Shape {
	if trans {
		return S(n, m)
	}
	return S(m, n)
}

// indexRows move elements about. Each result is squared, so that second derivatives are not zero.
func indexRows() []gradtest.Case {
	sq := func(f func(s *Scope, x Var) Var) fn {
		return one(func(s *Scope, x Var) Var { return s.Square(f(s, x)) })
	}
	idx, first := []int{2, 0, 2, 1, 2}, []int{0}
	rows := []gradtest.Case{
		{Name: "permute", F: sq(func(s *Scope, x Var) Var { return s.Permute(x, 2, 0, 1) }), In: []Shape{S(2, 3, 4)}},
		{Name: "permute five", F: sq(func(s *Scope, x Var) Var { return s.Permute(x, -1, 1, 3, 0, 2) }), In: []Shape{S(2, 3, 1, 2, 3)}},
		{Name: "permute one", F: sq(func(s *Scope, x Var) Var { return s.Permute(x, 0) }), In: []Shape{S(5)}},
		{Name: "transpose", F: sq((*Scope).Transpose), In: []Shape{S(2, 3, 5)}},
		{Name: "slice first", F: sq(func(s *Scope, x Var) Var { return s.Slice(x, 0, 1, 3) }), In: []Shape{S(4, 3)}},
		{Name: "slice last", F: sq(func(s *Scope, x Var) Var { return s.Slice(x, -1, 2, 5) }), In: []Shape{S(2, 3, 5)}},
		{Name: "slice of one", F: sq(func(s *Scope, x Var) Var { return s.Slice(x, 1, 2, 3) }), In: []Shape{S(2, 4, 1, 2)}},
		{Name: "slice of all", F: sq(func(s *Scope, x Var) Var { return s.Slice(x, 0, 0, 3) }), In: []Shape{S(3)}},
		{Name: "slice of nothing", F: func(s *Scope, x []Var) Var {
			return s.Concat(0, s.Slice(x[0], 0, 1, 1), s.Square(x[0]))
		}, In: []Shape{S(3)}},
		{Name: "embed first", F: sq(func(s *Scope, x Var) Var { return s.Embed(x, 0, 2, 5) }), In: []Shape{S(2, 3)}},
		{Name: "embed last", F: sq(func(s *Scope, x Var) Var { return s.Embed(x, -1, 0, 4) }), In: []Shape{S(2, 3)}},
		{Name: "flip first", F: sq(func(s *Scope, x Var) Var { return s.Flip(x, 0) }), In: []Shape{S(3, 2)}},
		{Name: "flip last", F: sq(func(s *Scope, x Var) Var { return s.Mul(s.Flip(x, -1), x) }), In: []Shape{S(2, 5)}},
		{Name: "gather first", F: sq(func(s *Scope, x Var) Var { return s.Gather(x, 0, idx) }), In: []Shape{S(4, 3)}},
		{Name: "gather last", F: sq(func(s *Scope, x Var) Var { return s.Gather(x, -1, idx) }), In: []Shape{S(2, 3)}},
		{Name: "gather one of one", F: sq(func(s *Scope, x Var) Var { return s.Gather(x, 0, first) }), In: []Shape{S(1)}},
		{Name: "scatter_add first", F: sq(func(s *Scope, x Var) Var { return s.ScatterAdd(x, 0, idx, 4) }), In: []Shape{S(5, 3)}},
		{Name: "scatter_add middle", F: sq(func(s *Scope, x Var) Var { return s.ScatterAdd(x, 1, idx, 3) }), In: []Shape{S(2, 5, 2)}},
		{Name: "concat", F: func(s *Scope, x []Var) Var { return s.Square(s.Concat(1, x...)) }, In: []Shape{S(2, 3, 2), S(2, 1, 2), S(2, 2, 2)}},
		{Name: "concat of one", F: func(s *Scope, x []Var) Var { return s.Square(s.Concat(-1, x...)) }, In: []Shape{S(2, 3)}},
		{Name: "concat with itself", F: sq(func(s *Scope, x Var) Var { return s.Concat(0, x, s.Exp(x), x) }), In: []Shape{S(2, 2)}},
		{Name: "concat with a constant", F: sq(func(s *Scope, x Var) Var {
			c := s.Child()
			y := c.Concat(1, c.Ones(S(2, 3)), x, c.Ones(S(2, 1)))
			c.Close(y)
			return y
		}), In: []Shape{S(2, 2)}},
		{Name: "stack", F: func(s *Scope, x []Var) Var { return s.Square(s.Stack(1, x...)) }, In: []Shape{S(2, 3), S(2, 3), S(2, 3)}},
		{Name: "stack of scalars", F: func(s *Scope, x []Var) Var { return s.Square(s.Stack(-1, x...)) }, In: []Shape{S(), S()}},
	}
	many := make([]Shape, 37)
	for i := range many {
		many[i] = S(2, 1+i%3)
	}
	rows = append(rows, gradtest.Case{Name: "concat of 37", F: func(s *Scope, x []Var) Var { return s.Square(s.Concat(1, x...)) }, In: many})
	for name, mode := range map[string]PadMode{"zero": PadZero, "circular": PadCircular, "reflect": PadReflect, "symmetric": PadSymmetric} {
		pad := func(lo, hi []int) fn {
			return sq(func(s *Scope, x Var) Var { return s.Pad(x, lo, hi, mode) })
		}
		rows = append(rows,
			gradtest.Case{Name: "pad " + name, F: pad([]int{1, 2}, []int{2, 1}), In: []Shape{S(2, 1, 3, 4)}},
			gradtest.Case{Name: "pad one axis, " + name, F: pad([]int{0, 1, 0}, []int{0, 2, 0}), In: []Shape{S(3, 3, 2)}},
			gradtest.Case{Name: "pad far, " + name, F: pad([]int{7}, []int{9}), In: []Shape{S(3)}},
			gradtest.Case{Name: "pad of one, " + name, F: pad([]int{2}, []int{1}), In: []Shape{S(2, 1)}},
			gradtest.Case{Name: "pad of nothing, " + name, F: pad([]int{0}, []int{0}), In: []Shape{S(2)}},
		)
	}
	return rows
}
