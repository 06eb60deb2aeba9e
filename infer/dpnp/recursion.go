package dpnp

// direction describes one direction of a linear Gaussian problem, y = Gain x + N(0, Sigma^2) with x ~ N(0, Prior^2). In a
// singular basis of S^-1/2 A, Gain is g and Sigma is 1. A direction that the data do not see has Gain 0.
type direction struct {
	Prior float64 // s, a standard deviation
	Gain  float64 // a
	Sigma float64
}

// moments describes the law of x along a direction, given y: N(C y, V).
type moments struct{ C, V float64 }

// posterior returns the law of x given y: C = a s^2/(a^2 s^2 + sigma^2), V = s^2 sigma^2/(a^2 s^2 + sigma^2).
func (d direction) posterior() moments { return d.given(d.Sigma * d.Sigma) }

// fixed returns the law that rounds at one eta tend to: the posterior with sigma^2 + eta^2 a^2 in place of sigma^2, or
// with max(sigma^2, eta^2 a^2) where draws are deflated.
func (d direction) fixed(eta float64, deflated bool) moments {
	t, noise := eta*d.Gain, d.Sigma*d.Sigma
	if deflated {
		return d.given(max(noise, t*t))
	}
	return d.given(noise + t*t)
}

// given returns the posterior under noise of the given variance.
func (d direction) given(noise float64) moments {
	s2 := d.Prior * d.Prior
	sum := d.Gain*d.Gain*s2 + noise
	return moments{C: d.Gain * s2 / sum, V: s2 * noise / sum}
}

// denoisingLaw returns the law of a draw from the denoising posterior of N(0, s^2) at eta.
type denoisingLaw func(s, eta float64) Response

// roundLaw describes one round of DPnP along a direction, in closed form:
//
//	z = f x + b y + N(0, q),   f = s'/D,  b = eta^2 a/(sigma^2 D),  q = eta^2 f
//	x = G z + N(0, h)          G, h of the denoising sampler
//
// with g = a/sigma; plain, s' = 1 and D = 1 + eta^2 g^2, and deflated, s' = max(1 - eta^2 g^2, 0) and D = max(1,
// eta^2 g^2).
type roundLaw struct {
	Eta      float64
	Deflated bool
	Denoise  denoisingLaw // nil is ExactResponse
}

// proximal returns f and b.
func (r roundLaw) proximal(d direction) (f, b float64) {
	t := r.Eta * d.Gain / d.Sigma
	kept, grown := 1., 1+t*t
	if r.Deflated {
		kept, grown = max(1-t*t, 0), max(1, t*t)
	}
	return kept / grown, r.Eta * r.Eta * d.Gain / (d.Sigma * d.Sigma * grown)
}

func (r roundLaw) denoise(d direction) Response {
	if r.Denoise == nil {
		return ExactResponse(r.Eta, d.Prior)
	}
	return r.Denoise(d.Prior, r.Eta)
}

// contraction returns lambda = G f, the factor by which a round shrinks what x was before: the autocorrelation of x at
// lag one, so that draws of one chain are worth (1 - lambda)/(1 + lambda) independent ones each.
func (r roundLaw) contraction(d direction) float64 {
	f, _ := r.proximal(d)
	return r.denoise(d).Gain * f
}

// after returns the law of x after the round, given that before: C = G (f C + b), V = G^2 (f^2 V + eta^2 f) + h.
func (r roundLaw) after(d direction, x moments) moments {
	f, b := r.proximal(d)
	draw := r.denoise(d)
	return moments{C: draw.Gain * (f*x.C + b), V: draw.Gain*draw.Gain*(f*f*x.V+r.Eta*r.Eta*f) + draw.Variance}
}

// follow returns the law of x after rounds at each of etas in turn, and the memory: the product of their contractions,
// which is the share of the start that x still holds.
func (d direction) follow(start moments, etas []float64, deflated bool, denoise denoisingLaw) (end moments, memory float64) {
	end, memory = start, 1
	for _, eta := range etas {
		r := roundLaw{Eta: eta, Deflated: deflated, Denoise: denoise}
		end = r.after(d, end)
		memory *= r.contraction(d)
	}
	return end, memory
}
