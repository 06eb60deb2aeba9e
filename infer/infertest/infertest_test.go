package infertest_test

import (
	"fmt"
	"strings"
	"testing"

	"tweedie/infer"
	"tweedie/infer/infertest"
	"tweedie/layers/layerstest"
)

// rows lists the methods of package infer.
func rows() []infertest.Row {
	gibbs := infer.DefaultDPnP()
	gibbs.EtaMax, gibbs.EtaMin, gibbs.Rounds, gibbs.Hold, gibbs.Steps, gibbs.Heun = .4, .02, 100, 20, 10, true
	vi := infer.DefaultDPI()
	vi.Family.Kind, vi.Prior.Kind = "full", "exact"
	vi.Steps, vi.Batch, vi.LR, vi.FinalLR, vi.Check = 1500, 64, 1e-2, 1e-5, 4096
	return []infertest.Row{{Method: gibbs, Std: .06}, {Method: vi}, {Method: infer.DefaultREDDiff(), Samples: 50}}
}

func TestMethods(t *testing.T) {
	for _, r := range rows() {
		t.Run(r.Method.Name(), func(t *testing.T) { infertest.Method(t, r) })
	}
}

// DPS in forty lines passes; its samples are biased and it says so.
func TestDPS(t *testing.T) { infertest.Method(t, rightDPS()) }

// Every exported type of package infer with a Solve method has a row.
func TestEveryMethodHasARow(t *testing.T) {
	types, err := layerstest.Types("..", "Solve")
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, r := range rows() {
		name := fmt.Sprintf("%T", r.Method)
		have[name[strings.LastIndex(name, ".")+1:]] = true
	}
	if len(types) < 3 {
		t.Errorf("only %v have a Solve method", types)
	}
	for _, n := range types {
		if !have[n] {
			t.Errorf("%s has no conformance row", n)
		}
	}
}
