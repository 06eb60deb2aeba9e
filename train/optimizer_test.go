package train

import (
	"math"
	"slices"
	"testing"

	"tweedie/autodiff"
)

// given returns gradients with fixed values.
func given(p *autodiff.Param, values ...float32) *Gradients {
	g := NewGradients([]*autodiff.Param{p})
	copy(g.Of(0), values)
	return g
}

func param(values ...float32) *autodiff.Param {
	p := autodiff.NewParam("p", autodiff.S(len(values)))
	copy(p.Data(), values)
	return p
}

// TestAdamTrace compares with traces that were worked out in double precision from the formulas: p = 1, g = 1/2, -1,
// 1/4, lr = 0.1, b1 = 0.9, b2 = 0.99. The second has a decay of 0.01.
func TestAdamTrace(t *testing.T) {
	for decay, want := range map[float64][3]float64{
		0:    {0.9000000019999999, 0.9365607728717225, 0.950238831333627},
		0.01: {0.8990000019999999, 0.9346617728697225, 0.9474051695587573},
	} {
		p := param(1)
		a := NewAdam([]*autodiff.Param{p})
		a.Beta2, a.WeightDecay = 0.99, decay
		for k, g := range []float32{0.5, -1, 0.25} {
			version := p.Version()
			a.Step(0.1, given(p, g))
			if got := float64(p.Data()[0]); math.Abs(got-want[k]) > 3e-7 {
				t.Errorf("decay %v, step %d: p = %.9f, want %.9f", decay, k+1, got, want[k])
			}
			if p.Version() == version {
				t.Errorf("step %d did not touch the parameter", k+1)
			}
		}
		if m, v := float64(a.Slots()[0].Data[0]), float64(a.Slots()[1].Data[0]); math.Abs(m+0.0245) > 1e-8 || math.Abs(v-0.01297525) > 1e-9 || a.Steps() != 3 {
			t.Errorf("moments %v, %v after %d steps", m, v, a.Steps())
		}
	}
}

// TestAdamFirstStepIsSign checks that the first step is lr g/(|g| + eps'), so lr sign(g) as long as |g| is far above
// eps.
func TestAdamFirstStepIsSign(t *testing.T) {
	gs := []float32{3, -2e-3, 1e4, -0.7, 0}
	p := param(make([]float32, len(gs))...)
	NewAdam([]*autodiff.Param{p}).Step(0.01, given(p, gs...))
	for i, g := range gs {
		want := 0.0
		if g != 0 {
			want = -0.01 * float64(g) / (math.Abs(float64(g)) + 1e-8)
		}
		if got := float64(p.Data()[i]); math.Abs(got-want) > 2e-9 {
			t.Errorf("g = %v moves by %.10f, want %.10f", g, got, want)
		}
	}
}

func TestSGDTrace(t *testing.T) {
	p := param(1)
	o := NewSGD([]*autodiff.Param{p})
	o.Momentum, o.WeightDecay = 0.5, 0.25
	for k, want := range []float32{
		1*(1-0.125*0.25) - 0.125*2,           // m = 2
		0.71875*(1-0.125*0.25) - 0.125*(1-4), // m = -3
	} {
		o.Step(0.125, given(p, []float32{2, -4}[k]))
		if got := p.Data()[0]; got != want {
			t.Errorf("step %d: %v, want %v", k+1, got, want)
		}
	}
}

func TestOptimizerRefusesForeignGradients(t *testing.T) {
	defer func() {
		if _, ok := recover().(*autodiff.ValueError); !ok {
			t.Error("gradients of another parameter were taken")
		}
	}()
	NewAdam([]*autodiff.Param{param(1)}).Step(0.1, given(param(1), 1))
}

func TestClip(t *testing.T) {
	a, b := param(0, 0), param(0)
	g := NewGradients([]*autodiff.Param{a, b})
	fill := func(k float32) {
		copy(g.Of(0), []float32{2 * k, -3 * k})
		g.Of(1)[0] = 6 * k
	}
	fill(1)
	if norm := g.Clip(7); norm != 7 || g.Of(1)[0] != 6 {
		t.Errorf("norm %v at the limit; %v", norm, g.Of(1))
	}
	fill(1)
	if norm := g.Clip(3.5); norm != 7 || !slices.Equal(g.Of(0), []float32{1, -1.5}) || g.Of(1)[0] != 3 {
		t.Errorf("norm %v above the limit; %v %v", norm, g.Of(0), g.Of(1))
	}
	if norm := g.Clip(0); norm != 3.5 || g.Of(1)[0] != 3 {
		t.Errorf("norm %v without a limit; %v", norm, g.Of(1))
	}
	// In float32 the squares of these would be infinite.
	fill(1e25)
	if norm := g.Clip(7); math.Abs(norm/7e25-1) > 1e-6 || math.Abs(g.Norm()/7-1) > 1e-6 {
		t.Errorf("norm %v, %v after clipping", norm, g.Norm())
	}
}

// TestAccumulate checks that two micro-batches with weight 1/2 have the gradient of the mean of their losses, and a
// parameter that is not learned or not used has none.
func TestAccumulate(t *testing.T) {
	used, unused, fixed := param(1, 2), param(5), param(3, 4)
	fixed.SetTrainable(false)
	g := NewGradients([]*autodiff.Param{used, fixed, unused})
	g.Of(1)[0] = 9
	g.Reset()
	a := autodiff.NewArena()
	for _, k := range []float64{1, 3} {
		s := a.Scope(autodiff.Record, autodiff.F32)
		p := s.Param(used)
		g.Accumulate(s, s.Scale(s.SumAll(s.Mul(s.Mul(p, p), s.Param(fixed))), k), 0.5)
		s.Close()
	}
	if len(g.Params()) != 2 || !slices.Equal(g.Of(0), []float32{2 * 2 * 1 * 3, 2 * 2 * 2 * 4}) || g.Of(1)[0] != 0 {
		t.Errorf("gradients %v %v", g.Of(0), g.Of(1))
	}
	g.Reset()
	if n := g.Norm(); n != 0 {
		t.Errorf("norm %v after Reset", n)
	}
	g.Of(1)[0] = 9
	g.Reset()
	if !slices.Equal(g.Of(0), []float32{0, 0}) || g.Of(1)[0] != 0 {
		t.Errorf("after Reset %v %v", g.Of(0), g.Of(1))
	}
	var err error
	func() {
		defer autodiff.Catch(&err)
		s := a.Scope(autodiff.Eval, autodiff.F32)
		g.Accumulate(s, s.SumAll(s.Param(used)), 1)
	}()
	if err == nil {
		t.Error("a gradient on a scope without a tape")
	}
}
