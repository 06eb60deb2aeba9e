package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/stat"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/flows/flowstest"
	"tweedie/infer"
	"tweedie/infer/dpnp"
	"tweedie/infer/infertest"
	"tweedie/inverse/inversetest"
	"tweedie/layers"
	"tweedie/rng"
)

// childArgs is the environment variable that makes the test binary the command with these arguments.
const childArgs = "OWNPARTS_TEST_ARGS"

func TestMain(m *testing.M) {
	text := os.Getenv(childArgs)
	if text == "" {
		os.Exit(m.Run())
	}
	var args []string
	if err := json.Unmarshal([]byte(text), &args); err != nil {
		panic(err)
	}
	os.Args = append([]string{"ownparts"}, args...)
	main()
}

func TestNoise(t *testing.T) {
	inversetest.Noise(t, StudentT{DoF: 6, Scale: .3}, []float64{0, .5, -2})
	if err := (StudentT{DoF: 2, Scale: 1}).Validate(1); err == nil {
		t.Error("a noise of infinite variance passes")
	}
}

func TestOperator(t *testing.T) {
	for _, in := range []autodiff.Shape{autodiff.S(1, 4, 4), autodiff.S(2, 3, 7)} {
		op, err := MirrorConfig{Step: 3}.Build(in)
		if err != nil {
			t.Fatal(err)
		}
		inversetest.Operator(t, op)
	}
	op, err := MirrorConfig{Step: 2}.Build(autodiff.S(1, 2, 3))
	if err != nil {
		t.Fatal(err)
	}
	y := make([]float64, 4)
	op.Apply(y, []float64{1, 2, 3, 4, 5, 6})
	if want := [4]float64{3, 1, 6, 4}; [4]float64(y) != want {
		t.Errorf("the mirror shows %v; want %v", y, want)
	}
	if _, err := (MirrorConfig{Step: 4}).Build(autodiff.S(1, 2, 3)); err == nil {
		t.Error("a step beyond the width passes")
	}
}

func TestMethod(t *testing.T) {
	if testing.Short() {
		t.Skip("solves a hundred small problems")
	}
	// DPS is biased: it is held to the data and to repeatable runs, not to the posterior's exact spread.
	infertest.Method(t, infertest.Row{Method: DPS{Levels: 100, Top: 10, Zeta: .02}, Samples: 100})
}

func TestFamily(t *testing.T) {
	f := NewJohnson(layers.Root(rng.New(1)).At("q"), 5, .5, .3)
	flowstest.Family(t, f)
}

// For a prior N(0, 1), z = 1 and eta = 1 the posterior of denoising is N(1/2, 1/2).
func TestSampler(t *testing.T) {
	prior, err := exact.NewDiagonalGaussian([]float64{0}, []float64{1})
	if err != nil {
		t.Fatal(err)
	}
	m := dpnp.Default()
	m.Sampler, m.Steps = "ancestral", 100
	s, err := m.DenoisingSampler()
	if err != nil {
		t.Fatal(err)
	}
	const n = 4000
	x, streams := make([]float64, n), make([]*rng.Stream, n)
	for i := range x {
		x[i], streams[i] = 1, rng.New(1).Split("draw", i).Stream()
	}
	p := &infer.Problem{Prior: prior, Shape: autodiff.S(1), DType: autodiff.F64}
	if err := s.Draw(infer.NewEvaluator(context.Background(), p), x, 1, streams); err != nil {
		t.Fatal(err)
	}
	if mean, variance := stat.MeanVariance(x, nil); math.Abs(mean-.5) > .05 || math.Abs(variance-.5) > .05 {
		t.Errorf("mean %.3f and variance %.3f; want 0.5 and 0.5", mean, variance)
	}
	m.Levels = []float64{1, 2}
	if _, err := m.DenoisingSampler(); err == nil {
		t.Error("a prior of a discrete schedule passes")
	}
}

// The command finds each part by its name, in a problem file and in the fields of a method.
func TestCommand(t *testing.T) {
	for _, c := range []struct {
		name   string
		args   []string
		fields map[string]any // of the method, in results.json
	}{
		{"dps", []string{"--config", `{"levels": 20}`}, map[string]any{"levels": 20.}},
		{"dpi", []string{"--method", "dpi", "--config", `{"steps": 4, "batch": 4, "check": 4, "family": {"kind": "johnson"}}`}, map[string]any{"kind": "johnson"}},
		{"dpnp", []string{"--method", "dpnp", "--config", `{"rounds": 4, "hold": 1, "dds_steps": 4, "sampler": "ancestral"}`}, map[string]any{"sampler": "ancestral"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			results := solve(t, c.args...)
			for _, part := range []string{"mirror", "student-t", c.name} {
				if !holds(results, "kind", part) {
					t.Errorf("results.json does not name %q", part)
				}
			}
			for k, v := range c.fields {
				if !holds(results, k, v) {
					t.Errorf("results.json has no %s of %v", k, v)
				}
			}
		})
	}
}

// solve runs the command on the problem file with more arguments and returns its results.json.
func solve(t *testing.T, more ...string) (results any) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "result")
	args, err := json.Marshal(append([]string{"solve", "--problem", "problem.json", "--samples", "2", "--out", out}, more...))
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childArgs+"="+string(args))
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	if err := c.Run(); err != nil {
		t.Fatalf("%v\n%s", err, &said)
	}
	data, err := os.ReadFile(filepath.Join(out, "results.json"))
	if err == nil {
		err = json.Unmarshal(data, &results)
	}
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// holds says whether an object anywhere in v has the field with the value want.
func holds(v any, field string, want any) bool {
	switch v := v.(type) {
	case map[string]any:
		if v[field] == want {
			return true
		}
		for _, e := range v {
			if holds(e, field, want) {
				return true
			}
		}
	case []any:
		for _, e := range v {
			if holds(e, field, want) {
				return true
			}
		}
	}
	return false
}
