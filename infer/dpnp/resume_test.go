package dpnp

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
)

// hidden is a denoiser that does not tell that it can draw from its prior.
type hidden struct{ d diffusion.Denoiser }

func (h hidden) Denoise(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	return h.d.Denoise(s, u, sigma)
}

// modes returns a short run of every mode.
func modes() map[string]DPnP {
	smc, chains, annealed := Default(), Default(), Annealed()
	smc.Mode, smc.SMC.Last, smc.SMC.Particles, smc.SMC.Islands = SMCMode, 3, 12, 3
	chains.Mode, chains.Rounds, chains.Chains, chains.Thin = ChainsMode, 32, 2, 3
	annealed.Rounds, annealed.Hold = 8, 2
	return map[string]DPnP{SMCMode: smc, ChainsMode: chains, AnnealedMode: annealed}
}

// ring is the denoising of y = .5, with a prior that draws from itself or one that hides it.
func ring(draws bool) *infer.Problem {
	y := make([]float64, 16)
	for i := range y {
		y[i] = .5
	}
	if g := exact.Ring16(); draws {
		return cases.Problem(g, inverse.NewIdentity(autodiff.S(16)), .2, y)
	}
	return cases.Problem(hidden{exact.Ring16()}, inverse.NewIdentity(autodiff.S(16)), .2, y)
}

// comparable is what must not depend on interruptions: all of a result but the time that it took.
func comparable(res *infer.Result) infer.Result {
	c := *res
	c.Elapsed = 0
	return c
}

// A run that is interrupted after any of its rounds, again and again, ends bit for bit as one that is not: its samples,
// weights, evidence, evaluations, verdicts, notes and config.
func TestInterruptedRunsEndAlike(t *testing.T) {
	for name, m := range modes() {
		for _, draws := range []bool{true, false} {
			p, run := ring(draws), infer.Run{Samples: 5, Seed: 4}
			rounds := 0
			run.Progress = func(p infer.Progress) { rounds = p.Done }
			want, err := m.Solve(context.Background(), p, run)
			if err != nil {
				t.Fatal(err)
			}
			if rounds < 7 {
				t.Fatalf("%s: only %d rounds", name, rounds)
			}
			for _, stops := range [][]int{{1}, {2}, {rounds / 2}, {rounds - 2}, {rounds - 1}, {rounds}, {1, 2, 4, rounds - 1}} {
				run.State = filepath.Join(t.TempDir(), "state")
				for _, stop := range stops {
					ctx, cancel := context.WithCancel(context.Background())
					run.Progress = func(p infer.Progress) {
						if p.Done == stop {
							cancel()
						}
					}
					part, err := m.Solve(ctx, p, run)
					cancel()
					if done := stop == rounds && err == nil; !done && (!errors.Is(err, context.Canceled) || part == nil || len(part.Samples) == 0) {
						t.Fatalf("%s, stopped at %d of %d: %v, %v", name, stop, rounds, part, err)
					}
				}
				if _, err := os.Stat(run.State); err != nil {
					t.Fatal(err)
				}
				run.Progress = nil
				got, err := m.Solve(context.Background(), p, run)
				if err != nil {
					t.Fatal(err)
				}
				if g, w := comparable(got), comparable(want); !reflect.DeepEqual(g, w) {
					t.Errorf("%s, draws %v, stopped at %v of %d: another result:\n%+v\n%+v", name, draws, stops, rounds, g, w)
				}
				again, err := m.Solve(context.Background(), p, run)
				if err != nil || !reflect.DeepEqual(comparable(again), comparable(want)) {
					t.Errorf("%s: a finished run, taken up, gives another result: %v", name, err)
				}
			}
		}
	}
}

// A state that is damaged, or of another mode, is refused in words.
func TestDamagedStates(t *testing.T) {
	p, run := ring(true), infer.Run{Samples: 5, Seed: 4}
	x := func(name string, n int) func(*checkpoints.File, map[string][]float64) {
		return func(_ *checkpoints.File, v map[string][]float64) { v[name] = v[name][:n] }
	}
	text := func(old, new string) func(*checkpoints.File, map[string][]float64) {
		return func(f *checkpoints.File, _ map[string][]float64) {
			f.Meta[stateKey] = strings.Replace(f.Meta[stateKey], old, new, 1)
		}
	}
	for name, m := range modes() {
		for _, c := range []struct {
			mode, want string // "" for every mode
			change     func(f *checkpoints.File, v map[string][]float64)
		}{
			{"", `tensor "x" has 16 values, the run has `, x("x", 16)},
			{"", "claims -", text(`"round":`, `"round":-`)},
			{"", "is not the state of a DPnP run of this version", text("{", "[")},
			{"", "x is NaN", func(_ *checkpoints.File, v map[string][]float64) { v["x"][3] = math.NaN() }},
			{SMCMode, "is not the state of a DPnP run in the mode smc of", text(`"moved":`, `"moved":-`)},
			{SMCMode, "is not the state of a DPnP run in the mode smc of", text(`"log_z":[`, `"log_z":[0,`)},
			{SMCMode, `tensor "weighted" has 16 values, the run has `, x("weighted", 16)},
			{ChainsMode, `tensor "z" has 3 values, the run has 32`, x("z", 3)},
			{ChainsMode, `tensor "draws" has 5 values, which is no number of draws`, x("draws", 5)},
		} {
			if c.mode != "" && c.mode != name {
				continue
			}
			want := c.want
			run.State = filepath.Join(t.TempDir(), "state")
			if _, err := m.Solve(context.Background(), p, run); err != nil {
				t.Fatal(err)
			}
			rewrite(t, run.State, c.change)
			if _, err := m.Solve(context.Background(), p, run); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), run.State) {
				t.Errorf("%s: the error is %v, want one that says %q and names the file", name, err, want)
			}
		}
	}
}

// rewrite changes the text and the tensors of a state.
func rewrite(t *testing.T, file string, change func(f *checkpoints.File, v map[string][]float64)) {
	t.Helper()
	f, err := checkpoints.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tensors := map[string][]float64{}
	for _, s := range f.Tensors() {
		if tensors[s.Name], err = s.Float64s(); err != nil {
			t.Fatal(err)
		}
	}
	change(f, tensors)
	out := &checkpoints.File{Meta: f.Meta}
	for name, v := range tensors {
		if err := out.Add(checkpoints.FromFloat64(name, []int{len(v)}, v)); err != nil {
			t.Fatal(err)
		}
	}
	if err := checkpoints.Save(file, out, checkpoints.SaveOptions{}); err != nil {
		t.Fatal(err)
	}
}
