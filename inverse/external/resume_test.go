package external_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/infer/dpi"
	"tweedie/infer/dpnp"
	"tweedie/infer/reddiff"
	"tweedie/inverse"
	"tweedie/inverse/external"
	"tweedie/inverse/internal/optest"
)

// problem returns the measurement of a ring of 16 pixels by a program, under a permission that the test gives back.
func problem(t *testing.T, manner string, timeout float64) *infer.Problem {
	t.Helper()
	t.Cleanup(external.Allow(context.Background()))
	op, err := external.Config{Command: optest.Command(manner), Timeout: timeout}.Build(autodiff.S(16))
	if err != nil {
		t.Fatal(err)
	}
	y := make([]float64, op.OutShape().Size())
	for i := range y {
		y[i] = .5
	}
	lik, err := inverse.NewLikelihood(op, inverse.Gaussian{Sigma: .2}, y)
	if err != nil {
		t.Fatal(err)
	}
	return &infer.Problem{Prior: exact.Ring16(), Likelihood: lik, Shape: autodiff.S(16), DType: autodiff.F64}
}

// A program that dies half-way makes a clear error of the run, whose state resumes and gives the same bytes as a run in one go.
func TestRunResumesAfterADeath(t *testing.T) {
	m := dpnp.Default()
	m.Mode, m.Rounds, m.Chains = dpnp.ChainsMode, 6, 2
	m.Proximal.Method = "cg" // asks the program in every round
	run := infer.Run{Samples: 4, Seed: 3}
	dir := t.TempDir()
	// The program has one description, and dies in one of its requests as long as this file is there.
	mortal := filepath.Join(dir, "mortal")
	manner := "ring while not " + mortal
	whole, err := m.Solve(context.Background(), problem(t, manner, 60), run)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(mortal, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	run.State = filepath.Join(dir, "state")
	rounds := 0
	run.Progress = func(infer.Progress) { rounds++ }
	_, err = m.Solve(context.Background(), problem(t, manner, 60), run)
	var failed *inverse.OperatorError
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), "out of memory") || strings.Contains(err.Error(), "\n") {
		t.Fatalf("the run ends with %v", err)
	}
	if rounds < 2 {
		t.Fatalf("the program died after %d rounds; nothing was saved", rounds)
	}
	done := rounds
	const longer = 600 // does not keep the state from this run
	if err := os.Remove(mortal); err != nil {
		t.Fatal(err)
	}
	rounds = 0
	again, err := m.Solve(context.Background(), problem(t, manner, longer), run)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(whole.Samples, again.Samples, slices.Equal) {
		t.Error("the run that resumed gives other samples")
	}
	if rounds == 0 || done+rounds < m.Rounds {
		t.Errorf("%d rounds before the death and %d after", done, rounds)
	}
}

// Every method makes an error of a program that dies.
func TestMethodsReportADeath(t *testing.T) {
	fit := dpi.Default()
	fit.Family.Kind, fit.Steps, fit.Batch, fit.Check = "diagonal", 4, 2, 2
	for _, m := range []infer.Method{reddiff.Default(), dpnp.Default(), dpnp.Annealed(), fit} {
		_, err := m.Solve(context.Background(), problem(t, "ring that dies", 60), infer.Run{Samples: 2})
		var failed *inverse.OperatorError
		if !errors.As(err, &failed) {
			t.Errorf("%s: %v", m.Name(), err)
		}
	}
}

// ringDies says whether the program of a ring dies in this request, for manners that begin with "ring".
func ringDies(manner string) func(optest.Request) {
	count := 0
	return func(optest.Request) {
		count++
		mortal, ok := strings.CutPrefix(manner, "ring while not ")
		_, err := os.Stat(mortal)
		if ok && err == nil && count > 300 || manner == "ring that dies" && count > 3 {
			_, _ = os.Stderr.WriteString("out of memory\n")
			os.Exit(1)
		}
	}
}
