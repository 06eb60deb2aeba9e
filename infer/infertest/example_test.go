package infertest_test

import (
	"context"
	"fmt"

	"tweedie/infer"
	"tweedie/infer/infertest"
)

// printer stands in for *testing.T.
type printer struct{}

func (printer) Helper()                           {}
func (printer) Logf(string, ...any)               {}
func (printer) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// denoiseOnce answers with a denoised image of noise and never looks at the data.
type denoiseOnce struct{}

func (denoiseOnce) Name() string    { return "denoise-once" }
func (denoiseOnce) Validate() error { return nil }

func (m denoiseOnce) Solve(ctx context.Context, p *infer.Problem, run infer.Run) (*infer.Result, error) {
	return infer.EachSample(ctx, m, p, run, infer.BiasedSpread, func(x []float64, d *infer.Draw) error {
		for i := range x {
			x[i] += d.Stream.Norm()
		}
		return d.Denoise(x, x, 1)
	})
}

// A method of one's own is one line in a test, with its *testing.T; one that forgets the data is refused.
func ExampleMethod() {
	infertest.Method(printer{}, infertest.Row{Method: denoiseOnce{}, Samples: 50})
	// Output: denoise-once: on the Gaussian its samples do not use the data: chi^2/m is 16.12 on average and 11.68 for the prior's mean; at most half belongs
}
