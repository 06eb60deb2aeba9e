package infer_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
)

// loop is a method whose Solve is EachSample with a given draw.
type loop struct {
	draw func(dst []float64, d *infer.Draw) error
}

func (loop) Name() string    { return "loop" }
func (loop) Validate() error { return nil }
func (m loop) Solve(ctx context.Context, p *infer.Problem, run infer.Run) (*infer.Result, error) {
	return infer.EachSample(ctx, m, p, run, infer.BiasedSpread, m.draw)
}

// One step of DPS in the norm form with zeta 0.3 from u = x_t/0.6, r = 4/3 to s = 3/4, z given, against azula. The
// values are x_s = 0.8 u_s, and zeta multiplies the gradient in x_t.
func TestDenoiseVJPMakesOneStepOfDPS(t *testing.T) {
	f2 := mat.NewSymDense(2, []float64{1, .6, .6, .5})
	for _, c := range []struct {
		mean        []float64
		cov         *mat.SymDense
		a           []float64
		y, u, z, xs []float64
	}{
		{[]float64{.3}, mat.NewSymDense(1, []float64{.49}), []float64{2}, []float64{1.5}, []float64{1.5}, []float64{.7}, []float64{1.2488717141}},
		{[]float64{.2, -.1}, f2, []float64{1, .5}, []float64{.8}, []float64{1.5, -.4 / .6}, []float64{.7, -1.1}, []float64{1.2147922039, -.5629887279}},
		{[]float64{.2, -.1}, f2, []float64{1, .5, 0, 2}, []float64{.8, -.5}, []float64{1.5, -.4 / .6}, []float64{.7, -1.1}, []float64{.9344484297, -.7955695406}},
	} {
		for _, value := range []diffusion.Affine{{}, {Scale: .25, Shift: .5}} {
			n, got := len(c.mean), make([]float64, len(c.mean))
			p := stepProblem(t, c.mean, c.cov, c.a, c.y, value)
			_, err := loop{func(dst []float64, d *infer.Draw) error {
				const r, s = 4. / 3, .75
				x0, g := make([]float64, n), make([]float64, n)
				norm := 0.0
				err := d.DenoiseVJP(x0, g, c.u, r, func(ct, x []float64) {
					p.Likelihood.Grad(ct, x)
					norm = math.Sqrt(2 * p.Likelihood.NegLog(x))
				})
				for i := range got {
					us := x0[i] + s*s/(r*r)*(c.u[i]-x0[i]) + s*math.Sqrt(1-s*s/(r*r))*c.z[i]
					got[i] = .8*us - .3*g[i]/norm/.6
				}
				return err
			}}.Solve(context.Background(), p, infer.Run{Samples: 1})
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range c.xs {
				if math.Abs(got[i]-want) > 1e-9 {
					t.Errorf("n=%d m=%d, %+v: entry %d is %.10f, want %.10f", n, len(c.y), value, i, got[i], want)
				}
			}
		}
	}
}

// stepProblem is N(mean, cov) measured through the matrix a with unit noise, its prior in other units under an Affine.
func stepProblem(t *testing.T, mean []float64, cov *mat.SymDense, a, y []float64, value diffusion.Affine) *infer.Problem {
	t.Helper()
	n := len(mean)
	m, c := make([]float64, n), mat.NewSymDense(n, nil)
	for i, v := range mean {
		m[i] = value.ToPrior(v)
	}
	c.ScaleSym(1/(value.Unit()*value.Unit()), cov)
	prior, err := exact.NewGaussian(m, c)
	if err != nil {
		t.Fatal(err)
	}
	op, err := inverse.DenseConfig{Rows: len(y), Data: a}.Build(autodiff.S(n))
	if err != nil {
		t.Fatal(err)
	}
	p := cases.Problem(prior, op, 1, y)
	p.Affine = value
	return p
}

// The loop counts what went through it, reports every sample, and returns the finished samples when the context ends.
func TestEachSampleStops(t *testing.T) {
	m := loop{func(dst []float64, d *infer.Draw) error {
		d.Stream.FillNorm(dst)
		if err := d.Denoise(dst, dst, 1); err != nil {
			return err
		}
		return d.DenoiseVJP(dst, make([]float64, len(dst)), append([]float64(nil), dst...), .5, func(ct, x []float64) { copy(ct, x) })
	}}
	whole, err := m.Solve(context.Background(), cases.Small(), infer.Run{Samples: 3, Seed: 2})
	if err != nil || len(whole.Samples) != 3 || whole.Evaluations != 9 || whole.Spread != infer.BiasedSpread || whole.Elapsed <= 0 {
		t.Fatalf("%+v, %v", whole, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var seen []infer.Progress
	part, err := m.Solve(ctx, cases.Small(), infer.Run{Samples: 3, Seed: 2, Progress: func(p infer.Progress) {
		if seen = append(seen, p); p.Done == 2 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || len(part.Samples) != 2 || part.Evaluations != 6 || part.Mean == nil {
		t.Errorf("cancelled after two samples: %+v, %v", part, err)
	}
	if len(seen) != 2 || seen[1] != (infer.Progress{Stage: "sample", Done: 2, Total: 3, Evaluations: 6}) {
		t.Errorf("progress %v", seen)
	}
	for i, x := range part.Samples {
		for j, v := range x {
			if v != whole.Samples[i][j] {
				t.Fatalf("sample %d changes when the run is cancelled", i)
			}
		}
	}
	cancelled, err := m.Solve(ctx, cases.Small(), infer.Run{Samples: 3})
	if !errors.Is(err, context.Canceled) || cancelled == nil || cancelled.Evaluations != 0 {
		t.Errorf("begun with an ended context: %+v, %v", cancelled, err)
	}
}

// Steps of all samples make one count.
func TestDrawStep(t *testing.T) {
	var done []int
	_, err := loop{func(dst []float64, d *infer.Draw) error {
		d.Step(1, 2)
		d.Step(2, 2)
		return nil
	}}.Solve(context.Background(), cases.Small(), infer.Run{Samples: 2, Progress: func(p infer.Progress) {
		if done = append(done, p.Done); p.Stage != "step" || p.Total != 4 {
			t.Errorf("%+v", p)
		}
	}})
	if err != nil || len(done) != 4 || done[3] != 4 {
		t.Errorf("steps %v, %v", done, err)
	}
}

// What cannot be right is an error that names the sample.
func TestEachSampleRefuses(t *testing.T) {
	for want, draw := range map[string]func(dst []float64, d *infer.Draw) error{
		"loop: sample 1: the image that the method made is NaN in pixel 2": func(dst []float64, d *infer.Draw) error {
			if d.Index == 1 {
				dst[2] = math.NaN()
			}
			return nil
		},
		"loop: sample 0: out of luck": func([]float64, *infer.Draw) error { return errors.New("out of luck") },
		"loop: sample 0: the denoiser was given 3 values; it takes images of shape [1,4,6]": func(_ []float64, d *infer.Draw) error {
			return d.Denoise(make([]float64, 3), make([]float64, 3), 1)
		},
	} {
		res, err := loop{draw}.Solve(context.Background(), cases.Small(), infer.Run{Samples: 2})
		if res != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, %v; want an error with %q", res, err, want)
		}
	}
	_, err := loop{}.Solve(context.Background(), cases.Small(), infer.Run{Samples: 2, State: "x.safetensors"})
	if err == nil || !strings.Contains(err.Error(), "keeps no state") {
		t.Errorf("a state file that would not be written: %v", err)
	}
}
