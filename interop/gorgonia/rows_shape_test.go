package gorgonia_test

import (
	"fmt"
	"math"

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
		{Name: "self_attention", In: []Shape{S(1, 12, 5)}, Ours: one(func(s *Scope, x Var) Var { return s.SelfAttention(x, 2, QKV{Head: 6, Part: 1, Channel: 3}) }), Theirs: selfAttention},
	}
	for i := range rows {
		rows[i].Seed = uint64(300 + i)
	}
	return rows
}

func product(ta, tb bool) func(*Scope, []Var) Var {
	return two(func(s *Scope, a, b Var) Var { return s.MatMul(a, b, ta, tb) })
}

// selfAttention is that of x [1,12,5] among two heads of two channels, packed [head][channel][part]. Parts are taken,
// and heads put together, by products with matrices of zeros and ones.
func selfAttention(x []node) node {
	all := reshape(x[0], 12, 5)
	var y node
	for h := range 2 {
		var part [3]node
		for p := range part {
			take := make([]float64, 2*12)
			for i := range 2 {
				take[i*12+6*h+3*i+p] = 1
			}
			part[p] = gg.Must(gg.Mul(fixed(all, fmt.Sprint("take", h, p), S(2, 12), take), all))
		}
		scores := times(gg.Must(gg.Mul(gg.Must(gg.Transpose(part[0])), part[1])), math.Sqrt(0.5))
		mean := gg.Must(gg.Mul(part[2], gg.Must(gg.Transpose(gg.Must(gg.SoftMax(scores, 1))))))
		put := make([]float64, 4*2)
		put[2*h*2], put[(2*h+1)*2+1] = 1, 1
		here := gg.Must(gg.Mul(fixed(all, fmt.Sprint("put", h), S(4, 2), put), mean))
		if y == nil {
			y = here
		} else {
			y = gg.Must(gg.Add(y, here))
		}
	}
	return reshape(y, 1, 4, 5)
}

func dot(a, b node) node { return gg.Must(gg.Sum(gg.Must(gg.HadamardProd(a, b)))) }
