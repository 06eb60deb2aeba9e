package problem

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/diffusion"
	"tweedie/internal/priors"
	"tweedie/inverse"
	"tweedie/prior"
	"tweedie/rng"
)

// simulate sets Truth and the measurement of it, and returns the field that the image comes from.
func (p *Problem) simulate(ctx context.Context) (field string, err error) {
	key := rng.New(p.file.Seed)
	if p.file.Simulate.Prior {
		field = "simulate.prior"
		p.Truth, err = drawn(ctx, p.Prior, key)
	} else {
		field = "simulate.image"
		if p.Truth, err = imageOf(ctx, p.file.Simulate.Image, p.Prior); err == nil {
			p.noteColours(p.file.Simulate.Image, p.Prior.Spec.Shape[0] == 1)
		}
	}
	if err == nil {
		err = p.allowsTruth()
	}
	if err == nil {
		p.y = Simulate(p.Operator, p.Noise, p.Truth, key)
	}
	return field, err
}

// allowsTruth refuses an image of which the operator makes numbers that are not finite, or what the noise cannot measure.
func (p *Problem) allowsTruth() error {
	clean := make([]float64, p.Operator.OutShape().Size())
	p.Operator.Apply(clean, p.Truth)
	for i, v := range clean {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("the operator %s gives %g of it as entry %d; keep images within its domain, such as by pointwise relu or a shift in front of it", p.Operator.Name(), v, i)
		}
	}
	s, ok := p.Noise.(inverse.Supported)
	if !ok {
		return nil
	}
	if !math.IsInf(p.Noise.ChiSquared(clean, clean), 1) {
		return nil
	}
	lo, _ := s.Support()
	least := floats.MinIdx(clean)
	return fmt.Errorf(`the operator makes %.3g of it as entry %d, and %s noise takes clean measurements above %g alone; give the operator an offset, as in {"kind": "shift", "op": ..., "offset": 0.1}, or take another noise`,
		clean[least], least, p.Noise.Kind(), lo)
}

// drawn draws an image from the prior, by random numbers that no method uses: exactly from a closed form, otherwise by the
// sampler that the command sample has by default.
func drawn(ctx context.Context, prior *prior.Prior, key rng.Key) ([]float64, error) {
	how, err := diffusion.DecodeSampler([]byte(`{"kind":"heun"}`))
	if err != nil {
		return nil, err
	}
	images, err := priors.Draw(ctx, prior, prior.Spec.Within(how), key.Split("truth", 0).Stream().Uint64(), 1, 1, nil)
	if err != nil {
		return nil, err
	}
	return images[0], nil
}

// Simulate returns A(x) with the noise that follows from key.
func Simulate(op inverse.Operator, noise inverse.Noise, x []float64, key rng.Key) []float64 {
	return inverse.Simulate(op, noise, x, key)
}
