package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/rng"
)

// The tests that every layer of the library passes, for a small Mixer: derivatives of both orders in inputs and
// parameters against finite differences, memory, and samples that do not depend on their batch.
func TestConformance(t *testing.T) {
	times := []float64{.5, 3}
	layerstest.Check(t, layerstest.Row{Name: "Mixer", In: []autodiff.Shape{autodiff.S(2, 1, 4, 4)}, Std: .3, Seed: 2,
		Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
			n, err := New(p, Config{Side: 4, Patch: 2, Width: 3, Hidden: 5, Blocks: 2, Horizon: 10})
			return n, func(s *autodiff.Scope, x []autodiff.Var, first int) autodiff.Var {
				return n.Forward(s, x[0], times[first:first+x[0].Dim(0)])
			}, err
		}})
}

// A Mixer whose score is that of N(0, I) denoises as it must: zero weights and an output bias give s = b, and the
// preconditioning turns it into D = u + r^2 alpha b.
func TestDenoiser(t *testing.T) {
	n, err := New(layers.Root(rng.New(1)), Config{Side: 4, Patch: 2, Width: 3, Hidden: 5, Blocks: 1, Horizon: 10})
	if err != nil {
		t.Fatal(err)
	}
	n.outB.Data()[0] = .5
	n.outB.Touch()
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	const r = .8
	got := make([]float64, 16)
	n.Denoiser().Denoise(s, s.Full(autodiff.S(1, 1, 4, 4), .3), []float64{r}).CopyTo64(got)
	if want := .3 + r*r*.5/math.Sqrt(1+r*r); math.Abs(got[5]-want) > 1e-9 {
		t.Errorf("D = %v, want %v", got[5], want)
	}
}

func TestConfigExplains(t *testing.T) {
	for _, c := range []Config{{}, {Side: 5, Patch: 2, Width: 1, Hidden: 1, Blocks: 1, Horizon: 1}} {
		if _, err := New(layers.Root(rng.New(1)), c); err == nil {
			t.Errorf("%+v was built", c)
		}
	}
}

// The published weights give their authors' score, and the denoiser made of it has that score.
func TestPublishedWeights(t *testing.T) {
	dir := os.Getenv("TWEEDIE_WEIGHTS")
	if dir == "" {
		t.Skip("TWEEDIE_WEIGHTS is not set")
	}
	weights := filepath.Join(dir, "galaxygrad_hsc32.safetensors")
	n, err := Load(weights)
	if err != nil {
		t.Fatal(err)
	}
	f, err := checkpoints.Open(filepath.Join(dir, "galaxygrad_hsc32.golden.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	stored := map[string][]float64{}
	for _, x := range f.Tensors() {
		if stored[x.Name], err = x.Float64s(); err != nil {
			t.Fatal(err)
		}
	}
	for dt, tol := range map[autodiff.DType]float64{autodiff.F32: 1e-4, autodiff.F64: 1e-6} {
		s := autodiff.NewArena().Scope(autodiff.Eval, dt)
		got := make([]float64, len(stored["score"]))
		n.Forward(s, s.Const64(autodiff.S(4, 1, 32, 32), stored["x"]), stored["t"]).CopyTo64(got)
		s.Close()
		diff, top := 0.0, 0.0
		for i, want := range stored["score"] {
			diff, top = max(diff, math.Abs(got[i]-want)), max(top, math.Abs(want))
		}
		t.Logf("%v: %.2g", dt, diff/top)
		if !(diff <= tol*top) {
			t.Errorf("%v: %.3g of the largest value from the golden, want %.0g", dt, diff/top, tol)
		}
	}
	// The denoiser is y0's mean in terms of u = y/alpha: (alpha D - y)/sigma^2 is the score again.
	tau := stored["t"][1]
	alpha := math.Exp(-tau / 2)
	r := math.Sqrt(math.Expm1(tau))
	u := make([]float64, 1024)
	for i := range u {
		u[i] = stored["x"][1024+i] / alpha
	}
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	d := make([]float64, 1024)
	n.Denoiser().Denoise(s, s.Const64(autodiff.S(1, 1, 32, 32), u), []float64{r}).CopyTo64(d)
	for i := range d {
		want := stored["score"][1024+i]
		if got := (alpha*d[i] - stored["x"][1024+i]) / (1 - alpha*alpha); math.Abs(got-want) > 1e-5*(1+math.Abs(want)) {
			t.Fatalf("pixel %d: the denoiser's score is %v, the golden's %v", i, got, want)
		}
	}
}

// A new network is the zero function until it has learned something: its last layer starts at zero.
func ExampleNew() {
	n, err := New(layers.Root(rng.New(1)), Galaxies())
	if err != nil {
		panic(err)
	}
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	score := n.Forward(s, s.Ones(autodiff.S(2, 1, 32, 32)), []float64{.5, 8})
	fmt.Println(score.Shape(), s.SumAll(score).Scalar(), layers.Count(n.Params()))
	// Output: [2,1,32,32] 0 605761
}

var _ diffusion.Network = (*Mixer)(nil)
