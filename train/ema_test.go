package train

import (
	"math"
	"slices"
	"testing"

	"tweedie/autodiff"
)

// TestEMARecursion compares with five steps of decay 0.9 worked out by hand. Mixing with the weights of the step before
// instead of the average, as two published trainers do, would end at 0.9 16 + 0.1 32 = 17.6.
func TestEMARecursion(t *testing.T) {
	p := param(1)
	fixed := param(100)
	fixed.SetTrainable(false)
	e := NewEMA([]*autodiff.Param{fixed, p}, HalfLife(0.9, 64), 0)
	for k, want := range []float64{1.1, 1.39, 2.051, 3.4459, 6.30131} {
		p.Data()[0] *= 2
		p.Touch()
		e.Update(64, int64(64*(k+1)))
		if got := e.Of(0)[0]; math.Abs(got-want) > 1e-12 {
			t.Errorf("after step %d the average is %.15f, want %v", k+1, got, want)
		}
	}
	if len(e.avg) != 1 {
		t.Errorf("%d parameters are averaged; one is learned", len(e.avg))
	}
}

// TestSlowEMAMoves checks an average so slow that in float32 it would never move.
func TestSlowEMAMoves(t *testing.T) {
	p := param(1)
	e := NewEMA([]*autodiff.Param{p}, 1e9, 0)
	p.Data()[0] = 1.001
	for range 1000 {
		e.Update(64, 1<<40)
	}
	want := 1 + (float64(p.Data()[0])-1)*-math.Expm1(-math.Ln2*64*1000/1e9)
	if got := e.Of(0)[0]; math.Abs(got-want) > 1e-12 {
		t.Errorf("average %.15f, want %.15f", got, want)
	}
}

func TestEMADecay(t *testing.T) {
	e := &EMA{HalfLife: 1000, Ramp: 0.05}
	for _, c := range []struct {
		images int64
		want   float64
	}{{100, math.Exp2(-10. / 5)}, {20_000, math.Exp2(-10. / 1000)}, {1 << 40, math.Exp2(-10. / 1000)}} {
		if got := e.Decay(10, c.images); got != c.want {
			t.Errorf("decay after %d images is %v, want %v", c.images, got, c.want)
		}
	}
	if h := HalfLife(0.9999, 128); math.Abs((&EMA{HalfLife: h}).Decay(128, 1)-0.9999) > 1e-15 {
		t.Errorf("half-life %v is not a decay of 0.9999", h)
	}
	// The same average for any batch size: two steps of 50 forget what one of 100 does.
	if a, b := e.Decay(50, 1<<40), e.Decay(100, 1<<40); math.Abs(a*a-b) > 1e-15 {
		t.Errorf("two steps of 50 images keep %v, one of 100 keeps %v", a*a, b)
	}
}

func TestEMASwap(t *testing.T) {
	p := param(0.1, -3)
	e := NewEMA([]*autodiff.Param{p}, 10, 0)
	copy(p.Data(), []float32{0.7, float32(math.Copysign(0, -1))})
	e.Mix(0.5)
	weights, version := slices.Clone(p.Data()), p.Version()
	e.SwapIn()
	if want := []float32{float32(0.5*float64(float32(0.1)) + 0.5*float64(float32(0.7))), -1.5}; !slices.Equal(p.Data(), want) || p.Version() == version {
		t.Errorf("swapped in: %v, want %v", p.Data(), want)
	}
	for what, f := range map[string]func(){"in twice": e.SwapIn, "mixed while in": func() { e.Mix(0.5) }} {
		var err error
		func() {
			defer autodiff.Catch(&err)
			f()
		}()
		if err == nil {
			t.Error(what)
		}
	}
	version = p.Version()
	e.SwapOut()
	for i, w := range weights {
		if math.Float32bits(p.Data()[i]) != math.Float32bits(w) {
			t.Errorf("swapped out: %v, want %v", p.Data(), weights)
		}
	}
	if p.Version() == version {
		t.Error("the swap did not touch the parameter")
	}
	var err error
	func() {
		defer autodiff.Catch(&err)
		e.SwapOut()
	}()
	if err == nil {
		t.Error("out twice")
	}
}
