package inversetest

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"tweedie/inverse"
	"tweedie/rng"
)

// Coupled checks a coupled likelihood against dense float64 algebra, at eta below 1/g of every direction, between them,
// and above all. Its plain draws must pass Proximal. Of 20000 deflated draws it asks for the mean and every entry of
// the covariance within 4 standard errors, of LogLik for 1e-9 relative, or where it is not complete, for 1e-7 of the
// difference between two images, and of the gains for 1e-10 of the largest. Keep n and m below 40 or so.
func Coupled(t T, lik *inverse.Likelihood, s inverse.Coupled) {
	t.Helper()
	Proximal(t, lik, s)
	d, err := newDense(lik)
	if err != nil {
		t.Errorf("coupled: %v", err)
		return
	}
	c := &coupledCheck{T: t, s: s, d: d, x: make([]float64, lik.Size())}
	rng.New(2).Split("inversetest.x", 0).Stream().FillNorm(c.x)
	c.spectrum()
	c.arguments()
	for i, eta := range d.etas() {
		c.logLik(eta, false)
		if eta > s.MostDeflated() {
			if s.SampleDeflated(make([]float64, len(c.x)), c.x, eta, rng.New(1).Stream()) == nil {
				t.Errorf("coupled: %s draws at eta = %v, above its MostDeflated", s.Name(), eta)
			}
			continue
		}
		c.logLik(eta, true)
		c.draws(eta, rng.New(6).Split("inversetest.deflated", i).Stream())
	}
	c.logLik(0, false)
	c.logLik(0, true)
}

// etas returns .5/g0, .97/g0, a number between 1/g0 and the least 1/g, and one above both.
func (d *dense) etas() []float64 {
	top, least := d.gains[0], d.gains[0]
	for _, g := range d.gains {
		if g > 1e-6*top {
			least = g
		}
	}
	return []float64{.5 / top, .97 / top, 1.05 / math.Sqrt(top*least), 2 / least}
}

type coupledCheck struct {
	T
	s inverse.Coupled
	d *dense
	x []float64
}

// spectrum compares the gains, the top and the number of directions that are not seen.
func (c *coupledCheck) spectrum() {
	c.Helper()
	m, n := c.d.a.Dims()
	want, rank := c.d.gains[:min(m, n)], 0
	for _, g := range want {
		if g > inverse.RelativeCut*want[0] {
			rank++
		}
	}
	got := c.s.Gains()
	if got == nil {
		if top := c.s.Top(); !(top >= want[0]*(1-1e-12) && top <= 1.02*want[0]) {
			c.Errorf("coupled: %s: the top %v is not a narrow bound of %v from above", c.s.Name(), top, want[0])
		}
		if c.s.Unseen() != max(n-m, 0) {
			c.Errorf("coupled: %s: %d directions are not seen, of %d pixels and %d data", c.s.Name(), c.s.Unseen(), n, m)
		}
		return
	}
	if len(got) != len(want) {
		c.Errorf("coupled: %s has %d gains, where %d belong", c.s.Name(), len(got), len(want))
		return
	}
	for i, g := range want {
		if !(math.Abs(got[i]-g) <= 1e-10*want[0]) {
			c.Errorf("coupled: %s: gain %d is %v, where %v belongs", c.s.Name(), i, got[i], g)
		}
	}
	if c.s.Top() != got[0] || c.s.Unseen() != n-rank {
		c.Errorf("coupled: %s: top %v and %d directions that are not seen, where %v and %d belong", c.s.Name(), c.s.Top(), c.s.Unseen(), got[0], n-rank)
	}
}

// arguments asks for errors on wrong arguments, and for the same bits from the same stream.
func (c *coupledCheck) arguments() {
	c.Helper()
	n, key, eta := len(c.x), rng.New(4), .5/c.d.gains[0]
	if c.s.SampleDeflated(make([]float64, n+1), c.x, eta, key.Stream()) == nil {
		c.Errorf("coupled: %s takes a dst that is too long", c.s.Name())
	}
	if c.s.SampleDeflated(make([]float64, n), c.x, -1, key.Stream()) == nil {
		c.Errorf("coupled: %s takes a negative eta", c.s.Name())
	}
	if _, err := c.s.Residual(make([]float64, n+1)); err == nil {
		c.Errorf("coupled: %s scores an image that is too long", c.s.Name())
	}
	a, b := make([]float64, n), append([]float64(nil), c.x...)
	if err := c.s.SampleDeflated(a, c.x, eta, key.Stream()); err != nil {
		c.Errorf("coupled: %s: %v", c.s.Name(), err)
	}
	if err := c.s.SampleDeflated(b, c.x, eta, key.Stream()); err != nil || !same(a, b) {
		c.Errorf("coupled: %s: the same stream gives another deflated draw (error %v)", c.s.Name(), err)
	}
}

// logLik compares LogLik at x, and at a second image where it is not complete.
func (c *coupledCheck) logLik(eta float64, deflated bool) {
	c.Helper()
	score := func(x []float64) (got, want float64) {
		r, err := c.s.Residual(x)
		if err == nil {
			got = r.LogLik(eta, deflated)
			want, err = c.d.logLik(x, eta, deflated)
		}
		if err != nil {
			c.Errorf("coupled: %s: %v", c.s.Name(), err)
		}
		return got, want
	}
	got, want := score(c.x)
	tol := 1e-9 * max(1, math.Abs(want))
	if !c.s.Complete(eta, deflated) {
		gotZero, wantZero := score(make([]float64, len(c.x)))
		tol = 1e-7 * max(1, math.Abs(want), math.Abs(wantZero))
		got, want = got-gotZero, want-wantZero
	}
	if !(math.Abs(got-want) <= tol) {
		c.Errorf("coupled: %s: LogLik(%.4g, %t) is %.12g, where %.12g belongs", c.s.Name(), eta, deflated, got, want)
	}
}

// draws compares the moments of deflated draws.
func (c *coupledCheck) draws(eta float64, st *rng.Stream) {
	c.Helper()
	n := len(c.x)
	mean, law := c.d.draw(c.x, eta, true)
	sum, cov := make([]float64, n), mat.NewSymDense(n, nil)
	z, d := make([]float64, n), mat.NewVecDense(n, nil)
	for range Draws {
		if err := c.s.SampleDeflated(z, c.x, eta, st); err != nil {
			c.Errorf("coupled: %s: %v", c.s.Name(), err)
			return
		}
		for i, v := range z {
			sum[i] += v - mean[i]
			d.SetVec(i, v-mean[i])
		}
		cov.SymRankOne(cov, 1./Draws, d)
	}
	name := fmt.Sprintf("%s at eta = %.4g", c.s.Name(), eta)
	// A direction that the data fix has no spread, but rounding.
	tiny := 1e-10 * eta * eta
	for i := range n {
		cii := law.At(i, i)
		if e := sum[i] / Draws; !(math.Abs(e) <= 4*math.Sqrt((max(cii, 0)+tiny)/Draws)) {
			c.Errorf("coupled: %s: mean of pixel %d is off by %.3g, with deviation %.3g", name, i, e, math.Sqrt(cii))
		}
		for j := range i + 1 {
			want := law.At(i, j)
			se := math.Sqrt((max(cii*law.At(j, j), 0)+want*want)/Draws) + tiny
			if z := (cov.At(i, j) - want) / se; !(math.Abs(z) <= 4) {
				c.Errorf("coupled: %s: covariance (%d,%d) is %.4g, where %.4g belongs: %.1f standard errors", name, i, j, cov.At(i, j), want, z)
			}
		}
	}
}
