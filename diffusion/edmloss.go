package diffusion

import (
	"math"

	"tweedie/autodiff"
	"tweedie/diffusion/internal/batch"
	"tweedie/internal/config"
	"tweedie/rng"
)

// EDMLoss is the denoising loss of Karras et al. (2022, section 5, table 1): with ln sigma ~ N(PMean, PStd^2) and
// n ~ N(0, I) drawn anew for every image,
//
//	L = E [ w(sigma) |D(x + sigma n; sigma) - x|^2 / D ],   w = (sigma^2 + SigmaData^2)/(sigma SigmaData)^2,
//
// where D in the denominator is the number of pixels. A network with EDM's preconditioning starts at L = 1.
type EDMLoss struct {
	PMean     float64 `json:"p_mean"`
	PStd      float64 `json:"p_std"`
	SigmaData float64 `json:"sigma_data"` // standard deviation of the data, in the denoiser's units
}

// DefaultEDMLoss returns the paper's values for images in [-1, 1].
func DefaultEDMLoss() EDMLoss { return EDMLoss{PMean: -1.2, PStd: 1.2, SigmaData: 0.5} }

// Kind returns "edm".
func (l EDMLoss) Kind() string { return "edm" }

// Validate returns a *FieldError that names the first field that is out of range.
func (l EDMLoss) Validate() error {
	c := config.Check("edm")
	c.Float("p_mean", l.PMean, -40, 40)
	c.Float("p_std", l.PStd, config.Positive, 10)
	c.Float("sigma_data", l.SigmaData, config.Tiny, config.Huge)
	return c.Err()
}

// Loss returns L over the images x [B,...], of one element; image b draws its noise level and its noise from keys[b].
func (l EDMLoss) Loss(s *autodiff.Scope, d Denoiser, x autodiff.Var, keys []rng.Key) autodiff.Var {
	checkKeys(s, x, keys)
	c := s.Enter("edm loss")
	b := x.Dim(0)
	per := x.Size() / max(b, 1)
	noise, level := borrow(x.Size()), borrow(2*b)
	sigma, weight := (*level)[:b], (*level)[b:]
	st := streams.Get().(*rng.Stream)
	for i := range b {
		st.Reset(keys[i])
		sigma[i] = math.Exp(l.PMean + l.PStd*st.Norm())
		st.FillNorm((*noise)[i*per : (i+1)*per])
		for j := i * per; j < (i+1)*per; j++ {
			(*noise)[j] *= sigma[i]
		}
		weight[i] = (sigma[i]*sigma[i] + l.SigmaData*l.SigmaData) / math.Pow(sigma[i]*l.SigmaData, 2)
	}
	u := c.Add(x, c.Const64(x.Shape(), *noise))
	e := c.Square(c.Sub(d.Denoise(c, u, sigma), x))
	y := c.MeanAll(c.Mul(e, batch.Column(c, x, func(i int) float64 { return weight[i] })))
	giveBack(noise)
	giveBack(level)
	streams.Put(st)
	c.Close(y)
	return y
}
