package diffusion

import (
	"sync/atomic"

	"tweedie/autodiff"
)

// Count says how often networks were evaluated, counted by sample: an evaluation of a batch of 8 adds 8.
type Count struct {
	Forward int64 // evaluations
	VJP     int64 // reverse sweeps through one
	JVP     int64 // forward sweeps through one
}

// Counter counts evaluations of networks and denoisers, and the derivatives taken through them. It adds an identity to
// the tape and changes no value. Goroutines may share it; the zero Counter is ready.
type Counter struct {
	forward, vjp, jvp atomic.Int64
}

// Count returns what was counted since the beginning or the last Reset.
func (c *Counter) Count() Count {
	return Count{Forward: c.forward.Load(), VJP: c.vjp.Load(), JVP: c.jvp.Load()}
}

// Reset sets all counts to zero.
func (c *Counter) Reset() {
	c.forward.Store(0)
	c.vjp.Store(0)
	c.jvp.Store(0)
}

// Network returns a Network that computes what net does and counts every evaluation in c.
func (c *Counter) Network(net Network) Network {
	return NetworkFunc(func(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
		return c.count(s, net.Forward(s, x, label))
	})
}

// Denoiser returns a Scorer that computes what d does and counts every evaluation in c. Its score is d's own where d
// has one.
func (c *Counter) Denoiser(d Denoiser) Scorer { return countedDenoiser{c, d} }

// countedDenoiser is a denoiser whose evaluations are counted.
type countedDenoiser struct {
	c *Counter
	d Denoiser
}

func (c countedDenoiser) Denoise(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	return c.c.count(s, c.d.Denoise(s, u, sigma))
}

func (c countedDenoiser) Score(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	return c.c.count(s, ScoreOf(s, c.d, u, sigma))
}

// count adds an evaluation of y's samples to c and returns y behind an op that counts the derivatives taken through it.
func (c *Counter) count(s *autodiff.Scope, y autodiff.Var) autodiff.Var {
	c.forward.Add(int64(y.Dim(0)))
	return s.Apply(countOp, autodiff.Attr{Any: c}, y)
}

var countOp *autodiff.Op

func init() {
	countOp = autodiff.Define(autodiff.Op{
		Name:  "count",
		Infer: func(c *autodiff.Call) autodiff.Shape { return c.In[0].Shape() },
		Eval: func(c *autodiff.Call) {
			if c.DType() == autodiff.F64 {
				copy(autodiff.Host[float64](c.Out), autodiff.Host[float64](c.In[0]))
			} else {
				copy(autodiff.Host[float32](c.Out), autodiff.Host[float32](c.In[0]))
			}
		},
		VJP: func(s *autodiff.Scope, c *autodiff.Call, ct autodiff.Var, need []bool, grads []autodiff.Var) {
			c.Attr.Any.(*Counter).vjp.Add(int64(ct.Dim(0)))
			grads[0] = ct
		},
		JVP: func(s *autodiff.Scope, c *autodiff.Call, ts []autodiff.Var) autodiff.Var {
			c.Attr.Any.(*Counter).jvp.Add(int64(ts[0].Dim(0)))
			return s.Identity(ts[0])
		},
	})
}
