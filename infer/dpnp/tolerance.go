package dpnp

import (
	"fmt"
	"math"

	"tweedie/infer"
	"tweedie/internal/config"
	"tweedie/rng"
)

// mostTolerantSteps bounds the steps that StepsWithin tries.
const mostTolerantSteps = 256

// Fit says how well a setting of the denoising sampler does at one eta.
type Fit struct {
	Method      DPnP    // with the sampler and the dds_steps
	Evaluations int     // of the network, for a draw
	Error       float64 // the largest Response.Error over the spreads
}

// StepsWithin returns m with the fewest dds_steps by which its denoising sampler has an Error of at most tol at eta on every prior
// N(0, s^2) with s in spreads. Where 256 are too few, or the sampler's steps are those of m.Levels, it returns the best there is, with an
// Error above tol. The steps given in m do not matter.
func StepsWithin(m DPnP, eta, tol float64, spreads []float64) (Fit, error) {
	c := config.Check("dpnp")
	c.Float("dds_tolerance", tol, config.Positive, 1)
	c.Name("sampler", m.Sampler, Samplers()...)
	if c.Err() != nil {
		return Fit{}, c.Err()
	}
	best := Fit{Error: math.Inf(1)}
	for n := 2; n <= mostTolerantSteps; n += 1 + n/32 {
		m.Steps = n
		d, err := m.DenoisingSampler()
		if err != nil {
			return Fit{}, err
		}
		r, evaluations, err := measure(d, eta, spreads)
		if err != nil {
			return Fit{}, err
		}
		worst := 0.0
		for i, s := range spreads {
			worst = math.Max(worst, r[i].Error(eta, s))
		}
		if worst < best.Error {
			best = Fit{m, evaluations, worst}
		}
		if _, fixed := d.(TrainingGrid); fixed || worst <= tol {
			break
		}
	}
	return best, nil
}

// Tolerant is the denoising sampler that takes, at each eta, the cheapest of its candidates that is within a tolerance by
// StepsWithin, or the one of least Error where none is. It serves one run.
type Tolerant struct {
	Candidates []DPnP    // of each, the sampler and its fields but for the steps
	Tol        float64   // of Response.Error; 0.02 is two per cent of a variance
	Spreads    []float64 // deviations of the prior, from the least that matters to the greatest

	chosen map[float64]tolerantChoice
}

// tolerantChoice is what Tolerant uses at one eta.
type tolerantChoice struct {
	fit     Fit
	sampler DenoisingSampler
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
	c, err := t.at(eta)
	return c.fit, err
}

func (t *Tolerant) at(eta float64) (tolerantChoice, error) {
	if c, ok := t.chosen[eta]; ok {
		return c, nil
	}
	best := Fit{Error: math.Inf(1)}
	for _, m := range t.Candidates {
		f, err := StepsWithin(m, eta, t.Tol, t.Spreads)
		if err != nil {
			return tolerantChoice{}, err
		}
		better := f.Error < best.Error
		if f.Error <= t.Tol && best.Error <= t.Tol {
			better = f.Evaluations < best.Evaluations
		}
		if better {
			best = f
		}
	}
	if math.IsInf(best.Error, 1) {
		return tolerantChoice{}, fmt.Errorf("no denoising sampler of %q has a finite error at eta %g", t.Name(), eta)
	}
	d, err := best.Method.DenoisingSampler()
	if err != nil {
		return tolerantChoice{}, err
	}
	if t.chosen == nil {
		t.chosen = map[float64]tolerantChoice{}
	}
	t.chosen[eta] = tolerantChoice{best, d}
	return t.chosen[eta], nil
}

// Grid returns the levels of what is used at eta, none when nothing can be.
func (t *Tolerant) Grid(eta float64) []float64 {
	c, err := t.at(eta)
	if err != nil {
		return nil
	}
	return c.sampler.Grid(eta)
}

// Draw draws by what is used at eta.
func (t *Tolerant) Draw(e *infer.Evaluator, x []float64, eta float64, streams []*rng.Stream) error {
	c, err := t.at(eta)
	if err != nil {
		return err
	}
	return c.sampler.Draw(e, x, eta, streams)
}

// DrawWith is Draw with normals in the place of the streams.
func (t *Tolerant) DrawWith(e *infer.Evaluator, x []float64, eta float64, normals func(w []float64)) error {
	c, err := t.at(eta)
	if err != nil {
		return err
	}
	return c.sampler.(NormalDrawer).DrawWith(e, x, eta, normals)
}
