package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/families/adm"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/rng"
	"tweedie/train"
)

// published is a small network of guided diffusion with the weights of a file as its authors' code writes them.
func published(t *testing.T) *adm.Network {
	t.Helper()
	net, err := Load("../../families/adm/testdata/ffhq_style/checkpoint.pt", "../../families/adm/testdata/ffhq_style/config.json")
	if err != nil {
		t.Fatal(err)
	}
	return net
}

func output(net *adm.Network) []float64 {
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	x := make([]float64, 2*3*16*16)
	rng.New(2).Stream().FillNorm(x)
	y := net.Forward(s, s.Const64(autodiff.S(2, 3, 16, 16), x), []float64{10, 700})
	out := make([]float64, y.Size())
	y.CopyTo64(out)
	return out
}

// heldOut is the mean loss on images that are not trained on.
func heldOut(t *testing.T, o train.Objective) float64 {
	t.Helper()
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	l, err := o.Loss(s, train.Step{Batch: 32, Key: rng.New(99)})
	if err != nil {
		t.Fatal(err)
	}
	return l.Scalar()
}

// New blocks change nothing before they are trained; training changes them alone, bit for bit, and the loss on images
// that were not trained on falls.
func TestOnlyTheNewBlockLearns(t *testing.T) {
	net := published(t)
	before, n := output(net), len(net.Params())
	if err := Adapt(net, rng.New(1), 8); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(before, output(net)) {
		t.Error("blocks that are the identity changed the network")
	}
	if _, err := train.Freeze(net.Params(), Published()...); err != nil {
		t.Fatal(err)
	}
	old, fresh := net.Params()[:n], net.Params()[n:]
	if len(fresh) != 5*6 {
		t.Fatalf("%d new parameters, want 6 in each of 5 adapters", len(fresh))
	}
	var held [][]float32
	for _, p := range old {
		if p.Trainable() || strings.HasPrefix(p.Name(), "adapter.") {
			t.Errorf("%s is not frozen", p.Name())
		}
		held = append(held, slices.Clone(p.Data()))
	}
	d, err := Denoiser(net)
	if err != nil {
		t.Fatal(err)
	}
	data := Stripes(d, 3, 16)
	first := heldOut(t, data)
	tr, err := train.New(train.Setup{Config: Settings(60), Params: net.Params(), Objective: data})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tr.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	last := heldOut(t, data)
	t.Logf("held-out loss %.3f, then %.3f", first, last)
	if !(last < .9*first) {
		t.Errorf("the loss was %.4f and is %.4f; want 10 %% less", first, last)
	}
	for i, p := range old {
		if !slices.Equal(held[i], p.Data()) {
			t.Errorf("%s is frozen, and changed", p.Name())
		}
	}
	for _, p := range fresh {
		if !p.Trainable() || strings.HasSuffix(p.Name(), "up.weight") && !slices.ContainsFunc(p.Data(), func(v float32) bool { return v != 0 }) {
			t.Errorf("%s was not trained", p.Name())
		}
	}
	if slices.Equal(before, output(net)) {
		t.Error("training changed nothing")
	}
}

// The tests that every layer of the library passes.
func TestConformance(t *testing.T) {
	layerstest.Check(t, layerstest.Row{Name: "Adapter", In: []autodiff.Shape{autodiff.S(2, 4, 3, 5), autodiff.S(2, 6)}, Std: .5, Seed: 3,
		Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
			a, err := NewAdapter(p, 4, 6, 3)
			return a, func(s *autodiff.Scope, x []autodiff.Var, first int) autodiff.Var { return a.Forward(s, x[0], x[1]) }, err
		}})
}

func TestFreezeExplains(t *testing.T) {
	ps := published(t).Params()
	for _, pattern := range []string{"inputblocks.*", "["} {
		if _, err := train.Freeze(ps, pattern); err == nil || !strings.Contains(err.Error(), pattern) {
			t.Errorf("%q: error %v", pattern, err)
		}
	}
}

func ExampleNewAdapter() {
	a, err := NewAdapter(layers.Root(rng.New(1)).At("adapter"), 32, 64, 4)
	if err != nil {
		panic(err)
	}
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	y := a.Forward(s, s.Full(autodiff.S(1, 32, 8, 8), 3), s.Zeros(autodiff.S(1, 64)))
	fmt.Println(y.Shape(), s.MeanAll(y).Scalar(), layers.Count(a.Params()))
	// Output: [1,32,8,8] 3 552
}
