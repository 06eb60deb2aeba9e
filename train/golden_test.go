package train

import (
	"context"
	"math"
	"os"
	"testing"
)

// TestGoldenState checks that a state of version 1 is read for ever, and that the average in it has the held-out loss
// it had.
func TestGoldenState(t *testing.T) {
	b, err := os.ReadFile("testdata/state-v1.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	s := newToy().setup(toyConfig(), t.TempDir())
	if err := os.WriteFile(s.Path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	tr := mustNew(t, s)
	r, err := tr.Run(context.Background())
	if err != nil || !r.Done || r.Step != 60 || r.Images != 720 {
		t.Fatalf("%+v, %v", r, err)
	}
	if h, err := tr.HeldOut(context.Background()); err != nil || math.Abs(h-r.HeldOut) > 1e-5 {
		t.Errorf("held-out loss %v, stored was %v, %v", h, r.HeldOut, err)
	}
}
