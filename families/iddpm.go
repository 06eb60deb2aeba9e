package families

import (
	"fmt"
	"math"

	"tweedie/diffusion"
	"tweedie/internal/config"
)

// IDDPM is the schedule of EDM's reading of an improved-DDPM network, as JSON.
type IDDPM struct {
	Kind  string  `json:"kind"` // "iddpm"
	Steps int     `json:"steps"`
	C1    float64 `json:"c1"`
	C2    float64 `json:"c2"`
}

// preconditionIDDPM is the preconditioning of a "iddpm" as its schedule makes it.
func (p *Prediction) preconditionIDDPM() (diffusion.Preconditioning, error) {
	var c IDDPM
	if err := config.Decode(p.Schedule, &c); err != nil {
		return nil, fmt.Errorf(`kind "iddpm" needs a schedule: %w`, err)
	}
	if c.Kind != "iddpm" || c.Steps < 2 || c.Steps > maxSteps || !(c.C1 > 0 && c.C1 < 1) || !positive(c.C2) || p.LabelScale != 0 {
		return nil, fmt.Errorf(`kind "iddpm" has the schedule %.200s; want {"kind":"iddpm","steps":1000,"c1":0.001,"c2":0.008}, steps at most %d, and no label_scale`, p.Schedule, maxSteps)
	}
	return diffusion.NewIDDPM(c.Steps, c.C1, c.C2), nil
}

// Preconditioning returns the preconditioning of net: with the noise levels that the network itself has, where it has them.
func (s *Spec) Preconditioning(net Network) (diffusion.Preconditioning, error) {
	if e, ok := net.(interface{ Levels() []float64 }); ok && s.Predict.Kind == "iddpm" && e.Levels() != nil {
		return diffusion.IDDPMFromLevels(e.Levels())
	}
	return s.Predict.Preconditioning(s.SigmaData)
}

// Within returns how with noise levels that the network was trained on: in a diffusion.Heun, DPMSolver or UniPC, the
// highest and the lowest level are moved into that range, as EDM's sampler does. It returns any other sampler as it is,
// and one whose range has nothing in common with the network's.
func (s *Spec) Within(how diffusion.Sampler) diffusion.Sampler {
	switch h := how.(type) {
	case diffusion.Heun:
		h.SigmaMin, h.SigmaMax = s.levels(h.SigmaMin, h.SigmaMax)
		return h
	case diffusion.DPMSolver:
		h.SigmaMin, h.SigmaMax = s.levels(h.SigmaMin, h.SigmaMax)
		return h
	case diffusion.UniPC:
		h.SigmaMin, h.SigmaMax = s.levels(h.SigmaMin, h.SigmaMax)
		return h
	}
	return how
}

// levels returns the ends of a range of noise levels moved into that of training, or as they are when nothing would be
// left.
func (s *Spec) levels(lo, hi float64) (float64, float64) {
	l, h := math.Max(lo, s.Sigmas[0]), hi
	if s.Sigmas[1] > 0 {
		h = math.Min(h, s.Sigmas[1])
	}
	if l >= h {
		return lo, hi
	}
	return l, h
}
