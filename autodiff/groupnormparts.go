package autodiff

import "tweedie/internal/kernel"

// normArgs returns the settings of the call for the kernels.
func (c *Call) normArgs() kernel.NormArgs {
	x := c.In[0].n.shape
	p := kernel.NormArgs{N: x.dims[0], C: x.dims[1], Spatial: 1, Groups: c.Attr.I[0], Eps: c.Attr.F[0], SiLU: c.Attr.B[2]}
	for _, d := range x.dims[2:x.rank] {
		p.Spatial *= d
	}
	return p
}

// normAffine returns gamma and beta among in; the zero Var for a missing one.
func (c *Call) normAffine(in []Var) (gamma, beta Var) {
	k := c.Attr.I[1]
	if c.Attr.B[0] {
		gamma = in[k]
		k++
	}
	if c.Attr.B[1] {
		beta = in[k]
	}
	return gamma, beta
}

func inferNorm(c *Call) Shape {
	x := c.In[0].n.shape
	if x.rank < 2 {
		panic(c.Errorf("want [N,C,...]"))
	}
	if g := c.Attr.I[0]; g < 1 || x.dims[1]%g != 0 {
		panic(c.Errorf("%d groups: want a divisor of the %d channels", g, x.dims[1]))
	}
	gamma, beta := c.normAffine(c.In)
	shape := normChannels(x, gamma, beta)
	for _, v := range [2]Var{gamma, beta} {
		if !v.IsZero() && v.n.shape != shape {
			panic(c.Errorf("want gamma and beta both of shape [%d], or both [%d,%d]", x.dims[1], x.dims[0], x.dims[1]))
		}
	}
	if c.op == normParamsOp {
		return S(2).Concat(shape)
	}
	return x
}

// normChannels returns the shape of gamma and beta: [C], or [N,C] when one of them has two axes.
func normChannels(x Shape, gamma, beta Var) Shape {
	for _, v := range [2]Var{gamma, beta} {
		if !v.IsZero() && v.n.shape.rank == 2 {
			return S(x.dims[0], x.dims[1])
		}
	}
	return S(x.dims[1])
}

// besides reshapes v, [C] or [N,C], to broadcast over x [N,C,...].
func (s *Scope) besides(v Var, x Shape) Var {
	to := channelShape(x)
	if v.n.shape.rank == 2 {
		to = S(x.dims[0]).Concat(to)
	}
	return s.Reshape(v, to)
}

// hostOf returns v's storage, nil for the zero Var.
func hostOf[T kernel.Float](v Var) []T {
	if v.IsZero() {
		return nil
	}
	return Host[T](v)
}

func evalNorm[T kernel.Float](c *Call) {
	p := c.normArgs()
	g, b := c.normAffine(c.In)
	kernel.GroupNorm(Host[T](c.Out), Host[T](c.In[0]), hostOf[T](g), hostOf[T](b), p.N, p.C, p.Spatial, p.Groups, p.Eps, p.SiLU)
}

func evalNormGrad[T kernel.Float](f func(p kernel.NormArgs, dst, x, v, gamma, beta []T)) func(*Call) {
	return func(c *Call) {
		g, b := c.normAffine(c.In)
		f(c.normArgs(), Host[T](c.Out), Host[T](c.In[0]), Host[T](c.In[1]), hostOf[T](g), hostOf[T](b))
	}
}

func evalNormHVP[T kernel.Float](c *Call) {
	g, b := c.normAffine(c.In)
	kernel.GroupNormHVP(c.normArgs(), Host[T](c.Out), Host[T](c.In[0]), Host[T](c.In[1]), Host[T](c.In[2]), hostOf[T](g), hostOf[T](b))
}

// normParts computes group_norm in ops.
func normParts(s *Scope, c *Call, in []Var) Var {
	gamma, beta := c.normAffine(in)
	return s.normUnfused(in[0], gamma, beta, c.Attr.I[0], c.Attr.F[0], c.Attr.B[2])
}

// normUnfused computes GroupNorm in ops.
func (s *Scope) normUnfused(x, gamma, beta Var, groups int, eps float64, silu bool) Var {
	sh := x.n.shape
	n := sh.dims[0] * groups
	y := s.Reshape(x, S(n, sh.Size()/max(n, 1)))
	y = s.Sub(y, s.rowMean(y))
	y = s.Mul(y, s.Rsqrt(s.AddScalar(s.rowMean(s.Square(y)), eps)))
	y = s.Reshape(y, sh)
	if !gamma.IsZero() {
		y = s.Mul(y, s.besides(gamma, sh))
	}
	if !beta.IsZero() {
		y = s.Add(y, s.besides(beta, sh))
	}
	if silu {
		y = s.SiLU(y)
	}
	return y
}

// rowMean returns the mean of every row of x, as [rows,1].
func (s *Scope) rowMean(x Var) Var {
	sh := x.n.shape
	return s.Scale(s.SumTo(x, S(sh.dims[0], 1)), 1/float64(sh.dims[1]))
}

// normParamsParts computes group_norm_params in ops; s must record.
func normParamsParts(s *Scope, c *Call, in []Var) Var {
	gamma, beta := c.normAffine(in)
	channels := normChannels(in[0].n.shape, gamma, beta)
	if gamma.IsZero() {
		gamma = s.Watch(s.Ones(channels))
	}
	if beta.IsZero() {
		beta = s.Watch(s.Zeros(channels))
	}
	var g [2]Var
	y := s.normUnfused(in[0], gamma, beta, c.Attr.I[0], c.Attr.F[0], c.Attr.B[2])
	s.VJP([]Var{y}, in[1:2], []Var{gamma, beta}, g[:])
	return s.Stack(0, g[0], g[1])
}
