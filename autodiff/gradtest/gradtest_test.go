package gradtest_test

import (
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/autodiff/gradtest"
	"tweedie/internal/testkit"
)

// wrongSquare defines x^2 with rules that can be broken one at a time.
func wrongSquare(vjp, jvp, second float64) *autodiff.Op {
	deriv := func(s *autodiff.Scope, x autodiff.Var, err float64) autodiff.Var {
		d := s.Scale(x, 2+err)
		if second != 0 {
			d = s.Add(d, s.Scale(s.StopGradient(x), second))
			d = s.Sub(d, s.Scale(x, second))
		}
		return d
	}
	return autodiff.Define(autodiff.Op{
		Name:  "test.square",
		Reads: []autodiff.Reads{autodiff.In(0)},
		Infer: func(c *autodiff.Call) autodiff.Shape { return c.In[0].Shape() },
		Eval: func(c *autodiff.Call) {
			if c.DType() == autodiff.F32 {
				y, x := autodiff.Host[float32](c.Out), autodiff.Host[float32](c.In[0])
				for i := range y {
					y[i] = x[i] * x[i]
				}
				return
			}
			y, x := autodiff.Host[float64](c.Out), autodiff.Host[float64](c.In[0])
			for i := range y {
				y[i] = x[i] * x[i]
			}
		},
		VJP: func(s *autodiff.Scope, c *autodiff.Call, ct autodiff.Var, need []bool, grads []autodiff.Var) {
			grads[0] = s.Mul(ct, deriv(s, c.In[0], vjp))
		},
		JVP: func(s *autodiff.Scope, c *autodiff.Call, ts []autodiff.Var) autodiff.Var {
			return s.Mul(ts[0], deriv(s, c.In[0], jvp))
		},
	})
}

func TestCheckAcceptsAndRejects(t *testing.T) {
	for _, tc := range []struct {
		name          string
		vjp, jvp, sec float64
		want          string
	}{
		{"right", 0, 0, 0, ""},
		{"wrong reverse", 1e-4, 0, 0, "reverse"},
		{"wrong forward", 0, 1e-4, 0, "forward"},
		{"right first order, wrong second", 0, 0, 1e-4, "over"},
	} {
		op := wrongSquare(tc.vjp, tc.jvp, tc.sec)
		var r testkit.Recorder
		gradtest.Check(&r, gradtest.Case{Name: tc.name, In: []autodiff.Shape{autodiff.S(2, 3)},
			F: func(s *autodiff.Scope, x []autodiff.Var) autodiff.Var { return s.Apply(op, autodiff.Attr{}, x[0]) }})
		if tc.want == "" && len(r) > 0 {
			t.Errorf("%s: rejected: %v", tc.name, r)
		}
		if tc.want != "" && !strings.Contains(strings.Join(r, " "), tc.want) {
			t.Errorf("%s: errors %q do not mention %q", tc.name, r, tc.want)
		}
	}
}
