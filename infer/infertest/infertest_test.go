package infertest_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/infer"
	_ "tweedie/infer/all"
	"tweedie/infer/dpi"
	"tweedie/infer/dpnp"
	"tweedie/infer/infertest"
	"tweedie/infer/reddiff"
	"tweedie/layers/layerstest"
)

// rows lists the methods of package infer.
func rows() []infertest.Row {
	gibbs := dpnp.Annealed()
	gibbs.EtaMax, gibbs.EtaMin, gibbs.Rounds, gibbs.Hold, gibbs.Steps, gibbs.Heun = .4, .02, 100, 20, 10, true
	apart := dpnp.Default()
	apart.Mode = dpnp.ChainsMode
	vi := dpi.Default()
	vi.Family.Kind, vi.Prior.Kind = "full", "exact"
	vi.Steps, vi.Batch, vi.LR, vi.FinalLR, vi.Check = 1500, 64, 1e-2, 1e-5, 4096
	return []infertest.Row{{Method: gibbs, Std: .06}, {Method: dpnp.Default(), Collective: true}, {Method: apart}, {Method: vi}, {Method: reddiff.Default(), Samples: 50}}
}

func TestMethods(t *testing.T) {
	for _, r := range rows() {
		name := r.Method.Name()
		if m, ok := r.Method.(dpnp.DPnP); ok {
			name += "-" + m.Mode
		}
		t.Run(name, func(t *testing.T) { infertest.Method(t, r) })
	}
}

// DPS in forty lines passes; its samples are biased and it says so.
func TestDPS(t *testing.T) { infertest.Method(t, rightDPS()) }

// Every exported type of infer and its rooms with a Solve method has a row, and so has every registered method.
func TestEveryMethodHasARow(t *testing.T) {
	have := map[string]bool{}
	for _, r := range rows() {
		name := fmt.Sprintf("%T", r.Method)
		have[name[strings.LastIndex(name, ".")+1:]], have[r.Method.Name()] = true, true
	}
	rooms, err := filepath.Glob("../*/doc.go")
	if err != nil || len(rooms) < 3 {
		t.Fatalf("rooms %v, %v", rooms, err)
	}
	names := infer.Names()
	for _, room := range append(rooms, "../doc.go") {
		types, err := layerstest.Types(filepath.Dir(room), "Solve")
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, types...)
	}
	if len(names) < 6 {
		t.Errorf("only %v have a Solve method or are registered", names)
	}
	for _, n := range names {
		if !have[n] {
			t.Errorf("%s has no conformance row", n)
		}
	}
}
