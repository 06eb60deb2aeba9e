package dpnp

import (
	"fmt"
	"math"
	"testing"

	"tweedie/infer/internal/cases"
)

// Distances add up, a path is divided evenly by them, and the rate that energies at one law predict is that of exchange with the
// next.
func TestExchangePath(t *testing.T) {
	got := respaced([]float64{0, 1, 3}, []float64{1, 3}, 5)
	for i, want := range []float64{0, 1, 1 + 2./3, 1 + 4./3, 3} {
		if math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("place %d is %g, where %g belongs", i, got[i], want)
		}
	}
	if a := apart(.4); math.Abs(a-.841621) > 1e-5 {
		t.Errorf("a rate of .4 is %g apart", a)
	}
	p := path{Hot: 4, Cold: .1, Free: .5}
	for _, c := range []struct{ t, eta, b float64 }{{0, 4, 0}, {.5, 4, .25 / 64}, {1, 4, 1. / 64}, {1 + math.Log(4), 1, .25}, {1 + math.Log(16), .25, 1}, {p.end(), .1, 1}} {
		if r := p.at(c.t); math.Abs(r.Eta-c.eta) > 1e-12 || math.Abs(r.Temper-c.b) > 1e-12 {
			t.Errorf("at %g the path is at %+v, where %+v belongs", c.t, r, c)
		}
	}
	// With u = b (|x-z|^2/2 eta^2) in n dimensions the rate is that of the formula; N = 2000.
	x := standing(t, cases.Problem(cases.Isotropic(0, 1), gains(t, 8, 1e-9), 1, []float64{0}), "auto", []rung{{Eta: .6}, {Eta: .5}}, 2000, 1)
	u := make([]float64, x.ladders)
	for l, st := range x.streams("u", 0, x.ladders) {
		d := 0.0
		for range 8 {
			v := .6 * st.Norm()
			d += v * v
		}
		u[l] = x.rungs[0].energyTo(x.rungs[1], 0, d)
	}
	if rate := exchangeRate(u); math.Abs(rate-.618112) > .02 {
		t.Errorf("the predicted rate is %.4f, where .6181 belongs", rate)
	}
}

// Bennett's ratio of two Gaussians N(0, 1) and N(.5, .7^2), up to factors 1 and 3: N = 20,000 draws of each, 4 errors of about
// .01.
func TestBennett(t *testing.T) {
	var ui, uj []float64
	u := func(x float64) float64 { return math.Log(3) - (x-.5)*(x-.5)/(2*.49) + x*x/2 }
	x := standing(t, cases.Problem(cases.Isotropic(0, 1), gains(t, 1, 1), 1, []float64{0}), "auto", []rung{{Eta: 1}}, 1, 1)
	st := x.streams("bennett", 0, 1)[0]
	for range 20000 {
		ui, uj = append(ui, u(st.Norm())), append(uj, u(.5+.7*st.Norm()))
	}
	if c, want := bennett(ui, uj), math.Log(3*.7); math.Abs(c-want) > .04 {
		t.Errorf("the ratio is %.4f, where %.4f belongs", c, want)
	}
	if name := fmt.Sprint(x.rates()); name != "[]" {
		t.Errorf("one rung exchanges at the rates %s", name)
	}
}
