package autodiff

import "tweedie/internal/kernel"

// conv_bias is a convolution and the sum with a bias in one pass.
var convBiasOp *Op

func init() {
	convBiasOp = Define(Op{
		Name:  "conv_bias",
		Reads: []Reads{In(1), In(0), 0},
		Infer: func(c *Call) Shape {
			p := c.convArgs(c.In[0].n.shape, c.In[1].n.shape)
			if c.In[2].n.shape != S(p.K) {
				panic(c.Errorf("want a bias of shape [%d], have %v", p.K, c.In[2].n.shape))
			}
			return convOut(&p)
		},
		Eval: byType(evalConvBias[float32], evalConvBias[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			spec := convSpec(&c.Attr)
			if need[0] {
				grads[0] = s.ConvInputGrad(ct, c.In[1], spec, c.In[0].n.shape)
			}
			if need[1] {
				grads[1] = s.ConvWeightGrad(c.In[0], ct, spec, c.In[1].n.shape)
			}
			if need[2] {
				grads[2] = s.Reshape(s.SumTo(ct, channelShape(ct.n.shape)), c.In[2].n.shape)
			}
		},
		JVP: func(s *Scope, c *Call, ts []Var) Var {
			spec := convSpec(&c.Attr)
			var y Var
			if !ts[0].IsZero() {
				y = s.Conv(ts[0], c.In[1], spec)
			}
			if !ts[1].IsZero() {
				z := s.Conv(c.In[0], ts[1], spec)
				if !y.IsZero() {
					z = s.Add(y, z)
				}
				y = z
			}
			if ts[2].IsZero() {
				return y
			}
			return s.addTangents(c, y, s.Reshape(ts[2], channelShape(c.Out.n.shape)))
		},
	})
}

func evalConvBias[T kernel.Float](c *Call) {
	p := c.convArgs(c.In[0].n.shape, c.In[1].n.shape)
	kernel.ConvPlus(p, Host[T](c.Out), Host[T](c.In[0]), Host[T](c.In[1]), kernel.Epilogue[T]{Bias: Host[T](c.In[2])})
}

// ConvBias is Conv(x, w) + b along axis 1, b [K]. It panics with a *ShapeError as Conv does, or when b is not [K].
func (s *Scope) ConvBias(x, w, b Var, spec ConvSpec) Var {
	return s.Apply(convBiasOp, spec.attr(Shape{}), x, w, b)
}
