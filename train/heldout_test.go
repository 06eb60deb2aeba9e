package train

import (
	"bytes"
	"context"
	"math"
	"slices"
	"testing"

	"tweedie/autodiff"
	"tweedie/rng"
)

// TestNoise checks that training noise is new for every micro-batch, and the noise of the held-out loss the same each
// time.
func TestNoise(t *testing.T) {
	n := newToy()
	n.log = true
	if _, err := mustNew(t, n.setup(toyConfig(), t.TempDir())).Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	seen := map[rng.Key]int{}
	for _, k := range n.trained {
		seen[k]++
	}
	if len(seen) != 180 || len(n.trained) != 180 {
		t.Errorf("%d keys in %d micro-batches; want 180 in 60 steps of 3", len(seen), len(n.trained))
	}
	first := n.heldOut[:2]
	if len(n.heldOut) != 2*8 || first[0] == first[1] || seen[first[0]]+seen[first[1]] > 0 {
		t.Errorf("%d held-out keys, the first %v", len(n.heldOut), first)
	}
	for i := 2; i < len(n.heldOut); i += 2 {
		if !slices.Equal(n.heldOut[i:i+2], first) {
			t.Errorf("held-out loss %d has other noise than the first", i/2)
		}
	}
}

// TestHeldOutIsOfTheAverage checks that the held-out loss is computed at the average of the weights, is the same when
// asked for twice, and changes nothing.
func TestHeldOutIsOfTheAverage(t *testing.T) {
	dir := t.TempDir()
	n := newToy()
	tr := mustNew(t, n.setup(toyConfig(), dir))
	r, err := tr.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	before := stateBytes(t, dir)
	again, err := tr.HeldOut(context.Background())
	if err != nil || again != r.HeldOut {
		t.Errorf("%v, and asked again %v, %v", r.HeldOut, again, err)
	}
	if err := tr.Save(); err != nil || !bytes.Equal(before, stateBytes(t, dir)) {
		t.Errorf("the held-out loss changed the state; %v", err)
	}
	tr.EMA().SwapIn()
	var want float64
	for j := range 2 {
		s := tr.Arena().Scope(autodiff.Eval, autodiff.F32)
		v, err := held{n}.Loss(s, Step{Images: int64(4 * j), Batch: 4, Key: tr.key.Split("held-out", j)})
		if err != nil {
			t.Fatal(err)
		}
		want += v.Scalar() / 2
		s.Close()
	}
	tr.EMA().SwapOut()
	if math.Abs(r.HeldOut-want) > 1e-12 {
		t.Errorf("held-out loss %v, that of the average is %v", r.HeldOut, want)
	}
}

func TestNoHeldOut(t *testing.T) {
	c := toyConfig()
	c.EvalEvery, c.EvalBatches = 0, 0
	tr := mustNew(t, newToy().setup(c, t.TempDir()))
	r, err := tr.Run(context.Background())
	if err != nil || !math.IsNaN(r.HeldOut) {
		t.Errorf("a held-out loss nobody asked for: %v, %v", r.HeldOut, err)
	}
	if _, err := tr.HeldOut(context.Background()); err == nil {
		t.Error("a held-out loss over no micro-batch")
	}
}

// TestAFinishedRunIsLeftAlone checks that a run that is complete does nothing when it is started again.
func TestAFinishedRunIsLeftAlone(t *testing.T) {
	want, lines, first := whole(t, toyConfig())
	dir := t.TempDir()
	if _, err := mustNew(t, newToy().setup(toyConfig(), dir)).Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	n := newToy()
	n.log = true
	r, err := mustNew(t, n.setup(toyConfig(), dir)).Run(context.Background())
	if err != nil || !r.Done || r.Step != first.Step || r.Loss != first.Loss || r.HeldOut != first.HeldOut {
		t.Errorf("%+v, %v; the first time %+v", r, err, first)
	}
	if len(n.trained)+len(n.heldOut) > 0 {
		t.Errorf("%d losses and %d held-out losses were computed", len(n.trained), len(n.heldOut))
	}
	if !bytes.Equal(stateBytes(t, dir), want) || !sameStats(stats(t, dir), lines) {
		t.Error("the state or the statistics changed")
	}
}
