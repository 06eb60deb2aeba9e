package families

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tweedie/diffusion"
	"tweedie/internal/config"
)

// Prediction says what the output F of a network is, in the parameterization x_t = alpha x_0 + sigma n of the schedule
// that it was trained on. The zero Prediction is "edm", which has no schedule.
//
//	"edm"    D = c_skip u + c_out F(c_in u; ln(r)/4), Karras et al. 2022 with sigma_data
//	"eps"    F is the noise n
//	"v"      F is alpha n - sigma x_0
//	"x0"     F is x_0
//	"score"  F is the score of x_t
//
// and without a schedule, for networks that see x_0 + r n and at most r itself:
//
//	"residual"  F is r n
//	"denoised"  F is x_0
//
// and EDM's readings of two other kinds of network:
//
//	"edm_ve"  F is r n in units of r: D = u + r F(u; ln(r/2))
//	"iddpm"   F is the noise n, at the index of the nearest noise level, from the lowest
type Prediction struct {
	Kind       string          `json:"kind,omitempty"`
	Schedule   json.RawMessage `json:"schedule,omitempty"`    // {"kind":"ddpm",...}, labels are steps; or one in continuous time
	LabelScale float64         `json:"label_scale,omitempty"` // in continuous time labels are label_scale t; 0 is 999
	Label      string          `json:"label,omitempty"`       // "sigma", or "index" from the highest level; "": label_scale t
	Steps      int             `json:"steps,omitempty"`       // number of levels, for "index"
}

// EDM reports whether the prediction is "edm".
func (p *Prediction) EDM() bool { return p.Kind == "" || p.Kind == "edm" }

func (p *Prediction) validate() error {
	_, err := p.Preconditioning(1)
	return err
}

// Preconditioning returns the affine map from F to the denoiser; sigmaData is used by "edm" alone. The error names what
// is unknown or missing.
func (p *Prediction) Preconditioning(sigmaData float64) (diffusion.Preconditioning, error) {
	if p.EDM() {
		if p.Schedule != nil || p.LabelScale != 0 {
			return nil, fmt.Errorf(`kind "edm" has neither schedule nor label_scale`)
		}
		return diffusion.EDM{SigmaData: sigmaData}, nil
	}
	if prec := blind(p.Kind); prec != nil {
		if p.Schedule != nil || p.LabelScale != 0 {
			return nil, fmt.Errorf("kind %q has neither schedule nor label_scale", p.Kind)
		}
		return prec, nil
	}
	if p.Kind == "iddpm" {
		return p.preconditionIDDPM()
	}
	if kinds := diffusion.Parameterizations(); !slices.Contains(kinds, p.Kind) {
		return nil, fmt.Errorf("kind %q is none of edm, %s, residual, denoised, edm_ve, iddpm", p.Kind, strings.Join(kinds, ", "))
	}
	var levels diffusion.Levels
	if len(p.Schedule) > 0 || p.LabelScale != 0 || p.Label != "" {
		var err error
		if levels, err = p.levels(); err != nil {
			return nil, err
		}
	}
	prec, err := diffusion.Parameterize(p.Kind, levels)
	if err != nil {
		return nil, fmt.Errorf("kind %q: %w", p.Kind, err)
	}
	return prec, nil
}

// levels is the schedule, discrete or continuous.
func (p *Prediction) levels() (diffusion.Levels, error) {
	kind, err := config.KindOf(p.Schedule)
	if err != nil {
		return nil, fmt.Errorf("kind %q needs a schedule: %w", p.Kind, err)
	}
	if kind == "ddpm" {
		if p.LabelScale != 0 {
			return nil, fmt.Errorf("label_scale is %g; a ddpm schedule has rescale for that", p.LabelScale)
		}
		c, err := diffusion.DecodeDDPM(p.Schedule)
		if err != nil {
			return nil, err
		}
		return c.Build()
	}
	s, err := diffusion.DecodeSchedule(p.Schedule)
	if err != nil {
		return nil, err
	}
	switch {
	case p.Label == "sigma" && p.LabelScale == 0:
		return diffusion.Continuous{Schedule: s, SigmaLabel: true}, nil
	case p.Label == "index" && p.LabelScale == 0:
		return newVESteps(s, p.Steps)
	case p.Label != "":
		return nil, fmt.Errorf("label %q with label_scale %g; want sigma, index, or neither, and label_scale with neither", p.Label, p.LabelScale)
	}
	k := config.Check("")
	k.Finite("label_scale", p.LabelScale)
	if err := k.Err(); err != nil {
		return nil, err
	}
	scale := p.LabelScale
	if scale == 0 {
		scale = 999
	}
	return diffusion.Continuous{Schedule: s, Scale: scale}, nil
}

// maxSteps bounds the tables that a file may ask for.
const maxSteps = config.MostSteps

// blind returns the preconditioning of a prediction without a schedule, nil when kind is none.
func blind(kind string) diffusion.Preconditioning {
	switch kind {
	case "residual":
		return diffusion.Residual{}
	case "denoised":
		return diffusion.X0{Levels: diffusion.NoiseLevels{}}
	case "edm_ve":
		return diffusion.EDMVE{}
	}
	return nil
}
