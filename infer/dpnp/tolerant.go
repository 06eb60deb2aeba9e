package dpnp

import (
	"fmt"
	"math"

	"tweedie/infer"
	"tweedie/rng"
)

// Tolerant is the denoising sampler that takes, at each eta, the cheapest of its candidates that is within a tolerance by
// StepsWithin, or the one of least Error where none is. It serves one run.
type Tolerant struct {
	Candidates []DPnP    // of each, the sampler and its fields but for the steps
	Tol        float64   // of Response.Error; 0.02 is two per cent of a variance
	Spreads    []float64 // deviations of the prior, from the least that matters to the greatest

	chosen map[float64]Fit
}

// Candidates returns the settings of m among which the sampler "auto" of Tolerant chooses: the deterministic and the
// stochastic sampler of least cost.
func Candidates(m DPnP) []DPnP {
	det, sto := m, m
	det.Sampler, sto.Sampler = "unipc", "ddpm"
	det.Heun, sto.Heun = false, false
	return []DPnP{det, sto}
}

// Name returns the names of the candidates.
func (t *Tolerant) Name() string {
	name := ""
	for i, m := range t.Candidates {
		if i > 0 {
			name += " or "
		}
		name += m.Sampler
	}
	return name
}

// At returns what is used at eta. It is computed once.
func (t *Tolerant) At(eta float64) (Fit, error) {
	if f, ok := t.chosen[eta]; ok {
		return f, nil
	}
	best := Fit{Error: math.Inf(1)}
	for _, m := range t.Candidates {
		f, err := StepsWithin(m, eta, t.Tol, t.Spreads)
		if err != nil {
			return Fit{}, err
		}
		better := f.Error < best.Error
		if f.Error <= t.Tol && best.Error <= t.Tol {
			better = f.Evaluations < best.Evaluations
		}
		if better {
			best = f
		}
	}
	if best.Sampler == nil {
		return Fit{}, fmt.Errorf("no denoising sampler of %q has a finite error at eta %g", t.Name(), eta)
	}
	if t.chosen == nil {
		t.chosen = map[float64]Fit{}
	}
	t.chosen[eta] = best
	return best, nil
}

// Grid returns the levels of what is used at eta, none when nothing can be.
func (t *Tolerant) Grid(eta float64) []float64 {
	f, err := t.At(eta)
	if err != nil {
		return nil
	}
	return f.Sampler.Grid(eta)
}

// Draw draws by what is used at eta.
func (t *Tolerant) Draw(e *infer.Evaluator, x []float64, eta float64, streams []*rng.Stream) error {
	f, err := t.At(eta)
	if err != nil {
		return err
	}
	return f.Sampler.Draw(e, x, eta, streams)
}

// DrawWith is Draw with normals in the place of the streams.
func (t *Tolerant) DrawWith(e *infer.Evaluator, x []float64, eta float64, normals func(w []float64)) error {
	f, err := t.At(eta)
	if err != nil {
		return err
	}
	return f.Sampler.(NormalDrawer).DrawWith(e, x, eta, normals)
}
