package infer_test

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"os"
	"time"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/infer/dpnp"
	"tweedie/infer/reddiff"
	"tweedie/inverse"
)

// pixel returns a method for, and the problem of, a pixel with prior N(0, 1) that is measured as 1 with noise of standard
// deviation 1: its posterior is N(1/2, 1/2).
func pixel() (infer.Method, *infer.Problem) {
	prior, err := exact.NewDiagonalGaussian([]float64{0}, []float64{1})
	if err != nil {
		panic(err)
	}
	lik, err := inverse.NewLikelihood(inverse.NewIdentity(autodiff.S(1)), inverse.Gaussian{Sigma: 1}, []float64{1})
	if err != nil {
		panic(err)
	}
	m := dpnp.Default()
	m.EtaMax, m.EtaMin, m.Rounds = 1, .1, 60
	return m, &infer.Problem{Prior: prior, Likelihood: lik, Shape: autodiff.S(1), DType: autodiff.F64}
}

// Samples are drawn until their mean is known to within 0.02.
func ExampleSamples() {
	m, p := pixel()
	n, mean, squares := 0., 0., 0.
	for x, err := range infer.Samples(context.Background(), m, p, infer.Run{Samples: 500, Seed: 1}) {
		if err != nil {
			panic(err)
		}
		n++
		d := x[0] - mean
		mean += d / n
		squares += d * (x[0] - mean)
		if n >= 100 && math.Sqrt(squares/n/(n-1)) < .02 {
			break
		}
	}
	fmt.Printf("mean %.1f, after more than a thousand samples: %v\n", mean, n > 1000)
	// Output: mean 0.5, after more than a thousand samples: true
}

// A run writes its progress to a log, at most once in ten seconds. The handler here leaves out the time.
func ExampleLogProgress() {
	_, p := pixel()
	l := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	run := infer.Run{Samples: 10, Seed: 1, Progress: infer.LogProgress(l, 10*time.Second)}
	if _, err := reddiff.Default().Solve(context.Background(), p, run); err != nil {
		panic(err)
	}
	// Output:
	// level=INFO msg=progress stage=step done=1 total=50 evaluations=10
	// level=INFO msg=progress stage=step done=50 total=50 evaluations=500
}
