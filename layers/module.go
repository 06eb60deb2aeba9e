package layers

import (
	"tweedie/autodiff"
)

// Module is anything with parameters. Params returns them under their full names, in the order they were made.
type Module interface {
	Params() []*autodiff.Param
}

// Layer is a module that maps one Var to one Var.
type Layer interface {
	Module
	Forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var
}

// Params returns the parameters of modules, in order. No module may be a nil pointer.
func Params(modules ...Module) []*autodiff.Param {
	var ps []*autodiff.Param
	for _, m := range modules {
		ps = append(ps, m.Params()...)
	}
	return ps
}

// Count returns the number of trainable values.
func Count(ps []*autodiff.Param) int {
	n := 0
	for _, p := range ps {
		if p.Trainable() {
			n += p.Shape().Size()
		}
	}
	return n
}

// OutShape returns the shape that f gives for an input of shape in, without computing anything. A shape that does not
// fit somewhere inside comes back as an error that names the op and the module's path.
func OutShape(f func(s *autodiff.Scope, x autodiff.Var) autodiff.Var, in autodiff.Shape) (out autodiff.Shape, err error) {
	defer autodiff.Catch(&err)
	s := autodiff.NewArena().Scope(autodiff.Plan, autodiff.F32)
	defer s.Close()
	return f(s, s.Input(in)).Shape(), nil
}

// Activation names an elementwise nonlinearity: "silu", "relu", "leaky_relu" (slope 0.01), "lrelu" (slope 0.2),
// "elu", "gelu", "tanh", "sigmoid", "softplus", or "" for none.
type Activation string

// Apply applies the nonlinearity to x. It panics with a *autodiff.ValueError when the name is unknown.
func (a Activation) Apply(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	switch a {
	case "":
		return x
	case "silu":
		return s.SiLU(x)
	case "relu":
		return s.ReLU(x)
	case "leaky_relu":
		return s.LeakyReLU(x, 0.01)
	case "lrelu":
		return s.LeakyReLU(x, 0.2)
	case "elu":
		c := s.Child()
		y := c.Add(c.ReLU(x), c.Expm1(c.Neg(c.ReLU(c.Neg(x)))))
		c.Close(y)
		return y
	case "gelu":
		return s.GELU(x)
	case "tanh":
		return s.Tanh(x)
	case "sigmoid":
		return s.Sigmoid(x)
	case "softplus":
		return s.Softplus(x)
	}
	panic(&autodiff.ValueError{Op: "activation", Module: s.Path(), Msg: "unknown nonlinearity " + string(a)})
}

func (a Activation) validate(p Path, kind string) error {
	switch a {
	case "", "silu", "relu", "leaky_relu", "lrelu", "elu", "gelu", "tanh", "sigmoid", "softplus":
		return nil
	}
	return p.Errorf(kind, "unknown activation %q; want silu, relu, leaky_relu, lrelu, elu, gelu, tanh, sigmoid, softplus or none", string(a))
}
