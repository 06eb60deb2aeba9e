package inverse_test

import (
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/rng"
)

// Denoising draws for y = x + noise of one sigma: z ~ N((y/sigma^2 + x/eta^2)/p, 1/p) with p = 1/sigma^2 + 1/eta^2.
type Denoising struct {
	y     []float64
	sigma float64
}

// NewDenoising refuses every other likelihood.
func NewDenoising(lik *inverse.Likelihood, _ inverse.ProximalConfig) (inverse.ProximalSampler, error) {
	noise, ok := lik.Noise.(inverse.Gaussian)
	if _, identity := lik.Op.(*inverse.Identity); !identity || !ok || noise.Sigmas != nil {
		return nil, fmt.Errorf("proximal: denoising needs the identity and Gaussian noise of one sigma, not %s", lik.Op.Name())
	}
	return &Denoising{lik.Y, noise.Sigma}, nil
}

func (d *Denoising) Name() string { return "denoising" }

func (d *Denoising) Mean(dst, x []float64, eta float64) error {
	if len(dst) != len(d.y) || len(x) != len(d.y) || !(eta > 0) {
		return fmt.Errorf("proximal: denoising of %d entries has %d and %d, and eta is %v", len(d.y), len(dst), len(x), eta)
	}
	a, b := 1/(d.sigma*d.sigma), 1/(eta*eta)
	for i := range dst {
		dst[i] = (a*d.y[i] + b*x[i]) / (a + b)
	}
	return nil
}

func (d *Denoising) Sample(dst, x []float64, eta float64, st *rng.Stream) error {
	if err := d.Mean(dst, x, eta); err != nil {
		return err
	}
	for i := range dst {
		dst[i] += st.Norm() / math.Sqrt(1/(d.sigma*d.sigma)+1/(eta*eta))
	}
	return nil
}

func init() { inverse.RegisterProximal("denoising", NewDenoising) }

// A sampler of one's own is reached by the field "method" of a ProximalConfig.
func ExampleRegisterProximal() {
	lik, err := inverse.NewLikelihood(inverse.NewIdentity(autodiff.S(2)), inverse.Gaussian{Sigma: 1}, []float64{2, 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	c := inverse.DefaultProximal()
	c.Method = "denoising"
	s, err := inverse.NewProximal(lik, c)
	if err != nil {
		fmt.Println(err)
		return
	}
	mean := make([]float64, 2)
	err = s.(inverse.ExactProximal).Mean(mean, []float64{0, 0}, 1)
	fmt.Println(s.Name(), mean, err)
	// Output: denoising [1 2] <nil>
}
