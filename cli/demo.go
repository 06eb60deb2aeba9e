package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tweedie/infer"
	"tweedie/internal/disk"
	"tweedie/inverse"
	"tweedie/problem"
	"tweedie/report"
	"tweedie/rng"
	"tweedie/zoo"
)

// defaultPrior is the embedded prior that commands take when none is named.
var defaultPrior = "fashion28"

// demoFlags are the flags of demo.
type demoFlags struct {
	out, prior, image, task, methods, config string
	index, samples, images                   int
	sigma                                    float64
	skipToy, full                            bool
}

func demoCommand(o *options) *cobra.Command {
	f := &demoFlags{}
	c := &cobra.Command{
		Use:   "demo",
		Short: "Restore a real image by three methods; writes an HTML page",
		Long: `Restore a real image by three methods; writes an HTML page.

An image that the embedded prior never saw is measured through a forward model with noise, and
DPnP, DPI and RED-diff restore it from the same numbers. Beside them stand a plain restoration,
and a problem whose answer is known. The task's own noise has a standard deviation of a
twentieth of the range of the pixels (a tenth for images below 16x16).

--image takes a picture of your own: PNG and JPEG files of another size are cut to the prior's
proportions around the centre and resized, arrays must fit. The prior knows what it was trained
on only; the page shows what it makes of anything else.

--full fits a normalising flow in place of the Gaussian of DPI, for about half an hour. Ctrl-C saves
in --out, and the same command goes on.

--images N measures and restores N images, the embedded ones in their order or those of --image,
and makes a table with standard errors. The result of each image is kept in --out; the same
command goes on where it stopped.`,
		Example: `  tweedie demo
  tweedie demo --task inpaint --index 7
  tweedie demo --images 50 --task all --out table`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, o) },
	}
	fl := c.Flags()
	fl.StringVar(&f.out, "out", "demo", "folder for report.html, results.json, PNG and npy files")
	fl.StringVar(&f.prior, "prior", defaultPrior, "name of a prior (see 'tweedie zoo list') or a checkpoint file")
	fl.StringVar(&f.image, "image", "", "image of your own to measure: PNG, JPEG, npy")
	fl.StringVar(&f.task, "task", "superres", "superres, deblur, inpaint or dft; with --images also all")
	fl.StringVar(&f.methods, "methods", "dpnp,dpi,red-diff", "methods, with commas between")
	fl.StringVar(&f.config, "config", "", `JSON object, or a file with it, with fields of methods to change: {"dpnp":{"rounds":40}}`)
	fl.IntVar(&f.index, "index", 0, fmt.Sprintf("which of the %d embedded images", carriedCount))
	fl.IntVar(&f.samples, "samples", 16, "posterior samples, or restarts, of each method; 8 with --images")
	fl.IntVar(&f.images, "images", 0, "make a table of so many images in place of the page")
	fl.Float64Var(&f.sigma, "sigma", 0, "standard deviation of the noise in place of the task's own, in the units of the pixels")
	fl.BoolVar(&f.full, "full", false, "fit a normalising flow as DPI's family; resumes")
	fl.BoolVar(&f.skipToy, "skip-toy", false, "leave out the problem with the known answer")
	return c
}

func (f *demoFlags) run(cmd *cobra.Command, o *options) (err error) {
	prior, err := problem.OpenPrior(f.prior, nil)
	if err != nil {
		return err
	}
	tasks, err := chooseTasks(f.task, prior)
	if err != nil {
		return err
	}
	if cmd.Flags().Changed("sigma") {
		for i := range tasks {
			tasks[i].sigma = f.sigma
		}
	}
	if f.images != 0 && !cmd.Flags().Changed("samples") {
		f.samples = 8
	}
	if err := checkCount("--samples", f.samples, 2, prior.Shape().Size()); err != nil {
		return err
	}
	if f.images != 0 {
		return f.runTable(cmd, o, prior, tasks)
	}
	if len(tasks) != 1 {
		return errors.New("--task all is for tables; give --images as well")
	}
	e := page
	if f.full {
		e = full
	}
	methods, err := chooseMethods(f.methods, f.config, prior, e)
	if err != nil {
		return err
	}
	truth, what, err := f.truth(cmd.Context(), prior)
	if err != nil {
		return err
	}
	c, err := newCase(prior, tasks[0], truth, rng.New(o.seed))
	if err != nil {
		return err
	}
	folder, err := beginOut(cmd, "--out", f.out, demoNames(methods)...)
	if err != nil {
		return err
	}
	defer func() { err = endOut(f.out, folder, err) }()
	d := &demo{demoCase: c, o: o, f: f, cmd: cmd, folder: folder, what: what, begin: time.Now()}
	d.out = demoOutcome{Seed: o.seed, Prior: prior.Summary(), Image: what, Task: c.task.name, Sigma: c.task.sigma,
		Operator: describeOperator(c.Lik.Op), Baseline: c.plain, Machine: machine()}
	err = d.solve(cmd.Context(), methods)
	if err == nil && !f.skipToy {
		err = d.toy(cmd.Context())
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return errors.Join(err, d.finish())
}

// demoNames returns patterns for the names of the files of a demonstration.
func demoNames(methods []infer.Method) []string {
	names := []string{report.PageFile, report.JSONFile}
	names = append(names, problemFiles...)
	for _, m := range methods {
		for _, p := range report.ResultFiles() {
			names = append(names, m.Name()+"/"+p)
		}
	}
	return names
}

// truth is the image that the demonstration measures, and what it is.
func (f *demoFlags) truth(ctx context.Context, prior *zoo.Prior) (x []float64, what string, err error) {
	if f.image != "" {
		x, what, err = fitImage(ctx, f.image, prior)
		if err == nil && what == "" {
			what = f.image
		}
		return x, what, err
	}
	own, err := carriedFor(prior.Shape())
	if err != nil {
		return nil, "", err
	}
	if f.index < 0 || f.index >= carriedCount {
		return nil, "", fmt.Errorf("--index is %d; it must lie in [0, %d)", f.index, carriedCount)
	}
	return own.image(f.index, prior.Spec.Range[0], prior.Spec.Range[1]), fmt.Sprintf("%s, --index %d", own.what, f.index), nil
}

// demoCase is one image, what was measured of it, and its plain restoration.
type demoCase struct {
	report.Subject
	prior *zoo.Prior
	task  demoTask
	base  []float64 // the plain restoration
	plain plainScore
}

// plainScore is how near the plain restoration comes to the truth.
type plainScore struct {
	Name string   `json:"name"`
	PSNR *float64 `json:"psnr_db"`
	SSIM *float64 `json:"ssim"`
}

// newCase measures an image with the noise of key.
func newCase(prior *zoo.Prior, task demoTask, truth []float64, key rng.Key) (*demoCase, error) {
	op, err := task.op.Build(prior.Shape())
	if err != nil {
		return nil, err
	}
	noise := inverse.Gaussian{Sigma: task.sigma}
	if err := noise.Validate(op.OutShape().Size()); err != nil {
		return nil, fmt.Errorf("--sigma: %w", err)
	}
	lik, err := inverse.NewLikelihood(op, noise, problem.Simulate(op, noise, truth, key))
	if err != nil {
		return nil, err
	}
	c := &demoCase{Subject: subject(prior, lik, truth), prior: prior, task: task}
	if c.base, err = task.restore(prior, lik); err != nil {
		return nil, err
	}
	clip(c.base, prior.Spec.Range)
	score, err := c.Assess(&infer.Result{Mean: c.base, Std: make([]float64, len(c.base))})
	c.plain = plainScore{task.baseline, score.PSNR, score.SSIM}
	return c, err
}

// gain is how many dB a score lies above the plain restoration; nil where one of them has no error.
func (c *demoCase) gain(s report.Score) *float64 {
	if s.PSNR == nil || c.plain.PSNR == nil {
		return nil
	}
	g := *s.PSNR - *c.plain.PSNR
	return &g
}

// demo gathers the sections of the page and the numbers of results.json.
type demo struct {
	*demoCase
	o      *options
	f      *demoFlags
	cmd    *cobra.Command
	folder *disk.Folder
	what   string // the image
	begin  time.Time
	page   report.Page
	out    demoOutcome
}

// demoOutcome is results.json of a demonstration.
type demoOutcome struct {
	Seed     uint64         `json:"seed"`
	Prior    string         `json:"prior"`
	Image    string         `json:"image"`
	Task     string         `json:"task"`
	Operator any            `json:"operator"`
	Sigma    float64        `json:"sigma"`
	Machine  map[string]any `json:"machine"`
	Baseline plainScore     `json:"baseline"`
	Methods  []demoResult   `json:"methods"`
	Toy      []toyResult    `json:"two_modes,omitempty"`
	Seconds  float64        `json:"seconds"`
}

type demoResult struct {
	Score  report.Score  `json:"score"`
	Gain   *float64      `json:"psnr_over_baseline_db"`
	Result *infer.Result `json:"result"`
}

// solve runs the methods on the measurement and saves what each finds; what is done when ctx ends is kept.
func (d *demo) solve(ctx context.Context, methods []infer.Method) error {
	if err := d.saveProblem(); err != nil {
		return err
	}
	p := infer.NewProblem(d.prior, d.Lik)
	if d.f.full {
		var err error
		if p.PriorID, err = d.prior.Identity(); err != nil {
			return err
		}
	}
	for _, m := range methods {
		state := ""
		if d.f.full && m.Name() != "red-diff" { // it stays in --out also after a kill
			dir := filepath.Join(d.f.out, m.Name())
			if err := os.MkdirAll(dir, 0o777); err != nil {
				return err
			}
			state = filepath.Join(dir, "state.safetensors")
		}
		progress, done := follow(m.Name())
		res, err := m.Solve(ctx, p, infer.Run{Samples: d.f.samples, Seed: d.o.seed, State: state, Progress: progress})
		done()
		if res == nil {
			return err
		}
		if err != nil {
			res.Warnings = append(res.Warnings, cutShort)
		}
		score, e := d.Assess(res)
		if e != nil {
			return e
		}
		if e := d.SaveResult(filepath.Join(d.folder.Path(), m.Name()), res); e != nil {
			return e
		}
		d.out.Methods = append(d.out.Methods, demoResult{score, d.gain(score), res})
		if err != nil {
			return err
		}
	}
	return nil
}

// finish writes the page and prints a table.
func (d *demo) finish() error {
	d.out.Seconds = time.Since(d.begin).Seconds()
	if err := d.compose(); err != nil {
		return err
	}
	if err := d.page.Save(d.folder.Path()); err != nil {
		return err
	}
	if err := report.SaveJSON(d.folder.Path(), d.out); err != nil {
		return err
	}
	if err := d.folder.Commit(); err != nil {
		return outError("--out", d.f.out, err)
	}
	w := d.cmd.OutOrStdout()
	if d.o.json {
		return printJSON(w, d.out)
	}
	fmt.Fprintf(w, "%s, noise %.3g\n%s\n", d.task.title, d.task.sigma, d.what)
	fmt.Fprintf(w, "%-12s %9s %9s %7s %9s %10s %12s %7s\n", "", "PSNR dB", "gain dB", "SSIM", "chi2/m", "spread/err", "evaluations", "s")
	fmt.Fprintf(w, "%-12s %9s %9s %7s\n", d.plain.Name, report.Text("%.2f", d.plain.PSNR), "", report.Text("%.3f", d.plain.SSIM))
	for _, r := range d.out.Methods {
		fmt.Fprintf(w, "%-12s %9s %9s %7s %9.2f %10s %12d %7.1f\n", title(r.Result.Method), report.Text("%.2f", r.Score.PSNR), report.Text("%+.2f", r.Gain),
			report.Text("%.3f", r.Score.SSIM), r.Score.SampleChi2, report.Text("%.2f", r.Score.SpreadOverRM), r.Result.Evaluations, r.Result.Elapsed.Seconds())
	}
	if slices.ContainsFunc(d.out.Methods, func(r demoResult) bool { return r.Result.Method == "red-diff" }) {
		fmt.Fprintf(w, "             (RED-diff: %s)\n", infer.RestartSpread)
	}
	for _, r := range d.out.Methods {
		for _, warning := range r.Result.Warnings {
			fmt.Fprintf(w, "warning: %s: %s\n", title(r.Result.Method), warning)
		}
	}
	for _, r := range d.out.Toy {
		fmt.Fprintf(w, "two modes, %-9s %s\n", title(r.Result.Method)+":", r.line())
	}
	fmt.Fprintf(w, "%.0f s; written: %s\n", d.out.Seconds, filepath.Join(d.f.out, report.PageFile))
	return nil
}
