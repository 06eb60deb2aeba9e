package autodiff

// ToComplex joins a real part re and an imaginary part im of one shape into a complex field [...,2]; a zero Var for
// im means 0. It panics with a *ShapeError when the shapes differ.
func (s *Scope) ToComplex(re, im Var) Var {
	c := s.Child()
	if im.IsZero() {
		im = c.Zeros(re.Shape())
	}
	y := c.Stack(-1, re, im)
	c.Close(y)
	return y
}

// Real returns the real part [...] of a complex field z [...,2]. It panics with a *ShapeError when the last axis is
// not 2.
func (s *Scope) Real(z Var) Var { return s.part("real", z, 0) }

// Imag returns the imaginary part [...] of a complex field z [...,2]. It panics with a *ShapeError when the last axis
// is not 2.
func (s *Scope) Imag(z Var) Var { return s.part("imag", z, 1) }

func (s *Scope) part(op string, z Var, i int) Var {
	sh := z.node(op, s.Path()).shape
	if sh.rank < 1 || sh.dims[sh.rank-1] != 2 {
		panic(s.shapeError(op, "want a complex field, with a last axis of 2 (re, im)", z))
	}
	c := s.Child()
	y := c.Reshape(c.Slice(z, -1, i, i+1), sh.Drop(-1))
	c.Close(y)
	return y
}

// ComplexMul returns the product a b of complex fields, which broadcast by the trailing-axes rule. It panics with a
// *ShapeError when one is not [...,2] or they do not broadcast.
func (s *Scope) ComplexMul(a, b Var) Var {
	c := s.Child()
	ar, ai, br, bi := c.Real(a), c.Imag(a), c.Real(b), c.Imag(b)
	y := c.ToComplex(c.Sub(c.Mul(ar, br), c.Mul(ai, bi)), c.Add(c.Mul(ar, bi), c.Mul(ai, br)))
	c.Close(y)
	return y
}
