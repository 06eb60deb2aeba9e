package gorgonia_test

import (
	gg "gorgonia.org/gorgonia"

	. "tweedie/autodiff"
	interop "tweedie/interop/gorgonia"
)

type (
	row     = interop.Case
	node    = *gg.Node
	unary   = func(x node) (node, error)
	program = func(x []node) node
)

// elementwiseRows are the ops of one argument, over shapes of rank 1 to 4.
func elementwiseRows() []row {
	shapes := []Shape{S(7), S(3, 5), S(2, 3, 2), S(2, 1, 3, 2)}
	same := func(f unary) program { return func(x []node) node { return gg.Must(f(x[0])) } }
	rows := []row{
		{Name: "identity", Ours: one((*Scope).Identity), Theirs: func(x []node) node { return x[0] }},
		{Name: "neg", Ours: one((*Scope).Neg), Theirs: same(gg.Neg)},
		{Name: "affine", Ours: one(func(s *Scope, x Var) Var { return s.Affine(x, -1.5, 0.25) }), Theirs: func(x []node) node { return plus(times(x[0], -1.5), 0.25) }},
		{Name: "square", Ours: one((*Scope).Square), Theirs: same(gg.Square)},
		{Name: "sqrt", Ours: one((*Scope).Sqrt), Theirs: same(gg.Sqrt), Lo: 0.5, Hi: 2},
		{Name: "rsqrt", Ours: one((*Scope).Rsqrt), Theirs: func(x []node) node { return gg.Must(gg.Inverse(gg.Must(gg.Sqrt(x[0])))) }, Lo: 0.5, Hi: 2},
		{Name: "recip", Ours: one((*Scope).Recip), Theirs: same(gg.Inverse), Gap: 0.5},
		{Name: "cube", Ours: one(func(s *Scope, x Var) Var { return s.Pow(x, 3) }), Theirs: same(gg.Cube)},
		{Name: "pow 1.7", Ours: one(func(s *Scope, x Var) Var { return s.Pow(x, 1.7) }), Theirs: power(1.7), Lo: 0.5, Hi: 2},
		{Name: "pow -2", Ours: one(func(s *Scope, x Var) Var { return s.Pow(x, -2) }), Theirs: power(-2), Lo: 0.5, Hi: 2},
		{Name: "exp", Ours: one((*Scope).Exp), Theirs: same(gg.Exp)},
		{Name: "expm1", Ours: one((*Scope).Expm1), Theirs: same(gg.Expm1)},
		{Name: "log", Ours: one((*Scope).Log), Theirs: same(gg.Log), Lo: 0.5, Hi: 2},
		{Name: "log1p", Ours: one((*Scope).Log1p), Theirs: same(gg.Log1p), Lo: -0.5, Hi: 2},
		{Name: "sin", Ours: one((*Scope).Sin), Theirs: same(gg.Sin), Lo: -3, Hi: 3},
		{Name: "cos", Ours: one((*Scope).Cos), Theirs: same(gg.Cos), Lo: -3, Hi: 3},
		{Name: "tanh", Ours: one((*Scope).Tanh), Theirs: same(gg.Tanh), Lo: -2, Hi: 2},
		{Name: "sigmoid", Ours: one((*Scope).Sigmoid), Theirs: same(gg.Sigmoid), Lo: -3, Hi: 3},
		{Name: "softplus", Ours: one((*Scope).Softplus), Theirs: same(gg.Softplus), Lo: -3, Hi: 3},
		{Name: "silu", Ours: one((*Scope).SiLU), Theirs: func(x []node) node { return silu(x[0]) }, Lo: -3, Hi: 3},
		{Name: "abs", Ours: one((*Scope).Abs), Theirs: same(gg.Abs), Gap: 0.2},
		{Name: "relu", Ours: one((*Scope).ReLU), Theirs: same(gg.Rectify), Gap: 0.2},
		{Name: "leaky_relu", Ours: one(func(s *Scope, x Var) Var { return s.LeakyReLU(x, 0.1) }), Theirs: func(x []node) node { return gg.Must(gg.LeakyRelu(x[0], 0.1)) }, Gap: 0.2},
		{Name: "clamp", Ours: one(func(s *Scope, x Var) Var { return s.Clamp(x, -0.5, 0.5) }), Theirs: clamp(-0.5, 0.5), Lo: -2, Hi: 2},
		{Name: "sign", Ours: one(func(s *Scope, x Var) Var { return s.Mul(s.Sign(x), s.Square(x)) }), Theirs: func(x []node) node {
			return gg.Must(gg.HadamardProd(gg.Must(gg.Sign(x[0])), gg.Must(gg.Square(x[0]))))
		}, Gap: 0.2},
	}
	for i := range rows {
		rows[i].In = []Shape{shapes[i%len(shapes)]}
		rows[i].Seed = uint64(i)
	}
	return rows
}

// pairRows are the ops of two arguments of one shape.
func pairRows() []row {
	same := func(f func(a, b node) (node, error)) program {
		return func(x []node) node { return gg.Must(f(x[0], x[1])) }
	}
	rows := []row{
		{Name: "add", Ours: two((*Scope).Add), Theirs: same(gg.Add)},
		{Name: "sub", Ours: two((*Scope).Sub), Theirs: same(gg.Sub)},
		{Name: "mul", Ours: two((*Scope).Mul), Theirs: same(gg.HadamardProd)},
		{Name: "div", Ours: two((*Scope).Div), Theirs: same(gg.HadamardDiv), Gap: 0.5},
		{Name: "max", Ours: two((*Scope).Max2), Theirs: same(gg.MaxBetween)},
		{Name: "min", Ours: two((*Scope).Min2), Theirs: same(gg.MinBetween)},
		{Name: "hypot", Ours: two(func(s *Scope, a, b Var) Var { return s.Hypot(a, b, 0.5) }), Theirs: func(x []node) node {
			sum := gg.Must(gg.Add(gg.Must(gg.Square(x[0])), gg.Must(gg.Square(x[1]))))
			return gg.Must(gg.Sqrt(plus(sum, 0.25)))
		}},
		{Name: "where less", Ours: two(func(s *Scope, a, b Var) Var { return s.Where(s.Less(a, b), s.Square(a), s.Mul(a, b)) }), Theirs: func(x []node) node {
			a, b := x[0], x[1]
			mask := gg.Must(gg.Lt(a, b, true))
			left := gg.Must(gg.HadamardProd(mask, gg.Must(gg.Square(a))))
			right := gg.Must(gg.HadamardProd(plus(gg.Must(gg.Neg(mask)), 1), gg.Must(gg.HadamardProd(a, b))))
			return gg.Must(gg.Add(left, right))
		}},
	}
	for i := range rows {
		sh := []Shape{S(3, 5), S(11), S(2, 3, 4)}[i%3]
		rows[i].In = []Shape{sh, sh}
		rows[i].Seed = uint64(100 + i)
	}
	return rows
}

func one(f func(s *Scope, x Var) Var) func(*Scope, []Var) Var {
	return func(s *Scope, x []Var) Var { return f(s, x[0]) }
}

func two(f func(s *Scope, a, b Var) Var) func(*Scope, []Var) Var {
	return func(s *Scope, x []Var) Var { return f(s, x[0], x[1]) }
}

func plus(x node, v float64) node  { return gg.Must(gg.Add(x, gg.NewConstant(v))) }
func times(x node, v float64) node { return gg.Must(gg.HadamardProd(x, gg.NewConstant(v))) }

func silu(x node) node { return gg.Must(gg.HadamardProd(x, gg.Must(gg.Sigmoid(x)))) }

func power(p float64) program {
	return func(x []node) node { return gg.Must(gg.Pow(x[0], gg.NewConstant(p))) }
}

func clamp(lo, hi float64) program {
	return func(x []node) node {
		shape := shapeOf(x[0])
		return gg.Must(gg.MinBetween(gg.Must(gg.MaxBetween(x[0], fixed(x[0], "lo", shape, fill(shape, lo)))), fixed(x[0], "hi", shape, fill(shape, hi))))
	}
}

func fill(shape Shape, v float64) []float64 {
	d := make([]float64, shape.Size())
	for i := range d {
		d[i] = v
	}
	return d
}

func shapeOf(x node) Shape { return S(x.Shape()...) }

// fixed is an array that nothing is differentiated by, in the graph of x. Two of one name and shape are one.
func fixed(x node, name string, shape Shape, data []float64) node {
	d, err := interop.Dense(shape, data)
	if err != nil {
		panic(err)
	}
	return interop.Node(x.Graph(), name, d)
}
