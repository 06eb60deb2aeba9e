package zoo

import (
	"errors"
	"fmt"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/families/denoisers"
	"tweedie/prior"
)

// quantities are what a golden may want of a network or a mixture.
var quantities = map[string]func(s *autodiff.Scope, m model, x autodiff.Var, in goldenInputs) ([]float64, error){
	"network":     networkOutput,
	"energy":      energyOf,
	"gradient":    energyGradient,
	"score":       scoreOfMixture,
	"log_density": densityOfMixture,
}

// model is the contents of a card's file: a network or a prior.
type model struct {
	net   families.Original
	prior *prior.Prior
}

// model is what a file of the card holds.
func (c *Card) model(f *checkpoints.File) (m model, err error) {
	if c.Family == "" {
		m.prior, err = prior.FromFile(c.Name, f, prior.Options{})
		return m, err
	}
	src, _, err := c.source()
	if err == nil {
		m.net, err = families.Load(f, src)
	}
	return m, err
}

// evaluate is one quantity at the inputs: of a network in float32, of a closed form in float64.
func (m model) evaluate(a *autodiff.Arena, of string, in goldenInputs) (out []float64, err error) {
	defer autodiff.Catch(&err)
	dt := autodiff.F32
	if m.net == nil {
		dt = autodiff.F64
	}
	s := a.Scope(autodiff.Eval, dt)
	defer s.Close()
	s.Freeze()
	return quantities[of](s, m, s.Const64(autodiff.S(in.shape...), in.x), in)
}

func networkOutput(s *autodiff.Scope, m model, x autodiff.Var, in goldenInputs) ([]float64, error) {
	if m.net == nil {
		return nil, errors.New(`golden: "network" is of a card with a family`)
	}
	if err := m.net.Check(x.Shape(), in.t, in.y); err != nil {
		return nil, fmt.Errorf("golden: %w", err)
	}
	return m.net.Forward(s, x, in.t, in.y).Float64s(), nil
}

// tdv is the network of a model, where it has an energy.
func (m model) tdv() (*denoisers.TDV, error) {
	if m.net != nil {
		if n, ok := m.net.Network().(*denoisers.TDV); ok {
			return n, nil
		}
	}
	return nil, errors.New("golden: this network has no energy")
}

func energyOf(s *autodiff.Scope, m model, x autodiff.Var, _ goldenInputs) ([]float64, error) {
	n, err := m.tdv()
	if err != nil {
		return nil, err
	}
	return n.Energy(s, x).Float64s(), nil
}

func energyGradient(s *autodiff.Scope, m model, x autodiff.Var, _ goldenInputs) ([]float64, error) {
	n, err := m.tdv()
	if err != nil {
		return nil, err
	}
	return n.Grad(s, x).Float64s(), nil
}

func scoreOfMixture(s *autodiff.Scope, m model, x autodiff.Var, in goldenInputs) ([]float64, error) {
	if m.prior == nil || m.prior.Exact == nil {
		return nil, errors.New("golden: this is no closed form")
	}
	return m.prior.Exact.Score(s, x, in.t).Float64s(), nil
}

func densityOfMixture(_ *autodiff.Scope, m model, _ autodiff.Var, in goldenInputs) (out []float64, err error) {
	if m.prior == nil || m.prior.Exact == nil {
		return nil, errors.New("golden: this is no closed form")
	}
	d := len(in.x) / in.shape[0]
	for i, sigma := range in.t {
		out = append(out, m.prior.Exact.LogDensity(in.x[i*d:(i+1)*d], sigma))
	}
	return out, nil
}
