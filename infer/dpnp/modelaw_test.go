package dpnp

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/eval"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
	"tweedie/rng"
)

// averages are means over runs, with the standard error of each.
type averages map[string][]float64

func (a averages) add(name string, v float64) { a[name] = append(a[name], v) }

func (a averages) of(name string) (mean, se float64) { return infer.MeanAndError(a[name]) }

func (a averages) text(names ...string) string {
	out := ""
	for _, name := range names {
		m, se := a.of(name)
		out += fmt.Sprintf("%s %.4f +- %.4f; ", name, m, se)
	}
	return out
}

// solveAuto runs the mode auto.
func solveAuto(t testing.TB, p *infer.Problem, n int, seed uint64) *infer.Result {
	t.Helper()
	res, err := Default().Solve(context.Background(), p, infer.Run{Samples: n, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// slack returns 4 standard errors, or 0 in the long checks, whose bounds hold as they are.
func slack(se float64) float64 {
	if *long {
		return 0
	}
	return 4 * se
}

// Two modes in the plane, N = 1,000: the mean weight of the lower mode is within .01 of .6956, the mean log evidence within
// .02 of -.24375. 20 seeds with -long; otherwise 4, and 4 standard errors more.
func TestWeightsOfTwoModes(t *testing.T) {
	seeds := 4
	if *long {
		seeds = 20
	}
	_, post, evidence, p := cases.TwoModes(t)
	a := averages{}
	for seed := range uint64(seeds) {
		res := solveAuto(t, p, 1000, seed)
		w, _, _, _ := cases.ModeStats(res, post)
		a.add("weight", w)
		a.add("log evidence", res.Evidence.Value)
		a.add("its error", res.Evidence.StdErr)
		a.add("evaluations", float64(res.Evaluations)/1000)
		a.add("seconds", res.Elapsed.Seconds())
		if res.Evidence.Why != "" {
			t.Errorf("seed %d: no evidence: %s", seed, res.Evidence.Why)
		}
	}
	t.Logf("N = 1000, %d seeds: %sexact %.4f and %.5f", seeds, a.text("weight", "log evidence", "its error", "evaluations", "seconds"), post.Weights()[0], evidence)
	w, se := a.of("weight")
	near(t, "the mean weight", w, post.Weights()[0], .01+slack(se))
	z, se := a.of("log evidence")
	near(t, "the mean log evidence", z, evidence, .02+slack(se))
}

// mixture25 is a problem of testdata/gmm25.json.
type mixture25 struct {
	M           int       `json:"m"`
	Weights     []float64 `json:"weights"`
	Means       []float64 `json:"means"`
	A           []float64 `json:"a"`
	Sigma       float64   `json:"sigma"`
	Y           []float64 `json:"y"`
	LogEvidence float64   `json:"log_evidence"`
	PostWeights []float64 `json:"post_weights"`
}

// problem returns the problem and its exact posterior.
func (c mixture25) problem(t testing.TB) (*infer.Problem, *exact.Mixture) {
	t.Helper()
	var modes []*exact.Gaussian
	for k := range c.Weights {
		g, err := exact.NewDiagonalGaussian(c.Means[8*k:8*k+8], []float64{1, 1, 1, 1, 1, 1, 1, 1})
		if err != nil {
			t.Fatal(err)
		}
		modes = append(modes, g)
	}
	prior, err := exact.NewMixture(c.Weights, modes...)
	if err != nil {
		t.Fatal(err)
	}
	post, evidence, err := prior.Posterior(exact.Measure(mat.NewDense(c.M, 8, c.A), c.Y, c.Sigma))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "the exact evidence", evidence, c.LogEvidence, 1e-6)
	op, err := inverse.DenseConfig{Rows: c.M, Data: c.A}.Build(autodiff.S(1, 1, 8))
	if err != nil {
		t.Fatal(err)
	}
	return cases.Problem(prior, op, c.Sigma, c.Y), post
}

// variation returns the total variation between the weights of modes in samples and in the posterior.
func variation(samples [][]float64, post *exact.Mixture) float64 {
	w := make([]float64, len(post.Weights()))
	for _, x := range samples {
		for k, r := range post.Responsibilities(x, 0) {
			w[k] += r / float64(len(samples))
		}
	}
	sum := 0.0
	for k, v := range post.Weights() {
		sum += math.Abs(v-w[k]) / 2
	}
	return sum
}

// drawsOf returns n exact draws.
func drawsOf(post *exact.Mixture, label string, n int) [][]float64 {
	out := make([][]float64, n)
	for i := range out {
		out[i] = make([]float64, post.Dim())
		post.Sample(out[i], rng.New(3).Split(label, i).Stream())
	}
	return out
}

// 25 modes in 8 dimensions, N = 1,000, mean of 20 seeds: the total variation of the mode weights is at most .045, .02 and
// .01 for m = 1, 2 and 4 data, the largest of 100 sliced Wasserstein distances to 1,000 exact draws within twice that of
// two sets of exact draws, and the log evidence within .2. Without -long 2 seeds, and 4 standard errors of 20 seeds more.
func TestTwentyFiveModes(t *testing.T) {
	raw, err := os.ReadFile("testdata/gmm25.json")
	if err != nil {
		t.Fatal(err)
	}
	var problems []mixture25
	if err := json.Unmarshal(raw, &problems); err != nil {
		t.Fatal(err)
	}
	const n = 1000
	seeds := 2
	if *long {
		seeds = 20
	}
	most := map[int]float64{1: .045, 2: .02, 4: .01}
	for _, c := range problems {
		p, post := c.problem(t)
		a := averages{}
		for seed := range uint64(seeds) {
			res := solveAuto(t, p, n, seed)
			truth, again := drawsOf(post, fmt.Sprint("truth", seed), n), drawsOf(post, fmt.Sprint("again", seed), n)
			distance, _ := eval.MaxSlicedWasserstein2(res.Samples, truth, 100, 0, seed)
			floor, _ := eval.MaxSlicedWasserstein2(again, truth, 100, 0, seed)
			a.add("total variation", variation(res.Samples, post))
			a.add("of exact draws", variation(again, post))
			a.add("max-sliced W2", distance)
			a.add("floor", floor)
			a.add("error of log Z", res.Evidence.Value-c.LogEvidence)
			a.add("evaluations", float64(res.Evaluations)/n)
			a.add("seconds", res.Elapsed.Seconds())
		}
		t.Logf("m = %d, N = %d, %d seeds: %s", c.M, n, seeds, a.text("total variation", "of exact draws", "max-sliced W2", "floor", "error of log Z", "evaluations", "seconds"))
		tv, se := a.of("total variation")
		if tv > most[c.M]+slack(se) {
			t.Errorf("m = %d: the total variation is %.4f, at most %.3f belongs", c.M, tv, most[c.M])
		}
		w, se := a.of("max-sliced W2")
		f, fse := a.of("floor")
		if w > 2*f+slack(math.Hypot(se, 2*fse)) {
			t.Errorf("m = %d: max-sliced W2 is %.4f, between exact draws %.4f", c.M, w, f)
		}
		z, se := a.of("error of log Z")
		near(t, fmt.Sprintf("m = %d: the error of log Z", c.M), z, 0, .2+slack(se))
	}
}
