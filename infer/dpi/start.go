package dpi

import (
	"errors"
	"fmt"
	"slices"

	"tweedie/flows"
	"tweedie/infer"
	"tweedie/internal/config"
	"tweedie/inverse"
)

// begin moves the mean of a Gaussian family to argmin_x -log p(y|x) + |x - c|^2/(2 Start^2), where c is the constant
// image of Family.Mean, by the proximal map: a fit of few steps then spends none of them on what the data say anyway.
func (m DPI) begin(q flows.Family, p *infer.Problem, exact inverse.ExactProximal) error {
	if m.Start == 0 {
		return nil
	}
	if exact == nil {
		return fmt.Errorf("start is %v, which needs a linear operator with Gaussian noise; leave it out", m.Start)
	}
	c, x := make([]float64, p.Shape.Size()), make([]float64, p.Shape.Size())
	for i := range c {
		c[i] = p.Affine.ToPhysical(m.Family.Mean)
	}
	if err := exact.Mean(x, c, m.Start); err != nil {
		return err
	}
	mean := q.Params()[0]
	for i, v := range x {
		mean.Data()[i] = float32(p.Affine.ToPrior(v))
	}
	mean.Touch()
	return nil
}

// wiener returns the proximal map of a linear operator with Gaussian noise, and whether the problem has one.
func wiener(p *infer.Problem) (inverse.ExactProximal, bool) {
	if p.Likelihood == nil {
		return nil, false
	}
	prox, err := inverse.NewProximal(p.Likelihood, inverse.DefaultProximal())
	if err != nil {
		return nil, false
	}
	exact, ok := prox.(inverse.ExactProximal)
	return exact, ok
}

// validStart returns why a fit cannot start from the data, nil when it can.
func (m DPI) validStart() error {
	switch {
	case m.Start != 0 && !(m.Start >= config.Tiny && m.Start <= config.Huge):
		return config.Errorf("dpi", "start", "is %v; it must lie between %g and %g, or be 0 to start at family.mean", m.Start, config.Tiny, config.Huge)
	case m.Start > 0 && (m.Build != nil || !slices.Contains([]string{"auto", "diagonal", "low-rank", "full"}, m.Family.Kind) || m.Family.Head != "" || m.Family.Components > 1):
		return errors.New("dpi: start is for Gaussian families of one component without a head, whose mean is a parameter")
	}
	return nil
}
