package autodiff_test

import (
	"fmt"
	"math"

	"tweedie/autodiff"
)

// logCosh is the op y = log cosh x, whose derivative is tanh x.
var logCosh *autodiff.Op

func init() {
	logCosh = autodiff.Define(autodiff.Op{
		Name:  "example.log_cosh",
		Reads: []autodiff.Reads{autodiff.In(0)}, // both rules read x
		Infer: func(c *autodiff.Call) autodiff.Shape { return c.In[0].Shape() },
		Eval: func(c *autodiff.Call) {
			if c.DType() == autodiff.F64 {
				evalLogCosh[float64](c)
			} else {
				evalLogCosh[float32](c)
			}
		},
		VJP: func(s *autodiff.Scope, c *autodiff.Call, ct autodiff.Var, need []bool, grads []autodiff.Var) {
			grads[0] = s.Mul(ct, s.Tanh(c.In[0]))
		},
		JVP: func(s *autodiff.Scope, c *autodiff.Call, ts []autodiff.Var) autodiff.Var {
			return s.Mul(ts[0], s.Tanh(c.In[0]))
		},
	})
}

func evalLogCosh[T float32 | float64](c *autodiff.Call) {
	y := autodiff.Host[T](c.Out)
	for i, x := range autodiff.Host[T](c.In[0]) {
		u := math.Abs(float64(x))
		y[i] = T(u + math.Log1p(math.Exp(-2*u)) - math.Ln2)
	}
}

// An op is its values and two rules. The rules are written in ops, so the second derivative, 1 - tanh(x)^2, follows.
func ExampleDefine() {
	s := autodiff.NewArena().Scope(autodiff.Record, autodiff.F64)
	defer s.Close()
	x := s.Watch(s.Scalar(0.5))
	y := s.Apply(logCosh, autodiff.Attr{}, x)
	first := s.Grad1(y, x)
	second := s.Grad1(first, x)
	fmt.Printf("%.4f %.4f %.4f\n", y.Scalar(), first.Scalar(), second.Scalar())
	// Output: 0.1201 0.4621 0.7864
}
