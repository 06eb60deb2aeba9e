package inverse

// ForwardDifferentiable is an Operator that applies its Jacobian, where VJP of a Differentiable applies the transpose.
type ForwardDifferentiable interface {
	Operator
	// JVP sets dst = A'(x) v and returns true. A combination of operators returns false, with anything in dst, where a member
	// has no JVP. It panics as Apply does.
	JVP(dst, x, v []float64) bool
}

// Push sets dst = A'(x) v, which is A v where op is Linear, and returns true. It returns false for an operator that has no JVP.
func Push(op Operator, dst, x, v []float64) bool {
	switch op := op.(type) {
	case Linear:
		op.Apply(dst, v)
		return true
	case ForwardDifferentiable:
		return op.JVP(dst, x, v)
	}
	return false
}

// CheckJVP panics with a *autodiff.ShapeError unless dst holds a measurement, and x and v an image each, as for JVP.
func (b *Base) CheckJVP(dst, x, v []float64) {
	b.CheckApply(dst, x)
	checkLen(b.name, "v", len(v), b.in.Size())
}
