package dpnp

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"tweedie/autodiff"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
	"tweedie/inverse/noises"
)

// langevin returns chains whose draws given the data are made by Langevin steps, so that their weights are followed.
func langevin(t *testing.T, p *infer.Problem, n int, seed uint64) *chains {
	t.Helper()
	m := Default()
	m.Mode, m.Proximal.Method = ChainsMode, "mala"
	e, err := newEngine(context.Background(), m, p, infer.Run{Samples: n, Seed: seed})
	if err == nil {
		err = e.plan()
	}
	if err != nil {
		t.Fatal(err)
	}
	c, err := e.newChains()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Chains in one mode estimate the fall of log Z by the mean of their weights, whose logarithms have no more than the variance that is
// taken for noise, and a third of it at least where one of three directions is seen: a Gaussian prior, 64 chains, 20 rounds at eta 1 and 60
// down to .1; 4 standard errors.
func TestWeightsOfChainsEstimateEvidence(t *testing.T) {
	const n, d, sigma, y, hold = 64, 3, .2, .7, 20
	p := cases.Problem(cases.Isotropic(0, 1), gains(t, d, 1), sigma, []float64{y})
	c := langevin(t, p, n, 3)
	etas := slices.Repeat([]float64{1}, hold)
	for k := range 61 {
		etas = append(etas, math.Pow(.1, float64(k)/60))
	}
	for k, eta := range etas {
		if err := c.round(c.x, c.z, eta); err != nil {
			t.Fatal(err)
		}
		if k+1 < len(etas) {
			c.fallen(eta, etas[k+1])
		}
	}
	if c.replaced > 0 {
		t.Errorf("%d chains of one mode were replaced", c.replaced)
	}
	// log Z but for constants: eta^d N(y; 0, 1 + eta^2 + sigma^2).
	logZ := func(eta float64) float64 {
		v := 1 + eta*eta + sigma*sigma
		return d*math.Log(eta) - math.Log(v)/2 - y*y/(2*v)
	}
	want := logZ(.1) - logZ(1)
	got := floats.LogSumExp(c.logw) - math.Log(n)
	variance := stat.Variance(c.logw, nil)
	claim := math.Sqrt(math.Expm1(variance) / n)
	t.Logf("log Z falls by %.4f, exact %.4f; variance of the log weights %.4f, taken %.4f", got, want, variance, c.noise)
	if math.Abs(got-want) > 4*claim {
		t.Errorf("log Z falls by %.4f +- %.4f, where %.4f belongs", got, claim, want)
	}
	if slack := 1 + 4*math.Sqrt(2./n); variance > c.noise*slack || variance < c.noise/3/slack {
		t.Errorf("the log weights have the variance %.4f, %.4f is taken", variance, c.noise)
	}
}

// A chain whose weight falls far behind goes on from one of the others, with its weight; one that is behind by what chance explains
// stays. Chains of a linear Gaussian problem are not weighed.
func TestHopelessChainsAreReplaced(t *testing.T) {
	op := pixelSquares(4)
	p := nonlinearProblem(t, op, inverse.Gaussian{Sigma: .1}, []float64{1}, [][]float64{{1, 1, 1, 1}}, .1, []float64{1, 1, 1, 1}, 3)
	c := langevin(t, p.Problem, 4, 1)
	apart := []float64{.1, .12, 3, .15}
	for i, a := range apart {
		for j := range c.d {
			c.z[i*c.d+j] = c.x[i*c.d+j] + a
		}
	}
	stayed := slices.Clone(c.x)
	c.fallen(.3, .2)
	by := 1 - .3*.3/(.2*.2)
	if want := 2 * by * by; math.Abs(c.noise-want) > 1e-12 {
		t.Errorf("the noise of the weights is %g, where %g belongs", c.noise, want)
	}
	if want := (1/.18 - 1/.08) * 4 * .12 * .12; math.Abs(c.logw[1]-want) > 1e-9 {
		t.Errorf("the log weight is %g, where %g belongs", c.logw[1], want)
	}
	if c.replaced != 1 || slices.Equal(c.x[8:12], stayed[8:12]) {
		t.Errorf("%d chains were replaced; the hopeless one stands at %v", c.replaced, c.x[8:12])
	}
	found := false
	for _, i := range []int{0, 1, 3} {
		if !slices.Equal(c.x[i*4:i*4+4], stayed[i*4:i*4+4]) {
			t.Errorf("chain %d moved", i)
		}
		found = found || slices.Equal(c.x[8:12], stayed[i*4:i*4+4]) && c.logw[2] == c.logw[i]
	}
	if !found {
		t.Error("the hopeless chain is none of the others")
	}
	exactly, err := newEngine(context.Background(), Default(), cases.Problem(cases.Isotropic(0, 1), gains(t, 3, 1), .1, []float64{0}), infer.Run{Samples: 4, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	linear := &chains{engine: exactly, x: make([]float64, 12), z: make([]float64, 12)}
	if linear.fallen(.3, .2); linear.logw != nil {
		t.Error("chains of a linear Gaussian problem are weighed")
	}
}

// Of a prior with two modes, of which the data all but exclude one, no chain keeps the excluded one, though half of them start there and
// the likelihood alone would let them stay at its foot: (x_0, x_1) is seen by x_0^2, 16 chains of each of 2 seeds, 80 rounds. Modes that
// the data allow keep the chains that reach them.
func TestChainsLeaveModesOfNoWeight(t *testing.T) {
	for _, c := range []struct {
		second float64
		left   bool
	}{{-.3, true}, {-1, false}} {
		op := squares{2, []float64{1, 0}}
		p := nonlinearProblem(t, op, inverse.Gaussian{Sigma: .05}, []float64{.5, .5}, [][]float64{{1, 0}, {c.second, 0}}, .01, []float64{1, 0}, 4)
		for seed := range uint64(2) {
			m := Default()
			m.Mode, m.Rounds = ChainsMode, 80
			res, err := m.Solve(context.Background(), p.Problem, infer.Run{Samples: 16, Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			below := 0
			for _, x := range res.Samples {
				if x[0] < 0 {
					below++
				}
			}
			told := strings.Contains(strings.Join(res.Notes, "\n"), "in a mode of no weight")
			t.Logf("second mode at %g, seed %d: %d of 16 samples in it; notes %q", c.second, seed, below, res.Notes)
			if c.left && (below > 0 || !told) || !c.left && (below < 1 || below > 15) {
				t.Errorf("second mode at %g, seed %d: %d of 16 samples in it, said %v", c.second, seed, below, told)
			}
		}
	}
}

// A run whose chains are weighed goes on from its state with the weights, and ends as one that was not interrupted.
func TestWeighedChainsResume(t *testing.T) {
	p := nonlinearProblem(t, squares{2, []float64{1, 0}}, inverse.Gaussian{Sigma: .05}, []float64{.5, .5}, [][]float64{{1, 0}, {-.3, 0}}, .01, []float64{1, 0}, 4)
	m := Default()
	m.Mode, m.Rounds = ChainsMode, 40
	run := infer.Run{Samples: 8, Seed: 1}
	want, err := m.Solve(context.Background(), p.Problem, run)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(want.Notes, "\n"), "in a mode of no weight") {
		t.Fatalf("no chain was replaced, which tests little: %q", want.Notes)
	}
	run.State = filepath.Join(t.TempDir(), "state")
	for _, stop := range []int{3, 15, 29} {
		ctx, cancel := context.WithCancel(context.Background())
		run.Progress = func(p infer.Progress) {
			if p.Done == stop {
				cancel()
			}
		}
		if _, err := m.Solve(ctx, p.Problem, run); !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped at %d: %v", stop, err)
		}
		cancel()
	}
	run.Progress = nil
	got, err := m.Solve(context.Background(), p.Problem, run)
	if err != nil {
		t.Fatal(err)
	}
	// The acceptance of Langevin steps is that since the state was taken up.
	if !reflect.DeepEqual(got.Samples, want.Samples) || !reflect.DeepEqual(got.Notes, want.Notes) || got.Evaluations != want.Evaluations {
		t.Errorf("another result: samples %v and %v, notes %q and %q", got.Samples, want.Samples, got.Notes, want.Notes)
	}
}

// The least coupling of chains is that by which eta^2 g^2 is a fifth, for the gains g of operators and noise: of a linear operator with
// gains 3, 2 and 1, 4 standard errors of 112 pairs of random vectors, and of counts, whose variance is their mean of about 4.
func TestLeastCouplingOfChains(t *testing.T) {
	c := langevin(t, cases.Problem(cases.Isotropic(0, 1), gains(t, 3, 3, 2, 1), .1, []float64{0, 0, 0}), 8, 1)
	want := .1 * math.Sqrt(.2*14/98)
	if got := c.method.EtaMin; math.Abs(got/want-1) > 4*.5*math.Sqrt2/math.Sqrt(112) {
		t.Errorf("gains 3, 2 and 1 of noise .1: eta_min %.4g, where %.4g belongs", got, want)
	}
	op, y := inverse.NewIdentity(autodiff.S(1, 4, 16)), slices.Repeat([]float64{4}, 64)
	lik, err := inverse.NewLikelihood(op, noises.Poisson{Gain: 1, Link: "identity"}, y)
	if err != nil {
		t.Fatal(err)
	}
	counts := langevin(t, &infer.Problem{Prior: cases.Isotropic(4, .01), Likelihood: lik, Shape: op.InShape(), DType: autodiff.F64}, 8, 1)
	want = math.Sqrt(.2 * 4)
	if got, err := counts.coldOfChains(); err != nil || math.Abs(got/want-1) > 4*.5*math.Sqrt2/math.Sqrt(112) {
		t.Errorf("counts of 4: eta_min %.4g (%v), where %.4g belongs", got, err, want)
	}
}
