package demo

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/inverse"
	"tweedie/prior"
	"tweedie/report"
	"tweedie/zoo"
)

// The problem with two modes of Feng et al.'s demonstration: y = a^T x + n with a = (-2, 1.7), sigma = 0.2, y = 0.3.
var (
	toyRow   = []float64{-2, 1.7}
	toySigma = 0.2
	toyY     = []float64{0.3}
)

// toyProblem returns the problem with its exact posterior and evidence log p(y).
func toyProblem() (*infer.Problem, *exact.Mixture, float64, error) {
	prior, err := zoo.Open("toy2d", prior.Options{})
	if err != nil {
		return nil, nil, 0, err
	}
	op, err := inverse.DenseConfig{Rows: 1, Data: toyRow}.Build(prior.Shape())
	if err != nil {
		return nil, nil, 0, err
	}
	lik, err := inverse.NewLikelihood(op, inverse.Gaussian{Sigma: toySigma}, toyY)
	if err != nil {
		return nil, nil, 0, err
	}
	post, evidence, err := prior.Exact.(*exact.Mixture).Posterior(exact.Measure(mat.NewDense(1, 2, toyRow), toyY, toySigma))
	return infer.NewProblem(prior, lik), post, evidence, err
}

// ToyResult compares samples with the exact posterior.
type ToyResult struct {
	Result    *infer.Result `json:"result"`
	Weight    float64       `json:"weight_of_lower_mode"`
	Exact     float64       `json:"exact_weight_of_lower_mode"`
	MeanError float64       `json:"error_of_mean"` // distance of the samples' mean from the exact one
	Between   float64       `json:"mass_between"`  // fraction of samples in the middle third between the modes
	Evidence  float64       `json:"exact_log_evidence"`
	KL        *float64      `json:"kl,omitempty"` // KL(q || posterior) in nats, where q is known
	KLError   float64       `json:"kl_error,omitempty"`
}

func (t ToyResult) line() string {
	line := fmt.Sprintf("weight of the lower mode %.3f (exact %.3f), mean off by %.3f", t.Weight, t.Exact, t.MeanError)
	if t.KL != nil {
		line += fmt.Sprintf(", KL %.3f ± %.3f nats", *t.KL, t.KLError)
	}
	if e := t.Result.Evidence; e != nil && e.Why == "" {
		line += fmt.Sprintf(", log evidence %.3f ± %.3f (exact %.3f)", e.Value, e.StdErr, t.Evidence)
	}
	return line
}

// toy solves the problem with two modes and draws the samples over the exact posterior.
func (d *page) toy(ctx context.Context) error {
	p, post, evidence, err := toyProblem()
	if err != nil {
		return err
	}
	density := func(x, y float64) float64 { return math.Exp(post.LogDensity([]float64{x, y}, 0)) }
	sec := report.Section{Title: "Two modes, and the exact answer",
		Text: "The prior is an equal mixture of two round Gaussians and the measurement is one noisy number, so the posterior is known exactly: the lines are its contours, the dots are samples. DPnP starts from draws of the prior in both modes and weighs them as it brings them to the data, so that the modes have their right weights and the sum of the weights estimates the evidence p(y). DPI fits here with importance weights, which move mass between modes; its continuous map leaves a thin bridge. RED-diff seeks modes, and which mode a restart finds depends on where it starts."}
	defer func() {
		if len(sec.Plots) > 0 {
			d.html.Sections = append(d.html.Sections, sec)
		}
	}()
	for _, chosen := range d.methods {
		kind, err := infer.KindOf(chosen.Name())
		if err != nil {
			return err
		}
		m := kind.New(p, infer.Plane)
		n := 1000
		res, err := d.run(ctx, m, p, infer.Run{Samples: n, Seed: d.c.Seed})
		if res == nil {
			return err
		}
		t := compareToy(res, post, evidence)
		var xs, ys []float64
		for _, s := range res.Samples {
			xs, ys = append(xs, s[0]), append(ys, s[1])
		}
		plot, e := report.Scatter2D(fmt.Sprintf("%s, %d samples", infer.Title(m.Name()), n), xs, ys, density, -1.1, 1.1)
		if e != nil {
			return e
		}
		sec.Plots = append(sec.Plots, plot)
		sec.Facts = append(sec.Facts, report.Fact{Name: infer.Title(m.Name()), Value: t.line(), Note: res.Spread})
		for _, note := range res.Notes {
			sec.Notes = append(sec.Notes, infer.Title(m.Name())+": "+note)
		}
		for _, w := range res.Warnings {
			sec.Warnings = append(sec.Warnings, infer.Title(m.Name())+": "+w)
		}
		d.out.Toy = append(d.out.Toy, t)
		if err != nil {
			return err
		}
	}
	return nil
}

// compareToy measures samples against the exact posterior. The lower mode is the one with negative coordinates.
func compareToy(res *infer.Result, post *exact.Mixture, evidence float64) ToyResult {
	t := ToyResult{Result: res, Evidence: evidence}
	mean := post.Mean()
	c := post.Components()
	a, b := c[0].Mean(), c[1].Mean()
	t.Exact = post.Weights()[0]
	n := float64(len(res.Samples))
	var mx, my float64
	for _, s := range res.Samples {
		if post.Responsibilities(s, 0)[0] > 0.5 {
			t.Weight += 1 / n
		}
		mx += s[0] / n
		my += s[1] / n
		along := ((s[0]-a[0])*(b[0]-a[0]) + (s[1]-a[1])*(b[1]-a[1])) / ((b[0]-a[0])*(b[0]-a[0]) + (b[1]-a[1])*(b[1]-a[1]))
		if along > 1./3 && along < 2./3 {
			t.Between += 1 / n
		}
	}
	t.MeanError = math.Hypot(mx-mean[0], my-mean[1])
	for _, g := range res.Diagnostics {
		if g.Name == "ELBO" {
			kl := evidence - g.Value
			t.KL, t.KLError = &kl, g.StdErr
		}
	}
	return t
}
