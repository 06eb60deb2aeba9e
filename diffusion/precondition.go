package diffusion

import (
	"tweedie/autodiff"
	"tweedie/diffusion/internal/batch"
)

// Coefs holds the coefficients of a Preconditioning at one noise level r. With F = net(In u, Label),
//
//	D = DSkip u + DOut F      grad_u log p(u; r) = SSkip u + SOut F.
type Coefs struct{ In, Label, DSkip, DOut, SSkip, SOut float64 }

// Preconditioning is the affine map between a network's output and the denoiser, at every noise level.
type Preconditioning interface {
	// Coefs returns the coefficients at noise level r > 0.
	Coefs(r float64) Coefs
}

// Preconditioned is the denoiser that a network is under a preconditioning, with its score. Each call of Denoise or
// Score evaluates the network once.
type Preconditioned struct {
	Net  Network
	Prec Preconditioning
}

// Denoise returns DSkip u + DOut net(In u, Label), [B,...].
func (p Preconditioned) Denoise(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	return p.combine(s, u, sigma, func(c Coefs) (skip, out float64) { return c.DSkip, c.DOut })
}

// Score returns SSkip u + SOut net(In u, Label), [B,...].
func (p Preconditioned) Score(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	return p.combine(s, u, sigma, func(c Coefs) (skip, out float64) { return c.SSkip, c.SOut })
}

// combine evaluates the network once and returns skip u + out F with the coefficients that pick takes for each sample.
func (p Preconditioned) combine(s *autodiff.Scope, u autodiff.Var, sigma []float64, pick func(Coefs) (skip, out float64)) autodiff.Var {
	batch.Check("preconditioned", u, sigma)
	c := s.Enter("preconditioned")
	n := len(sigma)
	w := borrow(4 * n)
	in, label, skip, out := (*w)[:n], (*w)[n:2*n], (*w)[2*n:3*n], (*w)[3*n:]
	anySkip := false
	for b, r := range sigma {
		k := p.Prec.Coefs(r)
		in[b], label[b] = k.In, k.Label
		skip[b], out[b] = pick(k)
		anySkip = anySkip || skip[b] != 0
	}
	f := p.Net.Forward(c, c.Mul(u, batch.Column(c, u, func(b int) float64 { return in[b] })), label)
	y := c.Mul(f, batch.Column(c, u, func(b int) float64 { return out[b] }))
	if anySkip {
		y = c.Add(c.Mul(u, batch.Column(c, u, func(b int) float64 { return skip[b] })), y)
	}
	giveBack(w)
	c.Close(y)
	return y
}

// Eps is the preconditioning of a network that predicts the noise n of x_t = alpha x_0 + sigma n: D = u - r F.
type Eps struct{ Levels Levels }

// Coefs returns the coefficients of D = u - r F and of the score -F/r.
func (e Eps) Coefs(r float64) Coefs {
	l := e.Levels.Level(r)
	return Coefs{In: l.Alpha, Label: l.Label, DSkip: 1, DOut: -r, SOut: -1 / r}
}

// V is the preconditioning of a network that predicts v = alpha n - sigma x_0 (Salimans and Ho 2022):
// D = (alpha^2 u - sigma F)/(alpha^2 + sigma^2).
type V struct{ Levels Levels }

// Coefs returns the coefficients of D = (alpha^2 u - sigma F)/h and of the score -(alpha^2/h)(u + F/sigma), with h =
// alpha^2 + sigma^2.
func (v V) Coefs(r float64) Coefs {
	l := v.Levels.Level(r)
	a2 := l.Alpha * l.Alpha
	h := a2 + l.Sigma*l.Sigma
	return Coefs{In: l.Alpha, Label: l.Label, DSkip: a2 / h, DOut: -l.Sigma / h, SSkip: -a2 / h, SOut: -a2 / (h * l.Sigma)}
}

// X0 is the preconditioning of a network that predicts x_0 itself: D = F.
type X0 struct{ Levels Levels }

// Coefs returns the coefficients of D = F and of the score (F - u)/r^2.
func (x X0) Coefs(r float64) Coefs {
	l := x.Levels.Level(r)
	return Coefs{In: l.Alpha, Label: l.Label, DOut: 1, SSkip: -1 / (r * r), SOut: 1 / (r * r)}
}

// ScoreOutput is the preconditioning of a network that returns grad_x log p_t(x): D = u + r^2 alpha F.
type ScoreOutput struct{ Levels Levels }

// Coefs returns the coefficients of D = u + r^2 alpha F and of the score alpha F.
func (o ScoreOutput) Coefs(r float64) Coefs {
	l := o.Levels.Level(r)
	return Coefs{In: l.Alpha, Label: l.Label, DSkip: 1, DOut: r * r * l.Alpha, SOut: l.Alpha}
}
