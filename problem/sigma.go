package problem

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"tweedie/inverse"
)

// estimated returns the noise whose sigma follows from the measurement, and notes how.
func (p *Problem) estimated() (inverse.Noise, error) {
	if p.y == nil {
		return nil, errors.New(`sigma is "auto", which follows from data; a simulation needs a number`)
	}
	y := slices.Clone(p.y)
	for i := range p.mask {
		if p.mask[i] == 0 {
			y[i] = math.NaN()
		}
	}
	_, _, mean, std := p.Prior.Values()
	sigma, how, err := inverse.EstimateSigma(p.Operator, y, mean, std)
	if err != nil {
		return nil, err
	}
	p.Sigma = fmt.Sprintf("sigma %.4g was estimated from the measurement: %s", sigma, how)
	return inverse.Gaussian{Sigma: sigma}, nil
}
