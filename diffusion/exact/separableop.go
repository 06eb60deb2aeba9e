package exact

import (
	"tweedie/autodiff"
	"tweedie/internal/par"
)

// What momentOp computes, and of which order of derivative, are Attr.I[0] and Attr.I[1].
const (
	ofMean = iota
	ofScore
)

// mostDerivatives is how many derivatives of mean and score a Moments has.
const mostDerivatives = 3

// value returns one entry of m.
func (m *Moments) value(of, order int) float64 {
	switch {
	case of == ofMean && order == 0:
		return m.Mean
	case of == ofMean:
		return m.Slopes[order-1]
	case order == 0:
		return m.Score
	default:
		return m.Curvatures[order-1]
	}
}

// momentOp is the op of u [B,D] and the noise levels [B,1] that computes, element by element, the posterior mean or the
// score of the Separable in Attr.Any, or a derivative of it in u: the derivative of the op is the op of the next order.
var momentOp *autodiff.Op

func init() {
	momentOp = autodiff.Define(autodiff.Op{
		Name:  "exact.moment",
		Reads: []autodiff.Reads{autodiff.In(0) | autodiff.In(1)},
		Infer: func(c *autodiff.Call) autodiff.Shape { return c.In[0].Shape() },
		Eval: func(c *autodiff.Call) {
			if c.DType() == autodiff.F64 {
				evalMoments[float64](c)
			} else {
				evalMoments[float32](c)
			}
		},
		VJP: func(s *autodiff.Scope, c *autodiff.Call, ct autodiff.Var, need []bool, grads []autodiff.Var) {
			grads[0] = s.Mul(ct, derivative(s, c))
		},
		JVP: func(s *autodiff.Scope, c *autodiff.Call, ts []autodiff.Var) autodiff.Var {
			return s.Mul(ts[0], derivative(s, c))
		},
	})
}

// derivative returns the op of the next order.
func derivative(s *autodiff.Scope, c *autodiff.Call) autodiff.Var {
	at := c.Attr
	if at.I[1]++; at.I[1] > mostDerivatives {
		panic(&autodiff.ValueError{Op: "exact.moment", Module: s.Path(), Msg: "a separable prior has three derivatives; this is the fourth"})
	}
	return s.Apply(momentOp, at, c.In[0], c.In[1])
}

// perBlock is the number of elements that a worker computes at a time.
const perBlock = 64

// moments is the work of one call.
type moments[T float32 | float64] struct {
	p         *Separable
	dst, u, r []T
	of, order int
}

// Block computes the i-th stretch of elements.
func (m *moments[T]) Block(i int) {
	d := m.p.Dim()
	for k := i * perBlock; k < min(len(m.u), (i+1)*perBlock); k++ {
		at := m.p.at(k%d, float64(m.u[k]), float64(m.r[k/d]))
		m.dst[k] = T(at.value(m.of, m.order))
	}
}

func evalMoments[T float32 | float64](c *autodiff.Call) {
	m := moments[T]{c.Attr.Any.(*Separable), autodiff.Host[T](c.Out), autodiff.Host[T](c.In[0]), autodiff.Host[T](c.In[1]), c.Attr.I[0], c.Attr.I[1]}
	par.Do((len(m.u)+perBlock-1)/perBlock, &m)
}
