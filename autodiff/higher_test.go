package autodiff_test

import (
	"math"
	"testing"

	. "tweedie/autodiff"
	"tweedie/internal/testkit"
	"tweedie/rng"
)

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*max(1, math.Abs(want))) {
		t.Errorf("%s is %.15g, want %.15g", what, got, want)
	}
}

// TestHigherDerivatives compares derivatives 0 to 5 of functions of one number with closed forms, taken by reverse
// over reverse and by forward over forward.
func TestHigherDerivatives(t *testing.T) {
	const x0 = 0.7
	sin, cos, exp, th := math.Sin(x0), math.Cos(x0), math.Exp(x0), math.Tanh(x0)
	u := 1 - th*th
	for _, c := range []struct {
		name string
		f    func(*Scope, Var) Var
		want []float64
	}{
		{"sin", (*Scope).Sin, []float64{sin, cos, -sin, -cos, sin, cos}},
		{"cos", (*Scope).Cos, []float64{cos, -sin, -cos, sin, cos, -sin}},
		{"exp", (*Scope).Exp, []float64{exp, exp, exp, exp, exp, exp}},
		{"expm1", (*Scope).Expm1, []float64{exp - 1, exp, exp, exp, exp, exp}},
		{"tanh", (*Scope).Tanh, []float64{th, u, -2 * th * u, u * (6*th*th - 2), th * u * (16 - 24*th*th)}},
		{"log", (*Scope).Log, []float64{math.Log(x0), 1 / x0, -1 / (x0 * x0), 2 / (x0 * x0 * x0), -6 / math.Pow(x0, 4)}},
		{"recip", (*Scope).Recip, []float64{1 / x0, -1 / (x0 * x0), 2 / (x0 * x0 * x0), -6 / math.Pow(x0, 4)}},
		{"square", (*Scope).Square, []float64{x0 * x0, 2 * x0, 2, 0, 0}},
		{"pow 3", func(s *Scope, x Var) Var { return s.Pow(x, 3) }, []float64{x0 * x0 * x0, 3 * x0 * x0, 6 * x0, 6, 0, 0}},
		{"pow 2.5", func(s *Scope, x Var) Var { return s.Pow(x, 2.5) },
			[]float64{math.Pow(x0, 2.5), 2.5 * math.Pow(x0, 1.5), 3.75 * math.Sqrt(x0), 1.875 / math.Sqrt(x0)}},
	} {
		s := NewArena().Scope(Record, F64)
		x := s.Watch(s.Scalar(x0))
		y := c.f(s, x)
		rev, fwd := y, y
		for k, want := range c.want {
			near(t, c.name+" by reverse, order "+string(rune('0'+k)), rev.Scalar(), want, 1e-12)
			near(t, c.name+" by forward, order "+string(rune('0'+k)), fwd.Scalar(), want, 1e-12)
			rev = s.Grad1(rev, x)
			var d [1]Var
			s.JVP([]Var{x}, []Var{s.Scalar(1)}, []Var{fwd}, d[:])
			fwd = d[0]
		}
		s.Close()
	}
}

// TestThirdDerivativesAgree takes the third derivative of the ops with fused or piecewise rules in all eight nestings
// of the two modes, and compares with a difference of the second.
func TestThirdDerivativesAgree(t *testing.T) {
	const x0, h = 0.9, 1e-3
	for name, f := range map[string]func(*Scope, Var) Var{
		"silu": (*Scope).SiLU, "gelu": (*Scope).GELU, "softplus": (*Scope).Softplus, "sigmoid": (*Scope).Sigmoid, "erf": (*Scope).Erf,
		"log1p": (*Scope).Log1p, "sqrt": (*Scope).Sqrt, "rsqrt": (*Scope).Rsqrt,
		"atan2": func(s *Scope, x Var) Var { return s.Atan2(s.Sin(x), x) },
		"hypot": func(s *Scope, x Var) Var { return s.Hypot(s.Sin(x), x, 0.3) },
		"where": func(s *Scope, x Var) Var { return s.Where(s.Less(x, s.Scalar(2)), s.Sin(x), x) },
		"max":   func(s *Scope, x Var) Var { return s.Max2(s.Sin(x), s.Cos(s.Scale(x, 2))) },
	} {
		nest := func(at float64, order, forward int) float64 {
			s := NewArena().Scope(Record, F64)
			defer s.Close()
			x := s.Watch(s.Scalar(at))
			y := f(s, x)
			for k := range order {
				if forward>>k&1 == 0 {
					y = s.Grad1(y, x)
					continue
				}
				var d [1]Var
				s.JVP([]Var{x}, []Var{s.Scalar(1)}, []Var{y}, d[:])
				y = d[0]
			}
			return y.Scalar()
		}
		want := (8*(nest(x0+h, 2, 0)-nest(x0-h, 2, 0)) - (nest(x0+2*h, 2, 0) - nest(x0-2*h, 2, 0))) / (12 * h)
		for forward := range 8 {
			near(t, name, nest(x0, 3, forward), want, 1e-7)
		}
	}
}

// TestGradientOfAttentionGradient differentiates |d l / d q|^2 of an attention l = sum w softmax(q k^T) v once
// more, and compares with differences of the first gradient.
func TestGradientOfAttentionGradient(t *testing.T) {
	const n, d = 4, 3
	key := rng.New(7)
	draw := func(name string) []float64 {
		x := make([]float64, n*d)
		key.Split(name, 0).Stream().FillNorm(x)
		return x
	}
	qs, ks, vs, ws, dir := draw("q"), draw("k"), draw("v"), draw("w"), draw("direction")
	penalty := func(e float64) (value, slope float64) {
		s := NewArena().Scope(Record, F64)
		defer s.Close()
		moved := make([]float64, n*d)
		for i := range moved {
			moved[i] = qs[i] + e*dir[i]
		}
		sh := S(n, d)
		q := s.Watch(s.Const64(sh, moved))
		a := s.Enter("attention")
		p := a.Softmax(a.MatMul(q, a.Const64(sh, ks), false, true))
		o := a.MatMul(p, a.Const64(sh, vs), false, false)
		l := a.Dot(o, a.Const64(sh, ws))
		a.Close(l)
		g := s.Grad1(l, q)
		r := s.SumAll(s.Square(g))
		h := s.Grad1(r, q)
		return r.Scalar(), s.Dot(h, s.Const64(sh, dir)).Scalar()
	}
	const h = 1e-3
	f := func(e float64) float64 { v, _ := penalty(e); return v }
	_, got := penalty(0)
	near(t, "the slope of the squared gradient", got, (8*(f(h)-f(-h))-(f(2*h)-f(-2*h)))/(12*h), 1e-8)
}

// TestUnchosenBranchDoesNotLeak: a value that Where did not take may be NaN, and a NaN cotangent stays on its side.
func TestUnchosenBranchDoesNotLeak(t *testing.T) {
	s := NewArena().Scope(Record, F64)
	defer s.Close()
	x := s.Watch(s.Const64(S(2), []float64{-1, 4}))
	y := s.Where(s.Less(s.Scalar(0), x), s.Square(x), s.AddScalar(x, math.NaN()))
	if v := testkit.Values(y); !math.IsNaN(v[0]) || v[1] != 16 {
		t.Errorf("value %v", v)
	}
	var g, d [1]Var
	ct := []Var{s.Const64(S(2), []float64{math.NaN(), 1})}
	s.VJP([]Var{y}, ct, []Var{x}, g[:])
	s.JVP([]Var{x}, ct, []Var{y}, d[:])
	for _, v := range []Var{g[0], d[0]} {
		if u := testkit.Values(v); !math.IsNaN(u[0]) || u[1] != 8 {
			t.Errorf("derivative %v, want [NaN 8]", u)
		}
	}
	a := s.Watch(s.Ones(S(2)))
	s.VJP([]Var{s.Where(s.Const64(S(2), []float64{0, 1}), a, x)}, ct, []Var{a}, g[:])
	if u := testkit.Values(g[0]); u[0] != 0 || u[1] != 1 {
		t.Errorf("a NaN cotangent leaked to the side not taken: %v", u)
	}
}

// TestTies fixes where the gradient goes at ties and kinks, as the documentation says.
func TestTies(t *testing.T) {
	s := NewArena().Scope(Record, F64)
	defer s.Close()
	pair := func(f func(a, b Var) Var) [2]float64 {
		a, b := s.Watch(s.Scalar(2)), s.Watch(s.Scalar(2))
		var g [2]Var
		s.Grad(f(a, b), []Var{a, b}, g[:])
		return [2]float64{g[0].Scalar(), g[1].Scalar()}
	}
	if g := pair(s.Max2); g != [2]float64{1, 0} {
		t.Errorf("max: %v", g)
	}
	if g := pair(s.Min2); g != [2]float64{1, 0} {
		t.Errorf("min: %v", g)
	}
	x := s.Watch(s.Const64(S(2, 3), []float64{1, 5, 5, -3, -3, -3}))
	g := testkit.Values(s.Grad1(s.SumAll(s.MaxAxis(x, 1)), x))
	for i, want := range []float64{0, 1, 0, 1, 0, 0} {
		if g[i] != want {
			t.Errorf("max_axis: gradient %d is %v, want %v", i, g[i], want)
		}
	}
	z := s.Watch(s.Scalar(0))
	near(t, "relu'(0)", s.Grad1(s.ReLU(z), z).Scalar(), 0, 0)
	near(t, "leaky_relu'(0)", s.Grad1(s.LeakyReLU(z, 0.3), z).Scalar(), 0.3, 0)
	near(t, "abs'(0)", s.Grad1(s.Abs(z), z).Scalar(), 0, 0)
	near(t, "clamp'(lo)", s.Grad1(s.Clamp(z, 0, 1), z).Scalar(), 1, 0)
	near(t, "clamp'(hi)", s.Grad1(s.Clamp(z, -1, 0), z).Scalar(), 1, 0)
	near(t, "third derivative of x^2 at 0", s.Grad1(s.Grad1(s.Grad1(s.Pow(z, 2), z), z), z).Scalar(), 0, 0)
	near(t, "derivative of x^0 at 0", s.Grad1(s.Pow(z, 0), z).Scalar(), 0, 0)
}

// TestConstantsOfClosedScopes: a constant that an op took from a closed child scope still counts as a constant.
func TestConstantsOfClosedScopes(t *testing.T) {
	sum := Define(Op{
		Name:   "test.sum",
		Linear: true,
		Infer:  func(c *Call) Shape { return c.In[0].Shape() },
		Eval: func(c *Call) {
			y, a, b := Host[float64](c.Out), Host[float64](c.In[0]), Host[float64](c.In[1])
			for i := range y {
				y[i] = a[i] + b[0]
			}
		},
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			if need[0] {
				grads[0] = ct
			}
			if need[1] {
				grads[1] = s.SumTo(ct, c.In[1].Shape())
			}
		},
	})
	s := NewArena().Scope(Record, F64)
	defer s.Close()
	x := s.Watch(s.Full(S(2), 3))
	c := s.Child()
	y := c.Apply(sum, Attr{}, x, c.Scalar(1))
	c.Close(y)
	y = s.Square(s.Square(y))
	var d [1]Var
	s.JVP([]Var{x}, []Var{s.Ones(S(2))}, []Var{y}, d[:])
	g := s.Grad1(s.SumAll(y), x)
	near(t, "forward", at(d[0], 0), 256, 1e-12)
	near(t, "reverse", at(g, 1), 256, 1e-12)

	e := s.ChildMode(Eval)
	y = s.Add(x, e.Scalar(1))
	e.Close()
	z := s.Scale(y, 2) // takes the node of the closed constant
	var p [2]Var
	s.VJP([]Var{s.Add(y, z)}, []Var{s.Ones(S(2))}, []Var{x, z}, p[:])
	near(t, "with respect to x", at(p[0], 0), 3, 0)
	near(t, "with respect to the later call", at(p[1], 0), 1, 0)
}
