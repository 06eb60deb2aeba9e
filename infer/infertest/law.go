package infertest

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/diffusion"
	"tweedie/infer"
)

func (s *suite) gaussian() {
	s.law(gaussian("Gaussian", diffusion.Affine{}, nil))
	s.follows("Gaussian", diffusion.Affine{})
}

// units puts the prior behind x = 4 m + 1: the posterior of x is the same. Whoever takes the prior for one of x follows a
// quarter of its moves.
func (s *suite) units() {
	const name = "Gaussian in other units"
	a := diffusion.Affine{Scale: 4, Shift: 1}
	s.law(gaussian(name, a, nil))
	s.follows(name, a)
}

func (s *suite) mixture() { s.law(mixture()) }

// law solves a problem and asks the samples to fit the data, to beat the prior's mean, and, where they claim it, to
// have the posterior's moments.
func (s *suite) law(p *problem) {
	s.TB.Helper()
	res := s.solve(p, s.Samples, seed)
	if res == nil {
		return
	}
	chi, before := 0.0, p.lik.ChiSquared(p.mean)
	for _, x := range res.Samples {
		chi += p.lik.ChiSquared(x) / float64(len(res.Samples))
	}
	exact := p.posterior.Mean()
	far, was := floats.Distance(res.Mean, exact, 2), floats.Distance(p.mean, exact, 2)
	s.Logf("%s on the %s: chi^2/m %.3f (prior's mean %.3f), distance to the posterior's mean %.3f (prior's mean %.3f)",
		s.name, p.name, chi, before, far, was)
	if !(chi <= before/2) {
		s.Errorf("on the %s its samples do not use the data: chi^2/m is %.2f on average and %.2f for the prior's mean; at most half belongs", p.name, chi, before)
		return
	}
	if !(far <= was/2) {
		s.Errorf("on the %s its mean is no better than the prior's: %.3f from the posterior's mean, where the prior's mean is at %.3f; at most half belongs", p.name, far, was)
		return
	}
	if res.Spread == infer.PosteriorSpread {
		s.posterior(p, res)
	}
}

// posterior compares mean and standard deviations with the posterior's.
func (s *suite) posterior(p *problem, res *infer.Result) {
	s.TB.Helper()
	mean, std := moments(res.Samples)
	cov, n := p.posterior.Cov(), float64(len(res.Samples))
	for i, want := range p.posterior.Mean() {
		sd := math.Sqrt(cov.At(i, i))
		if e := math.Abs(mean[i]-want) / sd; !(e <= s.Mean+4/math.Sqrt(n)) {
			s.Errorf("on the %s the mean of pixel %d is off by %.3f posterior standard deviations", p.name, i, e)
		}
		if !(math.Abs(std[i]/sd-1) <= s.Std+4*math.Sqrt(.5/n)) {
			s.Errorf("on the %s the standard deviation of pixel %d is %.4f, exact %.4f", p.name, i, std[i], sd)
		}
	}
}

// follows moves the prior's mean by an image v with A v = 0, which moves the posterior's mean by v.
func (s *suite) follows(name string, a diffusion.Affine) {
	s.TB.Helper()
	if s.failed {
		return
	}
	v := make([]float64, pixels)
	for i := range v {
		v[i] = .3 * float64(1-i%3) // 1, 0, -1 in every block, so that its average is zero
	}
	n := min(s.Samples, 200)
	here, there := s.solve(gaussian(name, a, nil), n, seed), s.solve(gaussian("moved "+name, a, v), n, seed)
	if here == nil || there == nil {
		return
	}
	move := 0.0
	for i := range v {
		move += (there.Mean[i] - here.Mean[i]) * v[i] / floats.Dot(v, v)
	}
	s.Logf("%s on the %s: it follows %.2f of a move of the prior", s.name, name, move)
	if !(move >= .5 && move <= 1.5) {
		s.Errorf("on the %s it does not use the prior: where the data see nothing its mean follows %.2f of a move of the prior's mean; 1 belongs", name, move)
	}
}
