package diffusion

import (
	"math"

	"tweedie/internal/config"
)

// EDM is the preconditioning of Karras et al. (2022, table 1) for data of standard deviation d = SigmaData:
//
//	c_skip = d^2/(r^2+d^2),   c_out = r d/sqrt(r^2+d^2),   c_in = 1/sqrt(r^2+d^2),   label ln(r)/4.
type EDM struct {
	SigmaData float64 `json:"sigma_data"`
}

// Coefs returns the coefficients of D = c_skip u + c_out F and of the score -u/(r^2+d^2) + c_out F/r^2 at noise level
// r.
func (e EDM) Coefs(r float64) Coefs {
	d2 := e.SigmaData * e.SigmaData
	h := r*r + d2
	q := math.Sqrt(h)
	return Coefs{
		In: 1 / q, Label: math.Log(r) / 4,
		DSkip: d2 / h, DOut: r * e.SigmaData / q,
		SSkip: -1 / h, SOut: e.SigmaData / (r * q),
	}
}

// EDMVE is the preconditioning that EDM gives to a network trained as a VE score network: D = u + r F(u, ln(r/2)).
type EDMVE struct{}

// Coefs returns the coefficients of D = u + r F and of the score F/r at noise level r.
func (EDMVE) Coefs(r float64) Coefs {
	return Coefs{In: 1, Label: math.Log(r / 2), DSkip: 1, DOut: r, SOut: 1 / r}
}

// IDDPM is the preconditioning that EDM gives to an improved-DDPM network of m steps. It is Eps with the label
// m-1-argmin_j |r - u_j| over the noise levels u_0 > ... > u_m = 0 of a clipped cosine schedule.
type IDDPM struct{ u []float64 }

// NewIDDPM returns the preconditioning on the levels u_m = 0 and, with abar(j) = sin^2(pi j/(2 m (1 + c2))),
//
//	u_(j-1) = sqrt((u_j^2 + 1)/max(abar(j-1)/abar(j), c1) - 1).
//
// EDM uses m = 1000, c1 = 0.001 and c2 = 0.008.
func NewIDDPM(m int, c1, c2 float64) *IDDPM {
	u := make([]float64, m+1)
	abar := func(j int) float64 {
		s := math.Sin(math.Pi / 2 * float64(j) / float64(m) / (c2 + 1))
		return s * s
	}
	for j := m; j > 0; j-- {
		u[j-1] = math.Sqrt((u[j]*u[j]+1)/math.Max(abar(j-1)/abar(j), c1) - 1)
	}
	return &IDDPM{u}
}

// IDDPMFromLevels returns the preconditioning on noise levels u_0 > ... > u_m = 0 that come from a file. It keeps u and
// does not copy it. The error names the first level that does not fall or is not finite.
func IDDPMFromLevels(u []float64) (*IDDPM, error) {
	if len(u) < 2 || u[len(u)-1] != 0 {
		return nil, config.Errorf("iddpm", "u", "%d noise levels; want at least two, down to 0", len(u))
	}
	for j, v := range u {
		if !finite(v) || j > 0 && v >= u[j-1] {
			return nil, config.Errorf("iddpm", "u", "noise level %d is %g; want finite numbers that fall", j, v)
		}
	}
	return &IDDPM{u}, nil
}

// NoiseLevels returns u_0 > ... > u_m = 0. Do not write to it.
func (p *IDDPM) NoiseLevels() []float64 { return p.u }

// Coefs returns the coefficients of Eps at noise level r, with the label of the nearest level.
func (p *IDDPM) Coefs(r float64) Coefs { return Eps{p}.Coefs(r) }

// Level returns alpha and sigma at noise level r, with alpha^2 + sigma^2 = 1, and the label m-1-argmin_j |r - u_j|.
func (p *IDDPM) Level(r float64) Level {
	best := 0
	for j, u := range p.u {
		if math.Abs(r-u) < math.Abs(r-p.u[best]) {
			best = j
		}
	}
	return preserving(r, float64(len(p.u)-2-best))
}
