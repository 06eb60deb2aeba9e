package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tweedie/infer"
	"tweedie/inverse"
	"tweedie/report"
	"tweedie/rng"
	"tweedie/zoo"
)

// demoFlags are the flags of demo.
type demoFlags struct {
	out, image, task string
	index, samples   int
	sigma            float64
	skipToy          bool
}

func demoCommand(o *options) *cobra.Command {
	f := &demoFlags{}
	c := &cobra.Command{
		Use:   "demo",
		Short: "Three methods on a real image, and on a problem with a known answer",
		Long: `Measure a handwritten digit that the embedded prior never saw, coarsely and with noise, and
recover it by DPnP, DPI and RED-diff from the same measurement. Then do the same for a prior
with two modes whose exact posterior is known, and draw the answers over it.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, o) },
	}
	fl := c.Flags()
	fl.StringVar(&f.out, "out", "demo", "folder for report.html, results.json and PNG files")
	fl.StringVar(&f.image, "image", "", "an 8x8 gray image (PNG, JPEG, npy) instead of an embedded digit")
	fl.StringVar(&f.task, "task", "superres", "superres, inpaint, deblur or dft")
	fl.IntVar(&f.index, "index", 0, fmt.Sprintf("which of the %d embedded digits", digitCount))
	fl.IntVar(&f.samples, "samples", 32, "posterior samples, or restarts, of each method")
	fl.Float64Var(&f.sigma, "sigma", 0.1, "standard deviation of the noise; pixels are in [0, 1]")
	fl.BoolVar(&f.skipToy, "skip-toy", false, "leave out the problem with the known answer")
	return c
}

// tasks are the forward models of the demonstration.
var tasks = map[string]inverse.Config{
	"superres": inverse.BlockAverageConfig{Rows: 2, Cols: 2},
	"inpaint":  inverse.InpaintConfig{Box: &inverse.BoxConfig{Top: 2, Left: 2, Height: 4, Width: 4}},
	"deblur":   inverse.BlurConfig{Boundary: "circular", Gaussian: &inverse.GaussianConfig{Size: 5, Std: 1}},
	"dft":      inverse.DFTConfig{Random: &inverse.RandomDFTConfig{Keep: 0.4, Centre: 1, Seed: 1}},
}

func (f *demoFlags) run(cmd *cobra.Command, o *options) error {
	begin := time.Now()
	prior, err := zoo.Open("digits8")
	if err != nil {
		return err
	}
	task, ok := tasks[f.task]
	if !ok {
		return fmt.Errorf("--task %q is unknown; it must be superres, inpaint, deblur or dft", f.task)
	}
	if err := checkCount("--samples", f.samples, 2, prior.Shape().Size()); err != nil {
		return err
	}
	truth, err := f.truth(prior)
	if err != nil {
		return err
	}
	op, err := task.Build(prior.Shape())
	if err != nil {
		return err
	}
	noise := inverse.Gaussian{Sigma: f.sigma}
	if err := noise.Validate(op.OutShape().Size()); err != nil {
		return fmt.Errorf("--sigma: %w", err)
	}
	lik, err := inverse.NewLikelihood(op, noise, simulate(op, noise, truth, rng.New(o.seed)))
	if err != nil {
		return err
	}
	if err := prepareOut("--out", f.out); err != nil {
		return err
	}
	d := &demo{o: o, f: f, w: cmd, dir: f.out, out: demoOutcome{Seed: o.seed, Task: f.task, Sigma: f.sigma, Machine: machine()}}
	err = d.digit(cmd.Context(), prior, lik, truth)
	if err == nil && !f.skipToy {
		err = d.toy(cmd.Context())
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	d.out.Seconds = time.Since(begin).Seconds()
	return errors.Join(err, d.finish(prior))
}

// truth is the image that the demonstration measures.
func (f *demoFlags) truth(prior *zoo.Prior) ([]float64, error) {
	if f.image != "" {
		return readImage(f.image, prior)
	}
	if f.index < 0 || f.index >= digitCount {
		return nil, fmt.Errorf("--index is %d; it must lie in [0, %d)", f.index, digitCount)
	}
	return heldOutDigit(f.index), nil
}

// demo gathers the sections of the page and the numbers of results.json.
type demo struct {
	o    *options
	f    *demoFlags
	w    *cobra.Command
	dir  string
	page report.Page
	out  demoOutcome
}

// demoOutcome is results.json of a demonstration.
type demoOutcome struct {
	Seed    uint64         `json:"seed"`
	Task    string         `json:"task"`
	Sigma   float64        `json:"sigma"`
	Machine map[string]any `json:"machine"`
	Digit   []demoResult   `json:"digit"`
	Toy     []toyResult    `json:"two_modes,omitempty"`
	Seconds float64        `json:"seconds"`
}

type demoResult struct {
	Score  report.Score  `json:"score"`
	Result *infer.Result `json:"result"`
}

// digitMethods are the three methods with the settings of the demonstration.
func digitMethods(prior *zoo.Prior) []infer.Method {
	std, unit := prior.Spec.Std, prior.Spec.Affine.Unit()
	gibbs := infer.DefaultDPnP()
	gibbs.EtaMax, gibbs.EtaMin, gibbs.Rounds, gibbs.Hold, gibbs.Steps, gibbs.Heun = std, std/16, 40, 8, 8, true
	vi := infer.DefaultDPI()
	vi.Steps, vi.Batch, vi.LR, vi.FinalLR, vi.Check = 400, 32, 3e-2, 1e-3, 256
	red := infer.DefaultREDDiff()
	red.Steps, red.LR = 250, 0.1*unit
	return []infer.Method{gibbs, vi, red}
}

// methodTexts say in words what a method's section shows.
var methodTexts = map[string]string{
	"dpnp":     "Split Gibbs sampling: each sample is a chain of its own that alternates exact draws given the data with draws from the prior given a noisy image. In the limit of small coupling its samples are posterior samples.",
	"dpi":      "Variational inference: a Gaussian with a diagonal and a low-rank part is fitted to the posterior by maximising the evidence lower bound, with a diffusion bound in place of log p(x). A Gaussian is all it can say.",
	"red-diff": "Optimisation of one image at a time towards a mode. Restarts differ by their random numbers only; their spread is set by the step size and is not an uncertainty.",
}

// digit solves the digit's problem by the three methods.
func (d *demo) digit(ctx context.Context, prior *zoo.Prior, lik *inverse.Likelihood, truth []float64) error {
	s := subject(prior, lik, truth)
	pics, err := s.Pictures()
	if err != nil {
		return err
	}
	d.page.Sections = append(d.page.Sections, report.Section{Title: "A digit that the prior never saw",
		Text:     "The truth is used for comparison only: every method sees the measurement, the forward model and the noise level.",
		Pictures: pics, Facts: []report.Fact{{Name: "forward model", Value: string(describeOperator(lik.Op))}, {Name: "noise", Value: fmt.Sprintf("Gaussian, sigma %g", d.f.sigma)}}})
	for _, m := range digitMethods(prior) {
		progress, done := follow(m.Name())
		res, err := m.Solve(ctx, newProblem(prior, lik), infer.Run{Samples: d.f.samples, Seed: d.o.seed, Progress: progress})
		done()
		if res == nil {
			return err
		}
		if err != nil {
			res.Warnings = append(res.Warnings, cutShort)
		}
		score, e := s.Assess(res)
		if e != nil {
			return e
		}
		sec, e := s.MethodSection(title(m.Name()), methodTexts[m.Name()], res)
		if e != nil {
			return e
		}
		if e := s.SaveResult(filepath.Join(d.dir, m.Name()), res); e != nil {
			return e
		}
		d.page.Sections = append(d.page.Sections, sec)
		d.out.Digit = append(d.out.Digit, demoResult{score, res})
		if err != nil {
			return err
		}
	}
	return nil
}

// title is a method's name as authors write it.
func title(name string) string {
	return map[string]string{"dpnp": "DPnP", "dpi": "DPI", "red-diff": "RED-diff"}[name]
}

// finish writes the files and prints a table.
func (d *demo) finish(prior *zoo.Prior) error {
	d.page.Title = "Three methods, one measurement"
	d.page.Lead = "A score prior learned from real images recovers a picture from too few, noisy numbers. Three methods answer; each section says how far to trust its answer."
	d.page.Facts = []report.Fact{
		{Name: "prior", Value: prior.Summary()}, {Name: "seed", Value: fmt.Sprint(d.o.seed)},
		{Name: "kernels", Value: fmt.Sprint(d.out.Machine["kernels"])}, {Name: "time", Value: fmt.Sprintf("%.0f s", d.out.Seconds)},
	}
	if err := d.page.Save(d.dir); err != nil {
		return err
	}
	if err := report.SaveJSON(d.dir, d.out); err != nil {
		return err
	}
	if d.o.json {
		return printJSON(d.w.OutOrStdout(), d.out)
	}
	w := d.w.OutOrStdout()
	fmt.Fprintf(w, "%-10s %9s %7s %9s %10s %12s %7s\n", "method", "PSNR dB", "SSIM", "chi2/m", "spread/err", "evaluations", "s")
	for _, r := range d.out.Digit {
		fmt.Fprintf(w, "%-10s %9s %7s %9.2f %10s %12d %7.1f\n", title(r.Result.Method), report.Text("%.2f", r.Score.PSNR), report.Text("%.3f", r.Score.SSIM),
			r.Score.SampleChi2, report.Text("%.2f", r.Score.SpreadOverRM), r.Result.Evaluations, r.Result.Elapsed.Seconds())
	}
	if i := slices.IndexFunc(d.out.Digit, func(r demoResult) bool { return r.Result.Method == "red-diff" }); i >= 0 {
		fmt.Fprintf(w, "           (RED-diff: %s)\n", infer.RestartSpread)
	}
	for _, r := range d.out.Toy {
		fmt.Fprintf(w, "two modes, %-9s %s\n", title(r.Result.Method)+":", r.line())
	}
	fmt.Fprintf(w, "written: %s\n", filepath.Join(d.dir, "report.html"))
	return nil
}
