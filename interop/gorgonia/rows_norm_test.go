package gorgonia_test

import (
	gg "gorgonia.org/gorgonia"

	. "tweedie/autodiff"
)

// normRows are the normalisations, with Gorgonia's side composed of matrix products and elementwise ops.
func normRows() []row {
	group := func(groups int, act bool) row {
		return row{In: []Shape{S(2, 6, 3, 2), S(6), S(6)},
			Ours:   func(s *Scope, x []Var) Var { return s.GroupNorm(x[0], x[1], x[2], groups, 1e-3, act) },
			Theirs: func(x []node) node { return groupNorm(x[0], x[1], x[2], groups, 1e-3, act) }}
	}
	rows := []row{
		group(1, false), group(3, false), group(6, false), group(2, true),
		{In: []Shape{S(2, 6, 5)},
			Ours:   one(func(s *Scope, x Var) Var { return s.GroupNorm(x, Var{}, Var{}, 3, 1e-3, false) }),
			Theirs: func(x []node) node { return reshape(standardise(reshape(x[0], 6, 10), 1e-3), 2, 6, 5) }},
		{In: []Shape{S(4, 5)},
			Ours:   one(func(s *Scope, x Var) Var { return s.LayerNorm(x, Var{}, Var{}, 1e-3) }),
			Theirs: func(x []node) node { return standardise(x[0], 1e-3) }},
	}
	for i, name := range []string{"group_norm 1", "group_norm 3", "group_norm 6", "group_norm 2 silu", "group_norm bare", "layer_norm"} {
		rows[i].Name, rows[i].Seed, rows[i].Tol = name, uint64(600+i), 1e-11
	}
	return rows
}

// standardise moves every row of x [R,D] to mean 0 and variance 1. The mean and its repetition are products with ones.
func standardise(x node, eps float64) node {
	sh := x.Shape()
	down := fixed(x, "down", S(sh[1], 1), fill(S(sh[1], 1), 1/float64(sh[1])))
	along := fixed(x, "along", S(1, sh[1]), fill(S(1, sh[1]), 1))
	mean := func(v node) node { return gg.Must(gg.Mul(gg.Must(gg.Mul(v, down)), along)) }
	c := gg.Must(gg.Sub(x, mean(x)))
	return gg.Must(gg.HadamardDiv(c, gg.Must(gg.Sqrt(plus(mean(gg.Must(gg.Square(c))), eps)))))
}

// channels repeats v [C] to [N, C*D]: the channel of every element of an image.
func channels(v node, n, d int) node {
	c := v.Shape()[0]
	column := reshape(v, c, 1)
	row := reshape(gg.Must(gg.Mul(column, fixed(v, "row", S(1, d), fill(S(1, d), 1)))), 1, c*d)
	return gg.Must(gg.Mul(fixed(v, "batch", S(n, 1), fill(S(n, 1), 1)), row))
}

// groupNorm is GroupNorm of x [N,C,H,W] with gamma and beta [C].
func groupNorm(x, gamma, beta node, groups int, eps float64, act bool) node {
	sh := x.Shape().Clone()
	n, c, d := sh[0], sh[1], sh[2]*sh[3]
	y := reshape(standardise(reshape(x, n*groups, c/groups*d), eps), n, c*d)
	y = gg.Must(gg.Add(gg.Must(gg.HadamardProd(y, channels(gamma, n, d))), channels(beta, n, d)))
	if act {
		y = silu(y)
	}
	return reshape(y, sh...)
}
