package exactfile_test

import (
	"context"
	"fmt"

	"tweedie/diffusion/exact"
	"tweedie/diffusion/exact/exactfile"
)

// A random walk of 4 steps of variance 0.25, as a file describes it.
func ExampleDecode() {
	p, err := exactfile.Decode(context.Background(), []byte(`{"kind": "gaussian", "shape": [1, 1, 4], "variance": 0.25, "linear": {"kind": "increments"}}`), ".")
	if err != nil {
		fmt.Println(err)
		return
	}
	cov := p.Cov()
	fmt.Printf("%.2f %.2f %.2f\n", cov.At(0, 0), cov.At(3, 3), cov.At(1, 3))
	_, err = exactfile.Decode(context.Background(), []byte(`{"kind": "box", "shape": [1, 2, 2], "low": 0, "hihg": 1}`), ".")
	fmt.Println(err)
	// Output:
	// 0.25 1.00 0.50
	// box: hihg is unknown; did you mean high?
}

// bump is a density of one's own, e^-|x| on [-1, 1] from a table.
type bump struct {
	Points int `json:"points"`
}

func (bump) Kind() string { return "bump" }

func (c bump) Build(*exactfile.Builder) (exact.Marginal, error) {
	var x, l []float64
	for i := range c.Points {
		v := 2*(float64(i)+.5)/float64(c.Points) - 1
		x, l = append(x, v), append(l, -max(v, -v))
	}
	return exact.NewTabulated(x, l)
}

// A density of one's own in files, with its defaults.
func ExampleRegisterDensity() {
	if err := exactfile.RegisterDensity(bump{Points: 64}); err != nil {
		fmt.Println(err)
		return
	}
	p, err := exactfile.Decode(context.Background(), []byte(`{"kind": "separable", "shape": [1, 2], "density": {"kind": "bump"}, "location": 3}`), ".")
	fmt.Printf("%.2f %v\n", p.PixelMean, err)
	// Output: 3.00 <nil>
}
