package edm

import (
	"encoding/json"
	"fmt"
	"tweedie/diffusion"
	"tweedie/families"
)

// predictionOfEDM says what the output of a network is under its own preconditioning, and from which noise level to which
// it was trained, 0 for no limit:
//
//	EDMPrecond    "edm" with sigma_data                            sigma_min to sigma_max
//	VEPrecond     "edm_ve"                                         sigma_min to sigma_max
//	VPPrecond     "eps", labels (M-1) t of beta_min + beta_d t     sigma(epsilon_t) to sigma(1)
//	iDDPMPrecond  "iddpm"                                          u_(M-1) to u_0, as the network's buffer has them
func predictionOfEDM(net *Network) (p families.Prediction, sigmas [2]float64, err error) {
	return predictionOf(net.Config(), net.Levels())
}

// predictionOf is predictionOfEDM of a config and, for iDDPMPrecond, the network's noise levels u.
func predictionOf(c Config, u []float64) (p families.Prediction, sigmas [2]float64, err error) {
	k := c.Kwargs
	switch c.Precond {
	case "EDMPrecond":
		return families.Prediction{}, [2]float64{k.SigmaMin, k.SigmaMax}, nil
	case "VEPrecond":
		return families.Prediction{Kind: "edm_ve"}, [2]float64{k.SigmaMin, k.SigmaMax}, nil
	case "VPPrecond":
		vp := diffusion.VP{Beta0: k.BetaMin, Beta1: k.BetaMin + k.BetaD}
		p = families.Prediction{Kind: "eps", LabelScale: float64(k.M - 1)}
		p.Schedule, err = json.Marshal(map[string]any{"kind": "vp", "beta0": vp.Beta0, "beta1": vp.Beta1})
		return p, [2]float64{vp.Ratio(k.EpsilonT), vp.Ratio(1)}, err
	}
	if _, err := diffusion.IDDPMFromLevels(u); err != nil {
		return p, sigmas, fmt.Errorf("edm: %w", err)
	}
	p.Kind = "iddpm"
	p.Schedule, err = json.Marshal(families.IDDPM{Kind: "iddpm", Steps: k.M, C1: k.C1, C2: k.C2})
	return p, [2]float64{u[k.M-1], u[0]}, err
}
