package dpnp

// Direction is one direction of a linear Gaussian problem, y = Gain x + N(0, Sigma^2) with x ~ N(0, Prior^2). In a
// singular basis of S^-1/2 A, Gain is g and Sigma is 1. A direction that the data do not see has Gain 0.
type Direction struct {
	Prior float64 // s, a standard deviation
	Gain  float64 // a
	Sigma float64
}

// Moments is the law of x along a direction, given y: N(C y, V).
type Moments struct{ C, V float64 }

// Posterior returns the law of x given y: C = a s^2/(a^2 s^2 + sigma^2), V = s^2 sigma^2/(a^2 s^2 + sigma^2).
func (d Direction) Posterior() Moments { return d.given(d.Sigma * d.Sigma) }

// Fixed returns the law that rounds at one eta tend to: the posterior with sigma^2 + eta^2 a^2 in place of sigma^2, or
// with max(sigma^2, eta^2 a^2) where draws are deflated.
func (d Direction) Fixed(eta float64, deflated bool) Moments {
	t, noise := eta*d.Gain, d.Sigma*d.Sigma
	if deflated {
		return d.given(max(noise, t*t))
	}
	return d.given(noise + t*t)
}

// given returns the posterior under noise of the given variance.
func (d Direction) given(noise float64) Moments {
	s2 := d.Prior * d.Prior
	sum := d.Gain*d.Gain*s2 + noise
	return Moments{C: d.Gain * s2 / sum, V: s2 * noise / sum}
}

// Denoising is the law of a draw from the denoising posterior of N(0, s^2) at eta: x = gain z + N(0, variance).
type Denoising func(s, eta float64) (gain, variance float64)

// ExactDenoising returns gain = s^2/(s^2 + eta^2) and variance = gain eta^2.
func ExactDenoising(s, eta float64) (gain, variance float64) {
	gain = s * s / (s*s + eta*eta)
	return gain, gain * eta * eta
}

// Round is one round of DPnP along a direction, in closed form:
//
//	z = f x + b y + N(0, q),   f = s'/D,  b = eta^2 a/(sigma^2 D),  q = eta^2 f
//	x = G z + N(0, h)          G, h of the denoising sampler
//
// with g = a/sigma; plain, s' = 1 and D = 1 + eta^2 g^2, and deflated, s' = max(1 - eta^2 g^2, 0) and D = max(1,
// eta^2 g^2).
type Round struct {
	Eta      float64
	Deflated bool
	Denoise  Denoising // nil is ExactDenoising
}

// proximal returns f and b.
func (r Round) proximal(d Direction) (f, b float64) {
	t := r.Eta * d.Gain / d.Sigma
	kept, grown := 1., 1+t*t
	if r.Deflated {
		kept, grown = max(1-t*t, 0), max(1, t*t)
	}
	return kept / grown, r.Eta * r.Eta * d.Gain / (d.Sigma * d.Sigma * grown)
}

func (r Round) denoise(d Direction) (gain, variance float64) {
	if r.Denoise == nil {
		return ExactDenoising(d.Prior, r.Eta)
	}
	return r.Denoise(d.Prior, r.Eta)
}

// Contraction returns lambda = G f, the factor by which a round shrinks what x was before: the autocorrelation of x at
// lag one, so that draws of one chain are worth (1 - lambda)/(1 + lambda) independent ones each.
func (r Round) Contraction(d Direction) float64 {
	f, _ := r.proximal(d)
	gain, _ := r.denoise(d)
	return gain * f
}

// After returns the law of x after the round, given that before: C = G (f C + b), V = G^2 (f^2 V + eta^2 f) + h.
func (r Round) After(d Direction, x Moments) Moments {
	f, b := r.proximal(d)
	gain, variance := r.denoise(d)
	return Moments{C: gain * (f*x.C + b), V: gain*gain*(f*f*x.V+r.Eta*r.Eta*f) + variance}
}

// Follow returns the law of x after rounds at each of etas in turn, and the memory: the product of their contractions,
// which is the share of the start that x still holds.
func (d Direction) Follow(start Moments, etas []float64, deflated bool, denoise Denoising) (end Moments, memory float64) {
	end, memory = start, 1
	for _, eta := range etas {
		r := Round{Eta: eta, Deflated: deflated, Denoise: denoise}
		end = r.After(d, end)
		memory *= r.Contraction(d)
	}
	return end, memory
}
