package gorgonia_test

import (
	gg "gorgonia.org/gorgonia"

	. "tweedie/autodiff"
)

// shapeRows are the ops that move elements, and matrix products.
func shapeRows() []row {
	part := func(x node, lo, hi int) node { return gg.Must(gg.Slice(x, nil, gg.S(lo, hi))) }
	rows := []row{
		{Name: "reshape", In: []Shape{S(2, 6)}, Ours: one(func(s *Scope, x Var) Var { return s.Reshape(x, S(3, 4)) }), Theirs: func(x []node) node { return reshape(x[0], 3, 4) }},
		{Name: "transpose", In: []Shape{S(3, 5)}, Ours: one((*Scope).Transpose), Theirs: func(x []node) node { return gg.Must(gg.Transpose(x[0])) }},
		{Name: "permute", In: []Shape{S(2, 3, 4, 5)}, Ours: one(func(s *Scope, x Var) Var { return s.Permute(x, 0, 2, 3, 1) }), Theirs: func(x []node) node { return gg.Must(gg.Transpose(x[0], 0, 2, 3, 1)) }},
		{Name: "slice", In: []Shape{S(3, 5)}, Ours: one(func(s *Scope, x Var) Var { return s.Slice(x, 1, 1, 4) }), Theirs: func(x []node) node { return part(x[0], 1, 4) }},
		{Name: "embed", In: []Shape{S(3, 3)}, Ours: one(func(s *Scope, x Var) Var { return s.Embed(x, 1, 1, 5) }), Loss: func(x []node, p node) node { return dot(x[0], part(p, 1, 4)) }},
		{Name: "concat", In: []Shape{S(3, 2), S(3, 4)}, Ours: two(func(s *Scope, a, b Var) Var { return s.Concat(1, a, b) }), Theirs: func(x []node) node { return gg.Must(gg.Concat(1, x...)) }},
		{Name: "broadcast column", In: []Shape{S(3, 1), S(3, 4)}, Ours: two((*Scope).Add), Theirs: func(x []node) node {
			return gg.Must(gg.BroadcastAdd(x[0], x[1], []byte{1}, nil))
		}},
		{Name: "broadcast row", In: []Shape{S(3, 4), S(1, 4)}, Ours: two((*Scope).Mul), Theirs: func(x []node) node {
			return gg.Must(gg.BroadcastHadamardProd(x[0], x[1], nil, []byte{0}))
		}},
		{Name: "broadcast middle", In: []Shape{S(2, 3, 4), S(1, 3, 1)}, Ours: two((*Scope).Div), Theirs: func(x []node) node {
			return gg.Must(gg.BroadcastHadamardDiv(x[0], x[1], nil, []byte{0, 2}))
		}, Lo: 0.5, Hi: 2},
		{Name: "matmul", In: []Shape{S(3, 4), S(4, 2)}, Ours: product(false, false), Theirs: func(x []node) node { return gg.Must(gg.Mul(x[0], x[1])) }},
		{Name: "matmul transposed", In: []Shape{S(4, 3), S(2, 4)}, Ours: product(true, true), Theirs: func(x []node) node {
			return gg.Must(gg.Mul(gg.Must(gg.Transpose(x[0])), gg.Must(gg.Transpose(x[1]))))
		}},
		{Name: "matmul batched", In: []Shape{S(2, 3, 4), S(2, 4, 5)}, Ours: product(false, false), Theirs: func(x []node) node { return gg.Must(gg.BatchedMatMul(x[0], x[1])) }},
		{Name: "attention", In: []Shape{S(3, 4), S(5, 4), S(5, 2)}, Ours: func(s *Scope, x []Var) Var { return s.Attention(x[0], x[1], x[2]) }, Theirs: func(x []node) node {
			scores := times(gg.Must(gg.Mul(x[0], gg.Must(gg.Transpose(x[1])))), 0.5)
			return gg.Must(gg.Mul(gg.Must(gg.SoftMax(scores, 1)), x[2]))
		}},
	}
	for i := range rows {
		rows[i].Seed = uint64(300 + i)
	}
	return rows
}

func product(ta, tb bool) func(*Scope, []Var) Var {
	return two(func(s *Scope, a, b Var) Var { return s.MatMul(a, b, ta, tb) })
}

func dot(a, b node) node { return gg.Must(gg.Sum(gg.Must(gg.HadamardProd(a, b)))) }
