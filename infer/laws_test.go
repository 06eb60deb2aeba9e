package infer_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
	_ "tweedie/inverse/all"
	"tweedie/rng"
)

// lawRows has a row for every kind of noise, whose clean measurements lie about 1.
var lawRows = []string{
	`{"kind":"gaussian","sigma":0.1}`,
	`{"kind":"gaussian","sigmas":[0.1,0.2,0.1,0.3]}`,
	`{"kind":"gaussian-unknown","shape":3,"scale":0.02}`,
	`{"kind":"laplace","scale":0.1}`,
	`{"kind":"student","dof":4,"scale":0.1}`,
	`{"kind":"uniform","half_width":0.2}`,
	`{"kind":"poisson","gain":0.25,"background":0.1}`,
	`{"kind":"poisson","gain":0.25,"link":"exponential"}`,
	`{"kind":"poisson-gaussian","gain":0.25,"sigma":0.1}`,
	`{"kind":"rician","sigma":0.1}`,
	`{"kind":"log-normal","sigma":0.2}`,
	`{"kind":"gamma","looks":4}`,
	`{"kind":"rounded","step":0.25,"sigma":0.1}`,
	`{"kind":"one-bit","scale":0.3,"threshold":0.9}`,
	`{"kind":"von-mises","concentration":50}`,
}

// refusals are the laws that a method refuses, with what its error says.
var refusals = map[string]string{
	"red-diff uniform": "uniform",
	"dpi uniform":      "uniform",
	"dpnp uniform":     "uniform",
}

// Every method runs with every law, behind a linear operator and behind one that is not, and gives finite samples; or it refuses before it
// has evaluated the prior once, and its error has the names of both.
func TestEveryMethodWithEveryLaw(t *testing.T) {
	short := map[string]string{
		"dpnp":     `{"mode":"exchange","exchange":{"replicas":3,"ladders":2,"burn_in":6,"sweeps":6}}`,
		"dpnp ":    `{"mode":"chains","rounds":4}`,
		"dpi":      `{"steps":20,"batch":4,"check":16}`,
		"red-diff": `{"steps":20}`,
	}
	seen := map[string]bool{}
	for _, op := range []string{`{"kind":"block-average","rows":1,"cols":2}`, `{"kind":"compose","ops":[{"kind":"block-average","rows":1,"cols":2},{"kind":"pointwise","function":"exp"},{"kind":"scale","factor":0.4,"op":{"kind":"identity"}}]}`} {
		a, err := inverse.Decode([]byte(op), autodiff.S(1, 2, 4))
		if err != nil {
			t.Fatal(err)
		}
		for _, law := range lawRows {
			noise, err := inverse.DecodeNoise([]byte(law))
			if err != nil {
				t.Fatal(err)
			}
			kind := noise.Kind()
			seen[kind] = true
			x, y := []float64{1, 1, 1, 1, 1, 1, 1, 1}, make([]float64, 4)
			a.Apply(y, x)
			noise.Sample(y, y, rng.New(3).Stream())
			lik, err := inverse.NewLikelihood(a, noise, y)
			if err != nil {
				t.Fatal(err)
			}
			for name, config := range short {
				name = strings.TrimSpace(name)
				p := &infer.Problem{Prior: cases.Isotropic(1, .04), Likelihood: lik, Shape: autodiff.S(1, 2, 4), DType: autodiff.F64, Range: [2]float64{0, 3}}
				m, err := infer.DecodeMethod(name, []byte(config), p, infer.Standard)
				if err != nil {
					t.Fatal(err)
				}
				res, err := m.Solve(context.Background(), p, infer.Run{Samples: 3, Seed: 1})
				if says, refuses := refusals[name+" "+kind]; refuses {
					if err == nil || res != nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), says) {
						t.Errorf("%s with %s: %v, and a result %v; want an error with both names", name, law, err, res != nil)
					}
					continue
				}
				if err != nil {
					t.Errorf("%s %s with %s behind %s: %v", name, config, law, a.Name(), err)
					continue
				}
				for _, s := range res.Samples {
					for i, v := range s {
						if math.IsNaN(v) || math.IsInf(v, 0) {
							t.Errorf("%s with %s behind %s: pixel %d is %v", name, law, a.Name(), i, v)
						}
					}
				}
				if chi := misfit(lik, res.Samples); name == "dpnp" && !(chi < 4) {
					t.Errorf("%s %s with %s behind %s: chi² of %.3g for each datum", name, config, law, a.Name(), chi)
				}
			}
		}
	}
	for _, kind := range inverse.NoiseKinds() {
		if !seen[kind] {
			t.Errorf("no row has noise of the kind %q", kind)
		}
	}
}

// misfit returns chi² for each datum, as a mean over samples.
func misfit(lik *inverse.Likelihood, samples [][]float64) (chi float64) {
	clean := make([]float64, len(lik.Y))
	for _, x := range samples {
		lik.Op.Apply(clean, x)
		chi += lik.Noise.ChiSquared(lik.Y, clean) / float64(len(lik.Y)*len(samples))
	}
	return chi
}
