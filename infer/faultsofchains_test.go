package infer_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/inverse"
	"tweedie/rng"
)

// stuckStarts are samples that are draws of the prior.
func stuckStarts(t *testing.T, seed int) (*scene, *infer.Result) {
	s := sees(t, seed, .1, rangeOnly)
	r := s.solve(t)
	r.Samples = draw(s.law, s.samples, s.st)
	return s, r
}

// stuckTracks follow chains that move by a tenth of the posterior around their starts.
func stuckTracks(t *testing.T, seed int) (*scene, *infer.Result) {
	s := sees(t, seed, .1, rangeOnly)
	r := s.solve(t)
	r.Tracks = []infer.Track{{Name: "pixel 0"}}
	for range 16 {
		start, line := s.st.Norm(), []float64(nil)
		for range 20 {
			line = append(line, start+.1*s.st.Norm())
		}
		r.Tracks[0].Chains = append(r.Tracks[0].Chains, line)
	}
	return s, r
}

// drift follows 32 chains of 40 rounds, of which each forgets a hundredth of its state.
func drift(t *testing.T, seed int) (*scene, *infer.Result) {
	s := sees(t, seed, .1, rangeOnly)
	r := s.solve(t)
	r.Tracks = []infer.Track{{Name: "pixel 0", Chains: make([][]float64, 32)}}
	for c := range r.Tracks[0].Chains {
		x := s.st.Norm()
		for range 40 {
			r.Tracks[0].Chains[c] = append(r.Tracks[0].Chains[c], x)
			x = .99*x + .141*s.st.Norm()
		}
	}
	return s, r
}

// stuckInWrongMode keeps a quarter of the chains where x is half a unit off.
func stuckInWrongMode(t *testing.T, seed int) (*scene, *infer.Result) {
	s := sees(t, seed, .2, rangeOnly)
	s.op = inverse.NewIdentity(autodiff.S(1, 12, 12))
	r := s.solve(t)
	for _, x := range r.Samples[:8] {
		for i := range x[:36] {
			x[i] += .5
		}
	}
	return s, r
}

// plane is y = a x + n for a mixture of two modes of which the data do not tell, or hardly.
func plane(t *testing.T, seed int) *scene {
	t.Helper()
	prior, err := exact.NewMixture([]float64{.5, .5}, diagonal(t, []float64{-.5, -.5}), diagonal(t, []float64{.5, .5}))
	if err != nil {
		t.Fatal(err)
	}
	op, err := inverse.DenseConfig{Rows: 1, Data: []float64{-2, 1.7}}.Build(autodiff.S(1, 1, 2))
	if err != nil {
		t.Fatal(err)
	}
	return &scene{law: mixtureLaw{prior}, op: op.(inverse.Linear), st: rng.New(6).Split("plane", seed).Stream(), sigma: .2, samples: 64,
		disturb: func(y []float64) { y[0] = .3 }}
}

func diagonal(t *testing.T, mean []float64) *exact.Gaussian {
	t.Helper()
	g, err := exact.NewGaussian(mean, mat.NewDiagDense(2, []float64{.01, .01}))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// stuckInModes are 4 chains of 16 draws in the mode of their start.
func stuckInModes(t *testing.T, seed int) (*scene, *infer.Result) {
	s := plane(t, seed)
	s.known = rangeOnly
	r := s.solve(t)
	for i, x := range r.Samples {
		r.Chain = append(r.Chain, i/16)
		sign := float64(i/16%2*2 - 1)
		x[0], x[1] = sign*math.Abs(x[0]), sign*math.Abs(x[1])
	}
	return s, r
}

// missed are samples of one mode alone; both explain the data.
func missed(t *testing.T, seed int) (*scene, *infer.Result) {
	s := plane(t, seed)
	r := s.solve(t)
	for _, x := range r.Samples {
		x[0], x[1] = -math.Abs(x[0]), -math.Abs(x[1])
	}
	return s, r
}

// misweighed are 1,000 samples with .515 of them in the mode that holds .696.
func misweighed(t *testing.T, seed int) (*scene, *infer.Result) {
	s := plane(t, seed)
	s.samples = 1000
	r := s.solve(t)
	for i, x := range r.Samples {
		sign := 1.
		if i < 515 {
			sign = -1
		}
		x[0], x[1] = sign*math.Abs(x[0]), sign*math.Abs(x[1])
	}
	return s, r
}
