package gorgonia_test

import (
	gg "gorgonia.org/gorgonia"

	. "tweedie/autodiff"
)

// reductionRows keep to rank 3 and below: tensor reduces axis 2 of arrays of rank 4 wrongly. Of rank 4 they take the
// axes of [outer, n, inner].
func reductionRows() []row {
	sum := func(axes ...int) program { return func(x []node) node { return gg.Must(gg.Sum(x[0], axes...)) } }
	ours := func(f func(s *Scope, x Var, axes ...int) Var, axes ...int) func(*Scope, []Var) Var {
		return one(func(s *Scope, x Var) Var { return f(s, x, axes...) })
	}
	along := func(f func(s *Scope, x Var, axis int) Var, axis int) func(*Scope, []Var) Var {
		return one(func(s *Scope, x Var) Var { return f(s, x, axis) })
	}
	rows := []row{
		{Name: "sum first", In: []Shape{S(5, 3)}, Ours: ours((*Scope).Sum, 0), Theirs: sum(0)},
		{Name: "sum last", In: []Shape{S(5, 3)}, Ours: ours((*Scope).Sum, 1), Theirs: sum(1)},
		{Name: "sum middle", In: []Shape{S(2, 3, 4)}, Ours: ours((*Scope).Sum, 1), Theirs: sum(1)},
		{Name: "sum of two axes", In: []Shape{S(2, 3, 4)}, Ours: ours((*Scope).Sum, 1, 2), Theirs: sum(1, 2)},
		{Name: "sum of outer axes", In: []Shape{S(2, 3, 4)}, Ours: ours((*Scope).Sum, 0, 2), Theirs: sum(0, 2)},
		{Name: "sum axis 2 of rank 4", In: []Shape{S(2, 3, 4, 2)}, Ours: ours((*Scope).Sum, 2), Theirs: func(x []node) node {
			return reshape(gg.Must(gg.Sum(reshape(x[0], 6, 4, 2), 1)), 2, 3, 2)
		}},
		{Name: "sum all", In: []Shape{S(3, 5)}, Ours: one((*Scope).SumAll), Theirs: sum()},
		{Name: "mean last", In: []Shape{S(5, 3)}, Ours: ours((*Scope).Mean, 1), Theirs: func(x []node) node { return gg.Must(gg.Mean(x[0], 1)) }},
		{Name: "mean of two axes", In: []Shape{S(2, 3, 4)}, Ours: ours((*Scope).Mean, 1, 2), Theirs: func(x []node) node { return gg.Must(gg.Mean(x[0], 1, 2)) }},
		{Name: "mean all", In: []Shape{S(3, 5)}, Ours: one((*Scope).MeanAll), Theirs: func(x []node) node { return gg.Must(gg.Mean(x[0])) }},
		{Name: "max last", In: []Shape{S(4, 5)}, Ours: along((*Scope).MaxAxis, 1), Theirs: func(x []node) node { return gg.Must(gg.Max(x[0], 1)) }},
		{Name: "max first", In: []Shape{S(4, 5)}, Ours: along((*Scope).MaxAxis, 0), Theirs: func(x []node) node { return gg.Must(gg.Max(x[0], 0)) }},
		{Name: "dot", In: []Shape{S(3, 5), S(3, 5)}, Ours: two((*Scope).Dot), Theirs: func(x []node) node {
			return gg.Must(gg.Sum(gg.Must(gg.HadamardProd(x[0], x[1]))))
		}},
		{Name: "logsumexp last", In: []Shape{S(3, 5)}, Lo: -3, Hi: 3, Ours: along((*Scope).LogSumExp, 1), Theirs: logSumExp(1)},
		{Name: "logsumexp first", In: []Shape{S(3, 5)}, Lo: -3, Hi: 3, Ours: along((*Scope).LogSumExp, 0), Theirs: logSumExp(0)},
		{Name: "softmax", In: []Shape{S(3, 5)}, Lo: -3, Hi: 3, Ours: one((*Scope).Softmax), Theirs: func(x []node) node { return gg.Must(gg.SoftMax(x[0], 1)) }},
		{Name: "softmax rank 1", In: []Shape{S(5)}, Lo: -3, Hi: 3, Ours: one((*Scope).Softmax), Theirs: func(x []node) node { return gg.Must(gg.SoftMax(x[0], 0)) }},
		{Name: "softmax rank 3", In: []Shape{S(2, 3, 5)}, Lo: -3, Hi: 3, Ours: one((*Scope).Softmax), Theirs: func(x []node) node { return gg.Must(gg.SoftMax(x[0], 2)) }},
		{Name: "log_softmax", In: []Shape{S(3, 5)}, Lo: -3, Hi: 3, Ours: one((*Scope).LogSoftmax), Theirs: func(x []node) node { return gg.Must(gg.LogSoftMax(x[0], 1)) }},
	}
	for i := range rows {
		rows[i].Seed = uint64(200 + i)
	}
	return rows
}

func logSumExp(axis int) program {
	return func(x []node) node { return gg.Must(gg.Log(gg.Must(gg.Sum(gg.Must(gg.Exp(x[0])), axis)))) }
}

// reshape is a copy of x with another shape: Gorgonia's own shares x's memory, which its machine then overwrites while
// a gradient still needs x.
func reshape(x node, dims ...int) node { return gg.Must(gg.Reshape(times(x, 1), dims)) }
