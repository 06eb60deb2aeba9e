package problem

import (
	"context"
	"slices"

	"tweedie/prior"
)

// WithPrior returns the same problem under another prior: the same measurement, entry for entry, also where it was simulated or is a
// picture, which would get other values under a prior of another range.
func (p *Problem) WithPrior(ctx context.Context, other *prior.Prior) (*Problem, error) {
	f := p.file
	f.Prior, f.Simulate = Prior{Name: other.Name}, nil
	f.Data = Numbers(p.Operator.OutShape().Dims(nil), slices.Clone(p.y))
	return With(ctx, f, other)
}
