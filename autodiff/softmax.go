package autodiff

import "tweedie/internal/kernel"

var softmaxOp, logSumExpOp *Op

func init() {
	softmaxOp = Define(Op{
		Name:  "softmax",
		Reads: []Reads{Out},
		Infer: inferSame,
		Eval:  byType(evalSoftmax[float32], evalSoftmax[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.softmaxTangent(c.Out, ct)
		},
		JVP: func(s *Scope, c *Call, ts []Var) Var { return s.softmaxTangent(c.Out, ts[0]) },
	})
	logSumExpOp = Define(Op{
		Name:  "logsumexp",
		Reads: []Reads{In(0)},
		Infer: func(c *Call) Shape { return c.In[0].n.shape.Drop(-1) },
		Eval:  byType(evalLogSumExp[float32], evalLogSumExp[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.Mul(s.Softmax(c.In[0]), s.Reshape(ct, c.In[0].n.shape.With(-1, 1)))
		},
		JVP: func(s *Scope, c *Call, ts []Var) Var {
			return s.Sum(s.Mul(s.Softmax(c.In[0]), ts[0]), -1)
		},
	})
}

func evalSoftmax[T float32 | float64](c *Call) {
	rows, n, _ := c.Out.n.shape.around(c.Out.n.shape.rank - 1)
	kernel.Softmax(Host[T](c.Out), Host[T](c.In[0]), rows, n)
}

func evalLogSumExp[T float32 | float64](c *Call) {
	sh := c.In[0].n.shape
	rows, n, _ := sh.around(sh.rank - 1)
	kernel.LogSumExp(Host[T](c.Out), Host[T](c.In[0]), rows, n)
}

// softmaxTangent returns p (t - <p, t>) along the last axis. VJP uses it too: the Jacobian diag(p) - p p^T is symmetric.
func (s *Scope) softmaxTangent(p, t Var) Var {
	w := s.Mul(p, t)
	return s.Sub(w, s.Mul(p, s.SumTo(w, p.n.shape.With(-1, 1))))
}

// Softmax returns exp(x) / sum exp(x) along the last axis. It panics with a *ShapeError on rank 0.
func (s *Scope) Softmax(x Var) Var {
	s.axis("softmax", x, -1)
	return s.Apply(softmaxOp, Attr{}, x)
}

// LogSumExp returns log(sum exp(x)) along an axis, which the result lacks.
func (s *Scope) LogSumExp(x Var, axis int) Var {
	k := s.axis("logsumexp", x, axis)
	c := s.Child()
	y := c.Apply(logSumExpOp, Attr{}, c.moveLast(x, k))
	c.Close(y)
	return y
}

// LogSoftmax returns x - log(sum exp(x)) along the last axis. It panics with a *ShapeError on rank 0.
func (s *Scope) LogSoftmax(x Var) Var {
	s.axis("log_softmax", x, -1)
	c := s.Child()
	y := c.Sub(x, c.Reshape(c.LogSumExp(x, -1), x.Shape().With(-1, 1)))
	c.Close(y)
	return y
}
