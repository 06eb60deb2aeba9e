package autodiff_test

import (
	"math"
	"runtime"
	"testing"

	. "tweedie/autodiff"
	"tweedie/internal/testkit"
)

// smallNet maps x [B,3,h,w] to the same shape by conv, GroupNorm with SiLU, attention over the pixels, conv.
type smallNet struct {
	in                                  []Shape
	x, w1, b1, gamma, beta, qkv, w2, b2 int
}

func newSmallNet(h, w int) *smallNet {
	return &smallNet{
		in: []Shape{S(2, 3, h, w), S(4, 3, 3, 3), S(4), S(4), S(4), S(12, 4, 1, 1), S(3, 4, 3, 3), S(3)},
		x:  0, w1: 1, b1: 2, gamma: 3, beta: 4, qkv: 5, w2: 6, b2: 7,
	}
}

func (n *smallNet) forward(s *Scope, p []Var) Var {
	c := s.Enter("net")
	x := p[n.x]
	h := c.AddChannel(c.Conv(x, p[n.w1], SamePad(3)), p[n.b1])
	h = c.GroupNorm(h, p[n.gamma], p[n.beta], 2, 1e-3, true)
	sh := h.Shape()
	qkv := c.Reshape(c.Conv(h, p[n.qkv], ConvSpec{}), S(sh.Dim(0), 3, 4, sh.Dim(2)*sh.Dim(3)))
	qkv = c.Permute(qkv, 1, 0, 3, 2)
	third := S(sh.Dim(0), sh.Dim(2)*sh.Dim(3), 4)
	q, k, v := c.Reshape(c.Slice(qkv, 0, 0, 1), third), c.Reshape(c.Slice(qkv, 0, 1, 2), third), c.Reshape(c.Slice(qkv, 0, 2, 3), third)
	h = c.Add(h, c.Reshape(c.Transpose(c.Attention(q, k, v)), sh))
	y := c.AddChannel(c.Conv(h, p[n.w2], SamePad(3)), p[n.b2])
	c.Close(y)
	return y
}

// hutchinson returns e^T J e with J = d forward / dx; s must record.
func (n *smallNet) hutchinson(s *Scope, p []Var, e Var) Var {
	y := n.forward(s, p)
	var jv [1]Var
	s.JVP(p[:1], []Var{e}, []Var{y}, jv[:])
	return s.Dot(e, jv[0])
}

func (n *smallNet) inputs(s *Scope) (p []Var, e Var) {
	for i, sh := range n.in {
		p = append(p, s.Watch(ramp(s, sh, 0.37+0.29*float64(i))))
	}
	return p, ramp(s, n.in[0], 2.3)
}

// TestGradientOfDivergence compares the gradient of e^T J e in the input and in every parameter (reverse over
// forward) with differences that use the network's values alone: there e^T J e is itself a difference.
func TestGradientOfDivergence(t *testing.T) {
	n := newSmallNet(4, 5)
	a := NewArena()
	s := a.Scope(Record, F64)
	defer s.Close()
	p, e := n.inputs(s)
	div := n.hutchinson(s, p, e)
	g := make([]Var, len(p))
	s.Grad(div, p, g)

	value := func(i int, dir []float64, eps, h float64) float64 {
		c := s.ChildMode(Eval)
		defer c.Close()
		q := make([]Var, len(p))
		copy(q, p)
		q[i] = c.Add(p[i], c.Scale(c.Const64(n.in[i], dir), eps))
		q[0] = c.Add(q[0], c.Scale(e, h))
		return c.Dot(e, n.forward(c, q)).Scalar()
	}
	for i := range p {
		dir := testkit.Values(ramp(s, n.in[i], 1.9))
		slope := func(f func(h float64) float64) float64 {
			const h = 4e-3
			return (8*(f(h)-f(-h)) - (f(2*h) - f(-2*h))) / (12 * h)
		}
		want := slope(func(eps float64) float64 {
			return slope(func(h float64) float64 { return value(i, dir, eps, h) })
		})
		got := 0.0
		for j, v := range testkit.Values(g[i]) {
			got += v * dir[j]
		}
		if math.Abs(got-want) > 1e-6*max(1, math.Abs(want)) {
			t.Errorf("input %d: gradient of the divergence is %.10g, differences give %.10g", i, got, want)
		}
	}
}

// TestDivergenceStepDoesNotAllocate measures warm steps of value, gradient and gradient of the divergence, and
// requires the same bits for one worker and for two.
func TestDivergenceStepDoesNotAllocate(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	n := newSmallNet(6, 7)
	a := NewArena()
	host := make([][]float32, len(n.in))
	for i, sh := range n.in {
		host[i] = make([]float32, sh.Size())
		for j := range host[i] {
			host[i][j] = float32(math.Sin(float64(i+1) * 0.37 * float64(j+1)))
		}
	}
	p, g := make([]Var, len(n.in)), make([]Var, len(n.in))
	out := make([]float32, n.in[0].Size())
	step := func() {
		s := a.Scope(Record, F32)
		for i, sh := range n.in {
			p[i] = s.Watch(s.Const32(sh, host[i]))
		}
		e := s.Const32(n.in[0], host[0])
		div := n.hutchinson(s, p, e)
		plain := s.ChildMode(Eval)
		plain.Grad(div, p[:1], g[:1])
		g[0].CopyTo32(out)
		plain.Close()
		s.Close()

		s = a.Scope(Eval, F32)
		x := s.Const32(S(1, 2, 6, 14), host[0][:168])
		x = s.Resize(s.UpNearest(s.AvgPool(x, 2), 2), 5, 7)
		x = s.FFT2(s.Reshape(s.Slice(x, 3, 0, 6), S(10, 3, 2)), false)
		s.LinearMap(s.Reshape(x, S(10, 2, 3)), moments{})
		s.Close()
	}
	step()
	want := append([]float32(nil), out...)
	testkit.NoMallocs(t, "a divergence step", step)
	runtime.GOMAXPROCS(1)
	step()
	for i := range out {
		if math.Float32bits(out[i]) != math.Float32bits(want[i]) {
			t.Fatalf("element %d is %v with one worker and %v with two", i, out[i], want[i])
		}
	}
}
