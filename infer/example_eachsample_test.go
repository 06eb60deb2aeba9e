package infer_test

import (
	"context"
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/inverse"
)

// plugAndPlay is DiffPIR (Zhu et al. 2023) with zeta = 1: from level to level it denoises, moves the denoised image
// towards the data, and adds noise again.
type plugAndPlay struct{ Levels int }

func (m plugAndPlay) Name() string { return "plug-and-play" }

func (m plugAndPlay) Validate() error {
	if m.Levels < 1 {
		return fmt.Errorf("plug-and-play: levels is %d; it must be at least 1", m.Levels)
	}
	return nil
}

func (m plugAndPlay) Solve(ctx context.Context, p *infer.Problem, run infer.Run) (*infer.Result, error) {
	prox, err := inverse.NewDenseProximal(p.Likelihood)
	if err != nil {
		return nil, err
	}
	return infer.EachSample(ctx, m, p, run, infer.BiasedSpread, func(x []float64, d *infer.Draw) error {
		clean := make([]float64, len(x))
		for k := range m.Levels {
			r := 10 * math.Pow(1e-3, float64(k)/float64(m.Levels)) // noise level in the units of x, from 10 down to 0.01
			for i := range x {
				x[i] += r * d.Stream.Norm()
			}
			if err := d.Denoise(clean, x, r); err != nil {
				return err
			}
			if err := prox.Mean(x, clean, r); err != nil {
				return err
			}
			d.Step(k+1, m.Levels)
		}
		return nil
	})
}

// A method of one's own draws one sample; EachSample gives every sample its random numbers, counts, stops and collects.
func ExampleEachSample() {
	prior, err := exact.NewDiagonalGaussian([]float64{0}, []float64{1})
	if err != nil {
		panic(err)
	}
	lik, err := inverse.NewLikelihood(inverse.NewIdentity(autodiff.S(1)), inverse.Gaussian{Sigma: 1}, []float64{1})
	if err != nil {
		panic(err)
	}
	p := &infer.Problem{Prior: prior, Likelihood: lik, Shape: autodiff.S(1), DType: autodiff.F64}
	res, err := plugAndPlay{Levels: 30}.Solve(context.Background(), p, infer.Run{Samples: 1000, Seed: 1})
	if err != nil {
		panic(err)
	}
	fmt.Printf("mean %.1f after %d evaluations: %s\n", res.Mean[0], res.Evaluations, res.Spread)
	// Output: mean 0.5 after 30000 evaluations: spread of biased posterior samples, not calibrated
}
