package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tweedie/checkpoints"
	"tweedie/diffusion/exact/exactfile"
	"tweedie/infer"
	_ "tweedie/infer/all"
	"tweedie/internal/disk"
	"tweedie/internal/input"
	"tweedie/internal/priors"
	"tweedie/inverse"
	"tweedie/problem"
	"tweedie/report"
)

// solveFlags are the flags of solve.
type solveFlags struct {
	problem, prior, op, y, image, simulate, method, config, out, state string
	sigma                                                              float64
	samples, class                                                     int
	size                                                               []int
	dryRun, sigmaGiven, opGiven                                        bool
}

func solveCommand(o *options) *cobra.Command {
	f := &solveFlags{}
	c := &cobra.Command{
		Use:   "solve",
		Short: "Turn a measurement into posterior samples",
		Long: `Turn a measurement into posterior samples.

The forward model is a JSON object, or a file that holds one, with a "kind":
  {"kind": "block-average", "rows": 2, "cols": 2}
  {"kind": "inpaint", "box": {"top": 2, "left": 2, "height": 3, "width": 3}}
  {"kind": "blur", "boundary": "circular", "gaussian": {"size": 5, "std": 1}}
kinds: ` + strings.Join(inverse.Kinds(), ", ") + `

Methods, whose fields --config changes (docs/methods.md has those of dpnp, docs/which-method.md says which to take):
` + methodList() + `

Give --y with your measurement, or --simulate with an image to simulate one from, or with the
word prior for an image that is drawn (--image is the same for an image). A dft
measures complex numbers: an array [2,C,K] of real and then imaginary parts, or a complex one
[K] or [C,K] as numpy's fft2(x, norm="ortho") gives; with "unnormalised": true, as fft2(x) does.
The truth of a simulation is used for comparison only.

--prior may be a file that describes a closed form, whose denoiser is exact (docs/exact-priors.md):
  {"kind": "gaussian", "shape": [1, 8, 8], "kernel": {"kind": "exponential", "variance": 0.25, "length": 2, "nugget": 0.0025}}
kinds: ` + strings.Join(exactfile.Kinds(), ", ") + `

All of this may stand in one file, which --problem names; its paths are relative to it:
  {"prior": "digits8", "operator": {"kind": "block-average", "rows": 2, "cols": 2},
   "noise": {"kind": "gaussian", "sigma": 0.05}, "data": "y.npy", "mask": "mask.png",
   "method": {"kind": "dpnp", "smc": {"particles": 128}}, "samples": 16, "seed": 1}
A flag beside it replaces its field: --prior, --class, --size, --op (operator), --y (data), --simulate and --image (simulate), --sigma (noise),
--method (method, all of it), --samples, --seed; --config changes fields of the method. data may be numbers, npy, npz
("file.npz:name"), FITS ("file.fits:1"), MatrixMarket or a picture; what is NaN there, or 0 in mask, is missing and left out. --dry-run prints the whole
problem with everything filled in, which can be saved and run, with what its operator is like and
what the run will take, and stops (docs/problem-files.md has every field). Numbers of dpnp that are 0 there, and its
mode "auto", follow from the problem; the result's settings show what they became, and a note says why.

--out is replaced whole, without the files of a former result; other files in it stay. Ctrl-C saves what
is done there. With --state the same command goes on.`,
		Example: `  tweedie solve --prior digits8 --op '{"kind":"block-average","rows":2,"cols":2}' --y y.npy --sigma 0.05 --out result
  tweedie solve --prior model.safetensors --op blur.json --image photo.png --sigma 0.02 --method red-diff --out result
  tweedie solve --problem problem.json --samples 64 --out result`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, o) },
	}
	fl := c.Flags()
	f.problemFlags(fl)
	fl.BoolVar(&f.dryRun, "dry-run", false, "print the effective problem and stop")
	f.dataFlags(fl)
	fl.IntVar(&f.samples, "samples", 16, "posterior samples")
	fl.StringVar(&f.out, "out", "solution", "folder for report.html, results.json, PNG and npy files")
	fl.StringVar(&f.state, "state", "", "file from which the run resumes and to which it saves")
	return c
}

// problemFlags adds the flags that say what is solved, and how.
func (f *solveFlags) problemFlags(fl *pflag.FlagSet) {
	fl.StringVar(&f.problem, "problem", "", "file with the whole problem; other flags replace its fields")
	fl.StringVar(&f.prior, "prior", defaultPrior, priorUsage)
	classFlag(fl, &f.class)
	sizeFlag(fl, &f.size)
	fl.StringVar(&f.op, "op", `{"kind":"block-average","rows":2,"cols":2}`, "forward model, JSON or a file with it; needed with --y")
	fl.Float64Var(&f.sigma, "sigma", 0.05, "standard deviation of the Gaussian noise, in the units of the measurement; needed with --y")
	fl.StringVar(&f.method, "method", "dpnp", strings.Join(infer.Names(), ", "))
	fl.StringVar(&f.config, "config", "", "JSON object with fields of the method to change, or a file with it")
}

// dataFlags adds the flags that say what was measured.
func (f *solveFlags) dataFlags(fl *pflag.FlagSet) {
	fl.StringVar(&f.y, "y", "", "measurement: npy, npz:NAME, FITS, MatrixMarket or a picture")
	fl.StringVar(&f.image, "image", "", "image to simulate a measurement from, npy, PNG or JPEG")
	fl.StringVar(&f.simulate, "simulate", "", "the word prior, to simulate a measurement of an image drawn from it, or an image file")
}

func (f *solveFlags) run(cmd *cobra.Command, o *options) (err error) {
	p, err := f.open(cmd, o)
	if err != nil {
		return err
	}
	effective, err := p.Effective()
	if err != nil {
		return err
	}
	if f.dryRun {
		effective.About.Forecast, err = leaving(cmd.Context(), nil, func() (*problem.Forecast, error) { return p.Forecast(cmd.Context()) })
		if err != nil {
			return err
		}
		text, err := effective.Text()
		if err == nil {
			_, err = cmd.OutOrStdout().Write(text)
		}
		return err
	}
	if _, err := leaving(cmd.Context(), nil, func() (struct{}, error) { return struct{}{}, p.CheckGradient(cmd.Context()) }); err != nil {
		return f.named(cmd, err)
	}
	run := p.Run()
	if run.State = f.state; f.state != "" {
		if err := checkState(f.state); err != nil {
			return err
		}
		if err := p.Identify(); err != nil {
			return err
		}
	}
	folder, state, err := f.outputs(cmd, append(report.ResultFiles(), report.PageFile, report.JSONFile)...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(endState(f.state, endOut(f.out, folder, err)), state.Release()) }()
	defer func() {
		if _, e := os.Stat(f.state); f.state != "" && e == nil {
			o.saved = true
		}
	}()
	progress, done := follow(p.Method.Name())
	var begun atomic.Bool // there is something to keep
	run.Progress = func(g infer.Progress) {
		begun.Store(true)
		progress(g)
	}
	res, err := leaving(cmd.Context(), begun.Load, func() (*infer.Result, error) { return p.Method.Solve(cmd.Context(), p.Problem, run) })
	done()
	if err != nil && (res == nil || !errors.Is(err, context.Canceled)) {
		return err
	}
	if err != nil {
		res.Warnings = append(res.Warnings, report.CutShort)
	}
	if p.Sigma != "" {
		res.Notes = append(res.Notes, p.Sigma)
	}
	res.Notes = append(res.Notes, p.Notes...)
	if n := effective.About.Missing - p.NaN; n > 0 {
		res.Notes = append(res.Notes, fmt.Sprintf("%d of %d entries of the measurement are missing, by the mask", n, p.Operator.OutShape().Size()))
	}
	if p.NaN > 0 {
		res.Notes = append(res.Notes, fmt.Sprintf("%d of %d entries of the measurement are NaN and were taken as missing", p.NaN, p.Operator.OutShape().Size()))
	}
	return errors.Join(err, f.present(cmd, o, folder, p, effective, res))
}

// checkState refuses a file of --state that is there and is no state of a run: what cannot be opened as one.
func checkState(path string) error {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil // outputs says what is wrong with a place
	}
	s, err := checkpoints.Open(path)
	if err != nil {
		return fmt.Errorf("--state: %w; name the state that a run has saved, or a file that is not there yet", err)
	}
	return s.Close()
}

// outputs tries the outputs, the files in --out with names that match the patterns among them, and locks them, before the time is
// spent. The lock is nil without a state.
func (f *solveFlags) outputs(cmd *cobra.Command, patterns ...string) (*disk.Folder, *disk.Lock, error) {
	if f.state != "" && f.out != "" && samePlace(f.out, f.state) {
		return nil, nil, fmt.Errorf("--state %s: this is the place that --out names; give the state a file of its own", f.state)
	}
	folder, err := beginOut(cmd, "--out", f.out, patterns...)
	if err != nil || f.state == "" {
		return folder, nil, err
	}
	state, err := prepareFile(cmd, "--state", f.state)
	if err != nil {
		return nil, nil, errors.Join(err, folder.Abort())
	}
	return folder, state, nil
}

// methodList returns a line about each method.
func methodList() string {
	var lines []string
	for _, k := range infer.Kinds() {
		lines = append(lines, fmt.Sprintf("  %-9s %s", k.Name, k.Text))
	}
	return strings.Join(lines, "\n")
}

// present prints the outcome and writes the files.
func (f *solveFlags) present(cmd *cobra.Command, o *options, folder *disk.Folder, p *problem.Problem, effective problem.File, res *infer.Result) error {
	s := priors.Subject(p.Prior, p.Likelihood, p.Truth)
	score, err := s.Assess(res)
	if err != nil {
		return err
	}
	out := solveOutcome{Prior: p.Prior.Summary(), Operator: report.Operator(p.Operator), Noise: effective.Noise, Units: effective.Units,
		Problem: effective, Result: res, Score: score, Machine: report.Machine()}
	if g, ok := p.Noise.(inverse.Gaussian); ok {
		out.Sigma = g.Sigma
	}
	if err := out.save(folder.Path(), s); err != nil {
		return err
	}
	if err := folder.Commit(); err != nil {
		return outError("--out", f.out, err)
	}
	o.saved = true
	if o.json {
		return printJSON(cmd.OutOrStdout(), struct {
			solveOutcome
			Out string `json:"out"`
		}{out, f.out})
	}
	w := cmd.OutOrStdout()
	distinct := ""
	if res.Distinct > 0 {
		distinct = fmt.Sprintf(" (%d distinct)", res.Distinct)
	}
	samples := "samples"
	if len(res.Samples) == 1 {
		samples = "sample"
	}
	fmt.Fprintf(w, "%s on %s\nforward model %s\n%d %s%s, %d network evaluations, %.1f s\n", res.Method, out.Prior, modelLine(effective.Operator), len(res.Samples), samples, distinct, res.Evaluations, res.Elapsed.Seconds())
	for _, fact := range append(score.Facts(res), report.Findings(res)...) {
		fmt.Fprintf(w, "  %-34s %s\n", fact.Name, fact.Value)
	}
	if e := res.Evidence; e != nil && e.Why != "" {
		fmt.Fprintf(w, "note: no log evidence, because %s\n", e.Why)
	}
	for _, note := range res.Notes {
		fmt.Fprintf(w, "note: %s\n", note)
	}
	for _, warning := range res.Warnings {
		fmt.Fprintf(w, "warning: %s\n", warning)
	}
	if checks := res.ChecksText(); checks != "" {
		fmt.Fprintf(w, "checks: %s\n", checks)
	}
	fmt.Fprintf(w, "written: %s\n", filepath.Join(f.out, report.PageFile))
	return nil
}

// modelLine is the description of a forward model on a line of its own, cut where it is long.
func modelLine(description json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, description) != nil {
		return input.Excerpt(string(description), 200)
	}
	return input.Excerpt(b.String(), 200)
}

// solveOutcome is results.json.
type solveOutcome struct {
	Prior    string          `json:"prior"`
	Operator json.RawMessage `json:"operator"`
	Sigma    float64         `json:"sigma"` // of Gaussian noise alike for all entries, else 0
	Noise    json.RawMessage `json:"noise"`
	Units    string          `json:"units,omitempty"`
	Problem  problem.File    `json:"problem"` // from which the run can be repeated
	Machine  map[string]any  `json:"machine"`
	Score    report.Score    `json:"score"`
	Result   *infer.Result   `json:"result"`
}

// save writes the arrays and pictures, results.json and the page.
func (s solveOutcome) save(dir string, of report.Subject) error {
	if err := of.SaveResult(dir, s.Result); err != nil {
		return err
	}
	if err := report.SaveJSON(dir, s); err != nil {
		return err
	}
	pics, err := of.Pictures()
	if err != nil {
		return err
	}
	sec, err := of.MethodSection(infer.Title(s.Result.Method), "", s.Result)
	if err != nil {
		return err
	}
	page := report.Page{Title: "tweedie solve: " + s.Result.Method, Facts: s.facts(),
		Sections: []report.Section{{Title: "Problem", Pictures: pics}, sec}}
	return page.Save(dir)
}

func (s solveOutcome) facts() []report.Fact {
	noise := string(s.Noise)
	if s.Sigma > 0 {
		noise = fmt.Sprintf("Gaussian, sigma %g", s.Sigma)
	}
	facts := []report.Fact{{Name: "prior", Value: s.Prior}, {Name: "operator", Value: string(s.Operator)}, {Name: "noise", Value: noise}}
	if s.Units != "" {
		facts = append(facts, report.Fact{Name: "units", Value: s.Units})
	}
	if n := s.Problem.About.Missing; n > 0 {
		facts = append(facts, report.Fact{Name: "missing entries", Value: fmt.Sprintf("%d of %d", n, n+s.Problem.About.Measurements)})
	}
	return append(facts, []report.Fact{
		{Name: "seed", Value: fmt.Sprint(s.Result.Seed)},
		{Name: "kernels", Value: fmt.Sprint(s.Machine["kernels"])},
	}...)
}
