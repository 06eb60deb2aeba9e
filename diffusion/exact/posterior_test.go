package exact_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/diffusion/difftest"
	"tweedie/diffusion/exact"
	"tweedie/diffusion/internal/numeric"
	"tweedie/diffusion/internal/numtest"
	"tweedie/rng"
)

// TestToyPosterior compares the posterior of Toy2D given one measurement with independent values.
func TestToyPosterior(t *testing.T) {
	a := mat.NewDense(1, 2, []float64{-2, 1.7})
	post, logp, err := exact.Toy2D().Posterior(exact.Measure(a, []float64{.3}, .2))
	if err != nil {
		t.Fatal(err)
	}
	numtest.Within(t, "log p(y)", logp, -.24375268, 5.1e-9)
	for k, want := range []struct{ w, x, y float64 }{{.69560299, -.52754821, -.47658402}, {.30439701, .41735537, .57024793}} {
		g := post.Components()[k]
		numtest.Within(t, "weight", post.Weights()[k], want.w, 5.1e-9)
		numtest.Within(t, "mean", g.Mean()[0], want.x, 5.1e-9)
		numtest.Within(t, "mean", g.Mean()[1], want.y, 5.1e-9)
		c := g.Cov()
		numtest.Within(t, "cov", c.At(0, 0), .00632691, 5.1e-9)
		numtest.Within(t, "cov", c.At(0, 1), .00312213, 5.1e-9)
		numtest.Within(t, "cov", c.At(1, 1), .00734619, 5.1e-9)
	}
	numtest.Within(t, "overall mean", post.Mean()[0], -.23992239, 5.1e-9)
	numtest.Within(t, "overall mean", post.Mean()[1], -.15793151, 5.1e-9)
}

// TestRingPosterior compares the posterior of Ring16 with independent values: mean, average variance, and the smallest
// loss that variational inference can reach, -log p(y) + D/2 (1 + log 2 pi).
func TestRingPosterior(t *testing.T) {
	eye := mat.NewDiagDense(16, numtest.Repeat(1, 16))
	post, logp, err := exact.Ring16().Posterior(exact.Measure(eye, numtest.Repeat(.5, 16), .2))
	if err != nil {
		t.Fatal(err)
	}
	numtest.Within(t, "mean", post.Mean()[3], .480990, 5.1e-7)
	numtest.Within(t, "variance", mat.Trace(post.Cov())/16, .031180, 5.1e-7)
	// The spec prints both conventions; 27.276386 carries the likelihood's constants.
	numtest.Within(t, "L*", -logp+8*(1+numeric.Log2Pi), 27.276386, 5.1e-7)
}

// TestPosteriorIsBayes checks that log p(x|y) + log p(y) = log p(x) + log p(y|x) at random x, for full A, noise and
// prior.
func TestPosteriorIsBayes(t *testing.T) {
	k := rng.New(21)
	a := mat.NewDense(3, 5, numtest.Vector(k.Split("a", 0), 15))
	noise := difftest.Covariance(k.Split("noise", 0), 3)
	y := numtest.Vector(k.Split("y", 0), 3)
	lik := numtest.Must(exact.NewGaussian(y, noise))
	for name, p := range difftest.Priors() {
		var post exact.Distribution
		var logp float64
		var err error
		switch p := p.(type) {
		case *exact.Gaussian:
			post, logp, err = p.Posterior(exact.Measurement{a, y, noise})
		case *exact.Mixture:
			post, logp, err = p.Posterior(exact.Measurement{a, y, noise})
		case *exact.Empirical:
			if name == "empirical" {
				continue // points have no density
			}
			post, logp, err = p.Posterior(exact.Measurement{a, y, noise})
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			x := numtest.Vector(k.Split("x", i), 5)
			ax := make([]float64, 3)
			mat.NewVecDense(3, ax).MulVec(a, mat.NewVecDense(5, x))
			numtest.Within(t, name, post.LogDensity(x, 0)+logp, p.LogDensity(x, 0)+lik.LogDensity(ax, 0), 1e-9)
		}
	}
}

// TestEmpiricalPosterior checks that on points the posterior of a linear measurement and the reweighted prior are the
// same.
func TestEmpiricalPosterior(t *testing.T) {
	k := rng.New(22)
	e := difftest.Priors()["empirical"].(*exact.Empirical)
	a := mat.NewDense(3, 5, numtest.Vector(k.Split("a", 0), 15))
	y := numtest.Vector(k.Split("y", 0), 3)
	m := exact.Measure(a, y, .7)
	post, logp, err := e.Posterior(m)
	if err != nil {
		t.Fatal(err)
	}
	lik := numtest.Must(exact.NewGaussian(y, m.Noise))
	re, logr, err := e.Reweight(func(x []float64) float64 {
		ax := make([]float64, 3)
		mat.NewVecDense(3, ax).MulVec(a, mat.NewVecDense(5, x))
		return lik.LogDensity(ax, 0)
	})
	if err != nil {
		t.Fatal(err)
	}
	numtest.Within(t, "evidence", logp, logr, 1e-10)
	for i, w := range re.Weights() {
		numtest.Within(t, "weight", post.Weights()[i], w, 1e-12)
		numtest.Within(t, "point", post.Components()[i].Mean()[2], re.Point(i)[2], 1e-12)
	}
	if _, _, err := e.Reweight(func([]float64) float64 { return math.Inf(-1) }); err == nil {
		t.Error("a likelihood of zero at every point was accepted")
	}
}

func TestExactErrors(t *testing.T) {
	g := numtest.Must(exact.NewDiagonalGaussian([]float64{0, 0}, []float64{1, 1}))
	three := numtest.Must(exact.NewDiagonalGaussian(make([]float64, 3), make([]float64, 3)))
	eye := mat.NewDiagDense(2, []float64{1, 1})
	fails := map[string]func() error{
		"indefinite covariance": func() error {
			_, err := exact.NewGaussian([]float64{0, 0}, mat.NewSymDense(2, []float64{1, 2, 2, 1}))
			return err
		},
		"mean's length":     func() error { _, err := exact.NewGaussian([]float64{0}, eye); return err },
		"negative variance": func() error { _, err := exact.NewDiagonalGaussian([]float64{0}, []float64{-1}); return err },
		"no component":      func() error { _, err := exact.NewMixture(nil); return err },
		"negative weight":   func() error { _, err := exact.NewMixture([]float64{-1, 2}, g, g); return err },
		"zero weights":      func() error { _, err := exact.NewMixture([]float64{0, 0}, g, g); return err },
		"mixed dimensions":  func() error { _, err := exact.NewMixture(nil, g, three); return err },
		"no point":          func() error { _, err := exact.NewEmpirical(nil, nil, 0); return err },
		"ragged points":     func() error { _, err := exact.NewEmpirical([][]float64{{1}, {1, 2}}, nil, 0); return err },
		"negative tau":      func() error { _, err := exact.NewEmpirical([][]float64{{1}}, nil, -1); return err },
		"columns of A":      func() error { _, _, err := three.Posterior(exact.Measure(eye, []float64{1, 1}, 1)); return err },
		"length of y":       func() error { _, _, err := g.Posterior(exact.Measure(eye, []float64{1}, 1)); return err },
		"no noise": func() error {
			_, _, err := numtest.Must(exact.NewDiagonalGaussian([]float64{0, 0}, []float64{0, 1})).Posterior(exact.Measure(eye, []float64{1, 1}, 0))
			return err
		},
	}
	for name, f := range fails {
		if err := f(); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
