package infer_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/infer"
	"tweedie/infer/dpi"
	"tweedie/infer/dpnp"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
	"tweedie/inverse/optics"
)

// quickDPnP is a run of four rounds of the algorithm as published.
func quickDPnP() dpnp.DPnP {
	m := dpnp.Annealed()
	m.Rounds, m.Hold, m.Steps = 4, 1, 4
	return m
}

// blurred is a problem on 1x4x4 images with a blur of the given width.
func blurred(t *testing.T, std, sigma float64) *infer.Problem {
	t.Helper()
	op, err := optics.BlurConfig{Boundary: "circular", Gaussian: &optics.GaussianConfig{Size: 3, Std: std}}.Build(autodiff.S(1, 4, 4))
	if err != nil {
		t.Fatal(err)
	}
	return cases.Problem(cases.Isotropic(.1, .5), op, sigma, make([]float64, 16))
}

// opaque is an operator that cannot describe itself.
type opaque struct{ inverse.Linear }

// The state of a run that differs in one thing is refused, and the thing is named; both methods that keep one.
func TestStateNamesWhatDiffers(t *testing.T) {
	dpi := dpi.Default()
	dpi.Family.Kind, dpi.Steps, dpi.Batch, dpi.Check = "diagonal", 4, 2, 2
	auto := dpnp.Default()
	auto.SMC.Last = 1
	chains := dpnp.Default()
	chains.Mode, chains.Rounds = dpnp.ChainsMode, 4
	for _, c := range []struct {
		m      infer.Method
		change func(p *infer.Problem, run *infer.Run) infer.Method // nil for the same method
		want   string
	}{
		{quickDPnP(), func(p *infer.Problem, _ *infer.Run) infer.Method { *p = *blurred(t, 2, .3); return nil }, `operator is {"boundary":"circular","gaussian":{"size":3,"std":1}`},
		{dpi, func(p *infer.Problem, _ *infer.Run) infer.Method { *p = *blurred(t, 2, .3); return nil }, "operator is"},
		{quickDPnP(), func(p *infer.Problem, _ *infer.Run) infer.Method { *p = *blurred(t, 1, .4); return nil }, "noise sigma is 0.3 in the state and 0.4 here"},
		{quickDPnP(), func(p *infer.Problem, _ *infer.Run) infer.Method { p.Prior = cases.Isotropic(.1, .6); return nil }, "prior answers a fixed input otherwise"},
		{dpi, func(p *infer.Problem, _ *infer.Run) infer.Method { p.Prior = cases.Isotropic(.1, .6); return nil }, "prior answers a fixed input otherwise"},
		{quickDPnP(), func(p *infer.Problem, _ *infer.Run) infer.Method {
			p.PriorID = map[string]string{"weights": "b", "class": "1"}
			return nil
		},
			"prior's weights is a in the state and b here, prior's class is nothing in the state and 1 here"},
		{dpi, func(p *infer.Problem, _ *infer.Run) infer.Method {
			p.PriorID = map[string]string{"weights": "b"}
			return nil
		}, "prior's weights is a in the state and b here"},
		{quickDPnP(), func(p *infer.Problem, _ *infer.Run) infer.Method { p.Affine.Shift = 1; return nil }, "value shift is 0 in the state and 1 here"},
		{quickDPnP(), func(p *infer.Problem, _ *infer.Run) infer.Method { p.Likelihood.Y[3] = 1; return nil }, "measurement is 16 numbers of hash"},
		{quickDPnP(), func(_ *infer.Problem, run *infer.Run) infer.Method { run.Seed = 8; return nil }, "seed is 1 in the state and 8 here"},
		{quickDPnP(), func(_ *infer.Problem, run *infer.Run) infer.Method { run.Samples = 3; return nil }, "number of samples is 2 in the state and 3 here"},
		{quickDPnP(), func(*infer.Problem, *infer.Run) infer.Method { m := quickDPnP(); m.EtaMax = .3; return m }, "method's eta_max is 0.4 in the state and 0.3 here"},
		{quickDPnP(), func(*infer.Problem, *infer.Run) infer.Method { m := quickDPnP(); m.Proximal.CG.Tol = 1e-6; return m }, "method's proximal.cg.tol is"},
		{auto, func(_ *infer.Problem, run *infer.Run) infer.Method { run.Seed = 8; return nil }, "seed is 1 in the state and 8 here"},
		{auto, func(_ *infer.Problem, run *infer.Run) infer.Method { run.Samples = 3; return nil }, "number of samples is 2 in the state and 3 here"},
		{auto, func(p *infer.Problem, _ *infer.Run) infer.Method { *p = *blurred(t, 1, .4); return nil }, "noise sigma is 0.3 in the state and 0.4 here"},
		{auto, func(p *infer.Problem, _ *infer.Run) infer.Method { p.Prior = cases.Isotropic(.1, .6); return nil }, "prior answers a fixed input otherwise"},
		{auto, func(*infer.Problem, *infer.Run) infer.Method { m := auto; m.SMC.Particles = 16; return m }, "method's smc.particles is 0 in the state and 16 here"},
		{auto, func(*infer.Problem, *infer.Run) infer.Method { m := auto; m.SMC.Keep = .4; return m }, "method's smc.keep is 0.8 in the state and 0.4 here"},
		{auto, func(*infer.Problem, *infer.Run) infer.Method { m := auto; m.EtaMin = .01; return m }, "method's eta_min is 0 in the state and 0.01 here"},
		{auto, func(*infer.Problem, *infer.Run) infer.Method { m := auto; m.Mode = dpnp.SMCMode; return m }, `method's mode is "auto" in the state and "smc" here`},
		{auto, func(*infer.Problem, *infer.Run) infer.Method { m := auto; m.Rounds = 4; return m }, "method's rounds is 0 in the state and 4 here"},
		{auto, func(*infer.Problem, *infer.Run) infer.Method { m := auto; m.Mode = dpnp.ChainsMode; return m }, `method's mode is "auto" in the state and "chains" here`},
		{chains, func(*infer.Problem, *infer.Run) infer.Method { m := chains; m.Rounds = 5; return m }, "method's rounds is 4 in the state and 5 here"},
		{chains, func(*infer.Problem, *infer.Run) infer.Method { m := chains; m.Thin = 2; return m }, "method's thin is 0 in the state and 2 here"},
		{dpi, func(*infer.Problem, *infer.Run) infer.Method { m := dpi; m.LR = 1e-3; return m }, "method's lr is"},
	} {
		p := blurred(t, 1, .3)
		p.PriorID = map[string]string{"weights": "a"}
		run := infer.Run{Samples: 2, Seed: 1, State: filepath.Join(t.TempDir(), "state")}
		if _, err := c.m.Solve(context.Background(), p, run); err != nil {
			t.Fatal(err)
		}
		if res, err := c.m.Solve(context.Background(), p, run); err != nil || strings.Contains(strings.Join(res.Warnings, " "), "resumed") {
			t.Fatalf("its own state: %v", err)
		}
		id := p.PriorID
		m := c.change(p, &run)
		if p.PriorID == nil {
			p.PriorID = id
		}
		if m == nil {
			m = c.m
		}
		var other *infer.OtherRunError
		_, err := m.Solve(context.Background(), p, run)
		if !errors.As(err, &other) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want one that says %q", m.Name(), err, c.want)
		} else if n := len(other.Differences); n != 1 && n != strings.Count(c.want, " here") {
			t.Errorf("%s: %d differences: %q", m.Name(), n, other.Differences)
		}
	}
}

// What a description names in a file is told apart by the content, wherever the file is.
func TestStateOfAnOperatorWithAFile(t *testing.T) {
	m, run := quickDPnP(), infer.Run{Samples: 2, Seed: 1, State: filepath.Join(t.TempDir(), "state")}
	solve := func(file string, number float64) error {
		p := blurred(t, 1, .3)
		table := inverse.Array{File: file, Values: inverse.Numbers([]int{1}, []float64{number}).Values}
		p.Likelihood.Op = &filed{p.Likelihood.Op.(inverse.Linear), filedConfig{table}}
		_, err := m.Solve(context.Background(), p, run)
		return err
	}
	for _, name := range []string{"/old/a.npy", "/new/b.npy"} {
		if err := solve(name, 1); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := solve("/old/a.npy", 2); err == nil || !strings.Contains(err.Error(), `operator is {"kind":"filed","table":"numbers of shape [1], hash `) {
		t.Errorf("a file whose content changed: %v", err)
	}
}

// filed is an operator whose description names a file, on which it does not depend.
type filed struct {
	inverse.Linear
	config filedConfig
}

func (o *filed) Config() inverse.Config { return o.config }

type filedConfig struct {
	Table inverse.Array `json:"table"`
}

func (filedConfig) Kind() string                  { return "filed" }
func (filedConfig) Validate(autodiff.Shape) error { return nil }
func (filedConfig) Build(autodiff.Shape) (inverse.Operator, error) {
	return nil, errors.New("it cannot be built")
}

// An operator without a config is told apart by what it does.
func TestStateOfAnOperatorWithoutConfig(t *testing.T) {
	run := infer.Run{Samples: 2, Seed: 1, State: filepath.Join(t.TempDir(), "state")}
	at := func(std float64) error {
		p := blurred(t, std, .3)
		p.Likelihood.Op = opaque{p.Likelihood.Op.(inverse.Linear)}
		_, err := quickDPnP().Solve(context.Background(), p, run)
		return err
	}
	if err := at(1); err != nil {
		t.Fatal(err)
	}
	if err := at(2); err == nil || !strings.Contains(err.Error(), "operator answers a fixed input otherwise than in the state") {
		t.Errorf("another blur: %v", err)
	}
}

// A state that another kernel path or version began is taken up, and every result from there on says so.
func TestStateOfAnotherKernelPath(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state")
	p, m := blurred(t, 1, .3), quickDPnP()
	run := infer.Run{Samples: 2, Seed: 1, State: file}
	want, err := m.Solve(context.Background(), p, run)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere(t, file)
	for range 2 {
		got, err := m.Solve(context.Background(), p, run)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(strings.Join(got.Warnings, " "), "kernels abacus; then by "+infer.Maker()) || !slices.Equal(got.Samples[1], want.Samples[1]) {
			t.Errorf("warnings %q", got.Warnings)
		}
	}
}

// elsewhere changes a state into one that another kernel path computed.
func elsewhere(t *testing.T, file string) {
	t.Helper()
	f, err := checkpoints.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.Meta["dpnp"] = strings.Replace(f.Meta["dpnp"], infer.Maker(), "kernels abacus", 1)
	copied := &checkpoints.File{Meta: f.Meta}
	for _, s := range f.Tensors() {
		v, err := s.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		if err := copied.Add(checkpoints.FromFloat64(s.Name, s.Shape, v)); err != nil {
			t.Fatal(err)
		}
	}
	if err := checkpoints.Save(file, copied, checkpoints.SaveOptions{}); err != nil {
		t.Fatal(err)
	}
}

// States of the former format, which held a fingerprint and no parts, are refused in words.
func TestFormerStates(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state")
	p := blurred(t, 1, .3)
	for _, m := range []infer.Method{quickDPnP(), dpi.Default()} {
		f := &checkpoints.File{}
		if err := f.SetInfo(checkpoints.Info{Architecture: "dpi", Provenance: []byte(`"0f1e"`)}); err != nil {
			t.Fatal(err)
		}
		if err := f.SetJSON("dpnp", map[string]any{"fingerprint": "0f1e", "round": 4, "network_evaluations": 8}); err != nil {
			t.Fatal(err)
		}
		if err := f.Add(checkpoints.FromFloat64("x", []int{2, 16}, make([]float64, 32))); err != nil {
			t.Fatal(err)
		}
		if err := checkpoints.Save(file, f, checkpoints.SaveOptions{}); err != nil {
			t.Fatal(err)
		}
		_, err := m.Solve(context.Background(), p, infer.Run{Samples: 2, Seed: 1, State: file})
		if err == nil || !strings.Contains(err.Error(), "of this version of tweedie; remove it or name another file") {
			t.Errorf("%s: %v", m.Name(), err)
		}
	}
}
