package zoo

import (
	"encoding/json"
	"fmt"
	"math"

	"tweedie/diffusion"
	"tweedie/internal/config"
	"tweedie/unet"
)

// iddpm is the schedule of EDM's reading of an improved-DDPM network, as JSON.
type iddpm struct {
	Kind  string  `json:"kind"` // "iddpm"
	Steps int     `json:"steps"`
	C1    float64 `json:"c1"`
	C2    float64 `json:"c2"`
}

// predictionOfEDM says what the output of a network is under its own preconditioning, and from which noise level to which
// it was trained, 0 for no limit:
//
//	EDMPrecond    "edm" with sigma_data                            sigma_min to sigma_max
//	VEPrecond     "edm_ve"                                         sigma_min to sigma_max
//	VPPrecond     "eps", labels (M-1) t of beta_min + beta_d t     sigma(epsilon_t) to sigma(1)
//	iDDPMPrecond  "iddpm"                                          u_(M-1) to u_0, as the network's buffer has them
func predictionOfEDM(net *unet.EDM) (p Prediction, sigmas [2]float64, err error) {
	return predictionOf(net.Config(), net.Levels())
}

// predictionOf is predictionOfEDM of a config and, for iDDPMPrecond, the network's noise levels u.
func predictionOf(c unet.EDMConfig, u []float64) (p Prediction, sigmas [2]float64, err error) {
	k := c.Kwargs
	switch c.Precond {
	case "EDMPrecond":
		return Prediction{}, [2]float64{k.SigmaMin, k.SigmaMax}, nil
	case "VEPrecond":
		return Prediction{Kind: "edm_ve"}, [2]float64{k.SigmaMin, k.SigmaMax}, nil
	case "VPPrecond":
		vp := diffusion.VP{Beta0: k.BetaMin, Beta1: k.BetaMin + k.BetaD}
		p = Prediction{Kind: "eps", LabelScale: float64(k.M - 1)}
		p.Schedule, err = json.Marshal(map[string]any{"kind": "vp", "beta0": vp.Beta0, "beta1": vp.Beta1})
		return p, [2]float64{vp.Ratio(k.EpsilonT), vp.Ratio(1)}, err
	}
	if _, err := diffusion.IDDPMFromLevels(u); err != nil {
		return p, sigmas, fmt.Errorf("zoo: %w", err)
	}
	p.Kind = "iddpm"
	p.Schedule, err = json.Marshal(iddpm{"iddpm", k.M, k.C1, k.C2})
	return p, [2]float64{u[k.M-1], u[0]}, err
}

// preconditionIDDPM is the preconditioning of a "iddpm" as its schedule makes it.
func (p *Prediction) preconditionIDDPM() (diffusion.Preconditioning, error) {
	var c iddpm
	if err := config.Decode(p.Schedule, &c); err != nil {
		return nil, fmt.Errorf(`kind "iddpm" needs a schedule: %w`, err)
	}
	if c.Kind != "iddpm" || c.Steps < 2 || c.Steps > maxSteps || !(c.C1 > 0 && c.C1 < 1) || !positive(c.C2) || p.LabelScale != 0 {
		return nil, fmt.Errorf(`kind "iddpm" has the schedule %.200s; want {"kind":"iddpm","steps":1000,"c1":0.001,"c2":0.008}, steps at most %d, and no label_scale`, p.Schedule, maxSteps)
	}
	return diffusion.NewIDDPM(c.Steps, c.C1, c.C2), nil
}

// precondition is the preconditioning of net: with the noise levels that the network itself has, where it has them.
func (s *Spec) precondition(net Network) (diffusion.Preconditioning, error) {
	if e, ok := net.(*unet.EDM); ok && s.Predict.Kind == "iddpm" && e.Levels() != nil {
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
