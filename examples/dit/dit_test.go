package dit_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"example.org/dit"

	"tweedie/autodiff"
	"tweedie/data"
	"tweedie/families"
	"tweedie/infer"
	"tweedie/infer/dpnp"
	"tweedie/inverse"
	_ "tweedie/inverse/all"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/prior"
	"tweedie/prior/training"
	"tweedie/rng"
)

// The tests that every network of the library passes: derivatives of both orders in inputs and parameters against finite
// differences, memory, and samples that do not depend on their batch.
func TestConformance(t *testing.T) {
	labels := []float64{-.3, .6}
	layerstest.Check(t, layerstest.Row{Name: "dit", In: []autodiff.Shape{autodiff.S(2, 1, 4, 4)}, Std: .3, Seed: 2,
		Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
			n, err := dit.New(p, dit.Config{Patch: 2, Width: 4, Depth: 2, Heads: 2, MLP: 6, Scale: 3}, []int{1, 4, 4})
			return n, func(s *autodiff.Scope, x []autodiff.Var, first int) autodiff.Var {
				return n.Forward(s, x[0], labels[first:first+x[0].Dim(0)])
			}, err
		}})
}

// Patches go back to where they came from: an untrained block is the identity, so that with an output that undoes the
// embedding a network of no depth would be one; here the shapes of all axes differ.
func TestShapes(t *testing.T) {
	n, err := dit.New(layers.Root(rng.New(1)), dit.Config{Patch: 2, Width: 8, Depth: 1, Heads: 2, MLP: 8, Scale: 1}, []int{3, 4, 6})
	if err != nil {
		t.Fatal(err)
	}
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	if got := n.Forward(s, s.Zeros(autodiff.S(2, 3, 4, 6)), []float64{0, 1}).Shape(); got != autodiff.S(2, 3, 4, 6) {
		t.Errorf("the output has shape %v", got)
	}
}

func TestConfigExplains(t *testing.T) {
	for config, want := range map[string]string{
		`{"patch":3}`: "patch 3 does not divide", `{"heads":5}`: "heads 5 do not divide", `{"depth":0}`: "depth 0", `{"dept":1}`: "dept",
	} {
		if _, _, err := families.Build("dit", []byte(config), []int{1, 8, 8}, rng.New(1)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", config, err)
		}
	}
}

// gratings are n images of 8x8 pixels.
func gratings(n int) [][]float64 {
	images := make([][]float64, n)
	for i := range images {
		for j := range 64 {
			images[i] = append(images[i], .5+.4*math.Sin(float64(j%8)*(.5+.3*float64(i%4))+float64(i)))
		}
	}
	return images
}

// A transformer is trained for 200 steps, which halves its loss, is saved, opened by its file, and solved with.
func TestTrainedOpenedAndSolvedWith(t *testing.T) {
	ctx, out := context.Background(), t.TempDir()
	set, err := data.FromSlices(gratings(200), nil, data.Options{Shape: [3]int{1, 8, 8}})
	if err != nil {
		t.Fatal(err)
	}
	c := training.Default()
	c.Architecture, c.Network = "dit", []byte(`{"width":64,"depth":2,"heads":4,"mlp":128}`)
	c.Train.Steps, c.Train.Batch, c.Train.WarmupSteps, c.Train.LR, c.PreviewEvery = 200, 64, 20, 5e-3, 0
	run, err := training.New(ctx, c, set)
	if err != nil {
		t.Fatal(err)
	}
	res, err := run.Run(ctx, training.Job{Out: out})
	if err != nil {
		t.Fatal(err)
	}
	if !(res.HeldOut < .5) { // an untrained network starts at 1
		t.Errorf("after 200 steps the held-out loss is %g", res.HeldOut)
	}
	p, err := prior.Open(res.Model, prior.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Info.Architecture != "dit" || p.Params != res.Prior.Params {
		t.Errorf("opened %s", p.Summary())
	}
	op, err := inverse.Decode([]byte(`{"kind":"block-average","rows":2,"cols":2}`), p.Shape())
	if err != nil {
		t.Fatal(err)
	}
	truth, y := gratings(7)[6], make([]float64, 16)
	op.Apply(y, truth)
	lik, err := inverse.NewLikelihood(op, inverse.Gaussian{Sigma: .05}, y)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := dpnp.Default().Solve(ctx, infer.NewProblem(p, lik), infer.Run{Samples: 8, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	miss, spread := 0.0, 0.0
	for i, m := range answer.Mean {
		miss, spread = miss+(m-truth[i])*(m-truth[i])/64, spread+(truth[i]-.5)*(truth[i]-.5)/64
	}
	if chi := lik.ChiSquared(answer.Mean); !(miss < .5*spread) || !(chi < 2) {
		t.Errorf("the mean misses the truth by %g, whose variance is %g; chi^2 is %g", miss, spread, chi)
	}
	if !slices.Contains(families.Architectures(), "dit") {
		t.Error("the architecture is not listed")
	}
}
