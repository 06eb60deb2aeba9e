package dpi

import (
	"context"
	"fmt"
	"math"
	"strings"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/flows"
	"tweedie/infer"
	"tweedie/layers"
	"tweedie/rng"
)

// candidates is the number of draws of the prior among which the components of a mixture start.
const candidates = 256

// disperse moves the components of a mixture to draws of the prior that are far from each other: the first is one of the draws, and each
// further one is drawn with a probability in proportion to the squared distance from the nearest so far (Arthur and Vassilvitskii 2007).
// Components of a family of the caller's own that has no parameter "mean" of one value a pixel stay where they are.
func (c FamilyConfig) disperse(ctx context.Context, q flows.Family, p *infer.Problem, key rng.Key) error {
	m, _ := mixtureOf(q)
	if m == nil {
		return nil
	}
	d := p.Shape.Size()
	x, err := drawsOf(ctx, p, key, max(candidates, 2*len(m.Components())))
	if err != nil {
		return fmt.Errorf("a draw of the prior, where a component starts: %w", err)
	}
	if err := c.latents(x, d); err != nil {
		return err
	}
	st := key.Split("centres", 0).Stream()
	near := make([]float64, len(x)/d)
	for i := range near {
		near[i] = 1
	}
	for k, f := range m.Components() {
		at := pick(near, st.Float64())
		centre := x[at*d : (at+1)*d]
		for i := range near {
			gap := 0.0
			for j, v := range x[i*d : (i+1)*d] {
				gap += (v - centre[j]) * (v - centre[j])
			}
			if k == 0 || gap < near[i] {
				near[i] = gap
			}
		}
		for _, param := range f.Params() {
			if strings.HasSuffix(param.Name(), "mean") && !strings.HasSuffix(param.Name(), "running_mean") && param.Shape().Size() == d {
				for j, v := range centre {
					param.Data()[j] = float32(v)
				}
				param.Touch()
				break
			}
		}
	}
	return nil
}

// pick returns the place at which the cumulated weights pass the share u of their sum, the last one where all weights are 0.
func pick(weights []float64, u float64) int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	u *= sum
	for i, w := range weights {
		if u -= w; u < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// drawsOf returns n draws of the prior in its units, [n*d]: exactly of one in closed form, and by UniPC of a network.
func drawsOf(ctx context.Context, p *infer.Problem, key rng.Key, n int) ([]float64, error) {
	d, keys := p.Shape.Size(), splits(key, "prior draw", n)
	if e, ok := p.Prior.(exact.Distribution); ok {
		x := make([]float64, n*d)
		for i, k := range keys {
			e.Sample(x[i*d:(i+1)*d], k.Stream())
		}
		return x, nil
	}
	res, err := diffusion.DefaultUniPC().Sample(ctx, p.Prior, diffusion.Job{Shape: p.Shape, Keys: keys})
	return res.X, err
}

// latents replaces images x, [n*d], by what the head maps to them, those beyond its bounds by what it maps close to them.
func (c FamilyConfig) latents(x []float64, d int) error {
	head, err := c.head(d, layers.Root(rng.New(0)))
	if head == nil || err != nil {
		return err
	}
	const inside = 1e-3
	lo, hi := inside, math.Inf(1)
	if c.Head == "box" {
		lo, hi = c.Lo+inside*(c.Hi-c.Lo), c.Hi-inside*(c.Hi-c.Lo)
	}
	for i, v := range x {
		x[i] = min(max(v, lo), hi)
	}
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	z, _ := head.Forward(s, s.Const64(autodiff.S(len(x)/d, d), x))
	z.CopyTo64(x)
	return nil
}
