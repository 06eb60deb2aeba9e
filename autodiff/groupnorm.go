package autodiff

import "tweedie/internal/kernel"

// The family of GroupNorm. With y the normalisation of x (affine, and silu when asked) and J = dy/dx,
//
//	group_norm        (x)        y
//	group_norm_vjp    (x, a)     J^T a
//	group_norm_jvp    (x, t)     J t
//	group_norm_hvp    (x, a, t)  gradient of <a, J t> in x
//	group_norm_params (x, a)     gradient of <a, y> in gamma and in beta, [2,C] or [2,N,C]
//
// each in one kernel, so the gradient of a divergence runs these kernels only. Further derivatives go through the
// compositions in groupnormparts.go. gamma and beta, [C] or [N,C], follow the other inputs when they are given.
var normOp, normVJPOp, normJVPOp, normHVPOp, normParamsOp *Op

func init() {
	normOp = normFamily("group_norm", evalNorm[float32], evalNorm[float64], normParts,
		func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			if need[0] {
				grads[0] = s.norm(normVJPOp, c, c.In[0], ct)
			}
			s.normParamGrads(c, ct, need, grads)
		},
		func(s *Scope, c *Call, ts []Var) Var { return s.norm(normJVPOp, c, c.In[0], ts[0]) })

	normVJPOp = normFamily("group_norm_vjp", evalNormGrad(kernel.GroupNormVJP[float32]), evalNormGrad(kernel.GroupNormVJP[float64]), vjpOf(normParts),
		func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			if need[0] {
				grads[0] = s.norm(normHVPOp, c, c.In[0], c.In[1], ct)
			}
			if need[1] {
				grads[1] = s.norm(normJVPOp, c, c.In[0], ct)
			}
		},
		func(s *Scope, c *Call, ts []Var) Var {
			var y Var
			if !ts[0].IsZero() {
				y = s.norm(normHVPOp, c, c.In[0], c.In[1], ts[0])
			}
			if ts[1].IsZero() {
				return y
			}
			z := s.norm(normVJPOp, c, c.In[0], ts[1])
			if y.IsZero() {
				return z
			}
			return s.Add(y, z)
		})

	normJVPOp = normFamily("group_norm_jvp", evalNormGrad(kernel.GroupNormJVP[float32]), evalNormGrad(kernel.GroupNormJVP[float64]), jvpOf(normParts),
		func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			if need[0] {
				grads[0] = s.norm(normHVPOp, c, c.In[0], ct, c.In[1])
			}
			if need[1] {
				grads[1] = s.norm(normVJPOp, c, c.In[0], ct)
			}
		},
		func(s *Scope, c *Call, ts []Var) Var {
			if !ts[0].IsZero() {
				return Var{}
			}
			return s.norm(normJVPOp, c, c.In[0], ts[1])
		})

	normHVPOp = normFamily("group_norm_hvp", evalNormHVP[float32], evalNormHVP[float64], hvpOf(normParts), nil, nil)
	normParamsOp = normFamily("group_norm_params", evalNormGrad(kernel.GroupNormParams[float32]), evalNormGrad(kernel.GroupNormParams[float64]), normParamsParts, nil, nil)
}

// normFamily defines an op of the family. vjp and jvp are its fused rules; the composition f sets the gradients that
// vjp leaves out, and gives the tangent when jvp returns none or when gamma or beta has a tangent.
func normFamily(name string, f32, f64 func(*Call), f composition, vjp func(*Scope, *Call, Var, []bool, []Var), jvp func(*Scope, *Call, []Var) Var) *Op {
	return Define(Op{
		Name:  name,
		Reads: []Reads{In(0) | In(1) | In(2) | In(3) | In(4)},
		Infer: inferNorm,
		Eval:  byType(f32, f64),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			if vjp != nil {
				vjp(s, c, ct, need, grads)
			}
			f.vjp(s, c, ct, need, grads)
		},
		JVP: func(s *Scope, c *Call, ts []Var) Var {
			fused := jvp != nil
			for _, t := range ts[c.Attr.I[1]:] {
				fused = fused && t.IsZero()
			}
			if fused {
				if y := jvp(s, c, ts); !y.IsZero() {
					return y
				}
			}
			return f.jvp(s, c, ts)
		},
	})
}

// norm applies another op of the family with the settings, gamma and beta of the call c.
func (s *Scope) norm(op *Op, c *Call, in ...Var) Var {
	var buf [5]Var
	all := append(buf[:0], in...)
	a := c.Attr
	all = append(all, c.In[a.I[1]:]...)
	a.I[1] = len(in)
	return s.Apply(op, a, all...)
}

// normParamGrads sets the gradients of <ct, y> in gamma and beta.
func (s *Scope) normParamGrads(c *Call, ct Var, need []bool, grads []Var) {
	var p Var
	row := 0
	for i := 1; i < len(grads); i++ {
		if i == 1 && !c.Attr.B[0] {
			row = 1
		}
		if need[i] {
			if p.IsZero() {
				p = s.norm(normParamsOp, c, c.In[0], ct)
			}
			grads[i] = s.Reshape(s.Slice(p, 0, row, row+1), c.In[i].n.shape)
		}
		row++
	}
}

// GroupNorm normalises x [N,C,...] to mean 0 and variance 1 over each sample's groups of C/groups adjacent
// channels, then scales and shifts channels and applies silu when asked (Wu and He, arXiv:1803.08494):
//
//	y = f(gamma[c] (x - mean) / sqrt(var + eps) + beta[c]),   var biased,   f = silu or the identity.
//
// gamma and beta are [C], or both [N,C] with values for every sample, or the zero Var for none. It panics with a
// *ShapeError when groups does not divide C or gamma or beta has another shape.
func (s *Scope) GroupNorm(x, gamma, beta Var, groups int, eps float64, silu bool) Var {
	in := [3]Var{x}
	n := 1
	a := Attr{B: [4]bool{!gamma.IsZero(), !beta.IsZero(), silu}, F: [4]float64{eps}}
	a.I[0], a.I[1] = groups, 1
	if a.B[0] {
		in[n] = gamma
		n++
	}
	if a.B[1] {
		in[n] = beta
		n++
	}
	return s.Apply(normOp, a, in[:n]...)
}
