package dpnp

import (
	"context"
	"strings"
	"testing"

	"tweedie/infer"
)

// Chains judge the Langevin steps by which they draw z: those of the defaults pass, steps far too short are told by what they are
// worth, and steps far too long by their acceptance.
func TestChainsJudgeLangevinSteps(t *testing.T) {
	p := planar(t, student{.06}).Problem
	for _, c := range []struct {
		step   float64
		burn   int
		failed string
	}{{.1, 50, ""}, {1e-5, 0, "effective Langevin draws"}, {1e3, 0, "acceptance of Langevin proposals"}} {
		m := Default()
		m.Mode, m.Rounds = ChainsMode, 24
		m.Proximal.MALA.Step, m.Proximal.MALA.BurnIn = c.step, c.burn
		if c.step == 1e3 {
			m.Proximal.MALA.Euler = true // the exact step of the Gaussian half never diverges
		}
		res, err := m.Solve(context.Background(), p, infer.Run{Samples: 8, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]infer.State{}
		for _, v := range res.Verdicts {
			if strings.Contains(v.Name, "Langevin") {
				found[v.Name] = v.State
				t.Logf("step %g: %s is %.3g: %s", c.step, v.Name, v.Value, v.Text)
				if failed := v.State == infer.Failed; failed != (c.failed != "" && strings.HasPrefix(v.Name, c.failed)) && (c.failed == "" || strings.HasPrefix(v.Name, c.failed)) {
					t.Errorf("step %g: %s is %.3g, which is %s", c.step, v.Name, v.Value, v.State)
				}
			}
		}
		if len(found) != 2 {
			t.Errorf("step %g: %d verdicts on Langevin steps, want 2", c.step, len(found))
		}
	}
}
