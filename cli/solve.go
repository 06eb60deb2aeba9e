package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tweedie/infer"
	_ "tweedie/infer/all"
	"tweedie/internal/config"
	"tweedie/internal/disk"
	"tweedie/internal/priors"
	"tweedie/inverse"
	"tweedie/report"
	"tweedie/rng"
	"tweedie/zoo"
)

// solveFlags are the flags of solve.
type solveFlags struct {
	prior, op, y, image, method, config, out, state string
	sigma                                           float64
	samples, class                                  int
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

Methods:
` + methodList() + `

Give --y with your measurement (npy), or --image with an image to simulate one from. A dft
measures complex numbers: an array [2,C,K] of real and then imaginary parts, or a complex one
[K] or [C,K] as numpy's fft2(x, norm="ortho") gives; with "unnormalised": true, as fft2(x) does.
The truth of a simulation is used for comparison only.

--out is replaced whole, without the files of a former result; other files in it stay. Ctrl-C saves what
is done there. With --state the same command goes on.`,
		Example: `  tweedie solve --prior digits8 --op '{"kind":"block-average","rows":2,"cols":2}' --y y.npy --sigma 0.05 --out result
  tweedie solve --prior model.safetensors --op blur.json --image photo.png --sigma 0.02 --method red-diff --out result`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, o) },
	}
	fl := c.Flags()
	fl.StringVar(&f.prior, "prior", defaultPrior, "name of a prior (see 'tweedie zoo list') or a checkpoint file")
	classFlag(fl, &f.class)
	fl.StringVar(&f.op, "op", `{"kind":"block-average","rows":2,"cols":2}`, "forward model, JSON or a file with it")
	fl.StringVar(&f.y, "y", "", "measurement, an npy file")
	fl.StringVar(&f.image, "image", "", "image to simulate a measurement from, npy, PNG or JPEG")
	fl.Float64Var(&f.sigma, "sigma", 0.05, "standard deviation of the Gaussian noise, in the units of the measurement; needed with --y")
	fl.StringVar(&f.method, "method", "dpnp", strings.Join(infer.Names(), ", "))
	fl.StringVar(&f.config, "config", "", "JSON object with fields of the method to change, or a file with it")
	fl.IntVar(&f.samples, "samples", 16, "posterior samples")
	fl.StringVar(&f.out, "out", "solution", "folder for report.html, results.json, PNG and npy files")
	fl.StringVar(&f.state, "state", "", "file from which the run resumes and to which it saves")
	return c
}

func (f *solveFlags) run(cmd *cobra.Command, o *options) (err error) {
	prior, err := openPriorOf(f.prior, f.class)
	if err != nil {
		return err
	}
	if err := checkCount("--samples", f.samples, 1, prior.Shape().Size()); err != nil {
		return err
	}
	p, truth, err := f.problem(cmd, prior, rng.New(o.seed))
	if err != nil {
		return err
	}
	m, err := f.chooseMethod(p)
	if err != nil {
		return err
	}
	folder, state, err := f.prepare(cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(endOut(f.out, folder, err), state.Release()) }()
	progress, done := follow(m.Name())
	res, err := m.Solve(cmd.Context(), p, infer.Run{Samples: f.samples, Seed: o.seed, State: f.state, Progress: progress})
	done()
	if err != nil && (res == nil || !errors.Is(err, context.Canceled)) {
		return err
	}
	if err != nil {
		res.Warnings = append(res.Warnings, report.CutShort)
	}
	return errors.Join(err, f.present(cmd, o, folder, prior, p, truth, res))
}

// prepare tries the outputs, and locks them, before the time is spent. The lock is nil without a state.
func (f *solveFlags) prepare(cmd *cobra.Command) (*disk.Folder, *disk.Lock, error) {
	folder, err := beginOut(cmd, "--out", f.out, append(report.ResultFiles(), report.PageFile, report.JSONFile)...)
	if err != nil || f.state == "" {
		return folder, nil, err
	}
	state, err := prepareFile(cmd, "--state", f.state)
	if err != nil {
		return nil, nil, errors.Join(err, folder.Abort())
	}
	return folder, state, nil
}

// problem reads or simulates the measurement.
func (f *solveFlags) problem(cmd *cobra.Command, prior *zoo.Prior, key rng.Key) (*infer.Problem, []float64, error) {
	op, err := decodeOperator(f.op, prior.Shape())
	if err != nil {
		return nil, nil, err
	}
	if f.y != "" && !cmd.Flags().Changed("sigma") {
		return nil, nil, errors.New("--sigma is missing: give the standard deviation of the noise in --y, in the units of the measurement")
	}
	noise := inverse.Gaussian{Sigma: f.sigma}
	if err := noise.Validate(op.OutShape().Size()); err != nil {
		return nil, nil, fmt.Errorf("--sigma: %w", err)
	}
	var y, truth []float64
	switch {
	case f.y != "" && f.image != "":
		return nil, nil, errors.New("--y and --image exclude each other: give your measurement, or an image to simulate one from")
	case f.y != "":
		y, err = readMeasurement("--y", f.y, op)
	case f.image != "":
		if truth, err = readImage(cmd.Context(), f.image, prior); err == nil {
			y = inverse.Simulate(op, noise, truth, key)
		}
	default:
		return nil, nil, errors.New("give your measurement with --y, or an image to simulate one from with --image")
	}
	if err != nil {
		return nil, nil, err
	}
	lik, err := inverse.NewLikelihood(op, noise, y)
	if err != nil {
		return nil, nil, err
	}
	p := infer.NewProblem(prior, lik)
	if f.state != "" {
		p.PriorID, err = prior.Identity()
	}
	return p, truth, err
}

// methodList returns a line about each method.
func methodList() string {
	var lines []string
	for _, k := range infer.Kinds() {
		lines = append(lines, fmt.Sprintf("  %-9s %s", k.Name, k.Text))
	}
	return strings.Join(lines, "\n")
}

// chooseMethod returns the method that --method names, with its defaults for the problem changed by the fields of --config.
func (f *solveFlags) chooseMethod(p *infer.Problem) (infer.Method, error) {
	text, err := jsonFlag("--config", f.config, `{"rounds":40}`)
	if err != nil {
		return nil, err
	}
	kind, err := infer.KindOf(f.method)
	if err != nil {
		return nil, config.Below("--method", err)
	}
	if f.state != "" && !kind.KeepsState {
		return nil, fmt.Errorf("--state: %s keeps no state, so a run cannot go on from one; leave it out", kind.Name)
	}
	m, err := kind.Decode(text, p, infer.Standard)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	return m, nil
}

// present prints the outcome and writes the files.
func (f *solveFlags) present(cmd *cobra.Command, o *options, folder *disk.Folder, prior *zoo.Prior, p *infer.Problem, truth []float64, res *infer.Result) error {
	s := priors.Subject(prior, p.Likelihood, truth)
	score, err := s.Assess(res)
	if err != nil {
		return err
	}
	out := solveOutcome{Prior: prior.Summary(), Operator: report.Operator(p.Likelihood.Op), Sigma: f.sigma, Result: res, Score: score, Machine: report.Machine()}
	if err := out.save(folder.Path(), s); err != nil {
		return err
	}
	if err := folder.Commit(); err != nil {
		return outError("--out", f.out, err)
	}
	if o.json {
		return printJSON(cmd.OutOrStdout(), struct {
			solveOutcome
			Out string `json:"out"`
		}{out, f.out})
	}
	w := cmd.OutOrStdout()
	fmt.Fprintf(w, "%s on %s\n%d samples, %d network evaluations, %.1f s\n", res.Method, out.Prior, len(res.Samples), res.Evaluations, res.Elapsed.Seconds())
	for _, fact := range score.Facts(res) {
		fmt.Fprintf(w, "  %-34s %s\n", fact.Name, fact.Value)
	}
	for _, warning := range res.Warnings {
		fmt.Fprintf(w, "warning: %s\n", warning)
	}
	fmt.Fprintf(w, "written: %s\n", filepath.Join(f.out, report.PageFile))
	return nil
}

// solveOutcome is results.json.
type solveOutcome struct {
	Prior    string          `json:"prior"`
	Operator json.RawMessage `json:"operator"`
	Sigma    float64         `json:"sigma"`
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
	return []report.Fact{
		{Name: "prior", Value: s.Prior},
		{Name: "operator", Value: string(s.Operator)},
		{Name: "noise", Value: fmt.Sprintf("Gaussian, sigma %g", s.Sigma)},
		{Name: "seed", Value: fmt.Sprint(s.Result.Seed)},
		{Name: "kernels", Value: fmt.Sprint(s.Machine["kernels"])},
	}
}
