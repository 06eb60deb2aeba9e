package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tweedie/infer/calibration"
	"tweedie/problem"
	"tweedie/report"
)

// calibrateFlags are the flags of calibrate: those of solve that say what is solved, and its own.
type calibrateFlags struct {
	solveFlags
	truth    string
	n, steps int
}

func calibrateCommand(o *options) *cobra.Command {
	f := &calibrateFlags{}
	def := calibration.Default()
	c := &cobra.Command{
		Use:   "calibrate",
		Short: "Whether a method's uncertainty can be believed",
		Long: `Whether a method's uncertainty can be believed, on problems whose truth is known.

Truths are drawn from the prior of the problem file, exactly where it is a closed form and otherwise by
the stochastic sampler; its operator and noise make data of each; its method, or --method, solves each.
Where the draws are those of the posterior, a truth is one of them as far as any number can tell: its rank
by pixels, random projections, principal components, log-likelihood and, of closed forms, log-prior is
uniform; intervals hold the share that they claim; chi² of the draws is that of the truth; spread is error.
Every figure has its standard error, all tests together fail a right posterior once in a hundred runs, and
the verdict is one line. Beside it stand recalibrated levels: which interval to take for 90%.

A measurement in the file is not used, but entries that are missing from it are missing in all problems.
At least ` + fmt.Sprint(def.Samples) + ` draws are made of each problem unless --samples says otherwise; fewer than ` + fmt.Sprint(calibration.LeastDraws) + ` distinct ones are refused.
--truth names a problem file whose prior, operator and noise make truths and data in place of those that the
method sees: it shows what a wrong prior, sigma or operator does.

The exit code is 0 where no test fails, and 1 otherwise; the page and results.json are written all the same.
With --state, Ctrl-C saves, and the same command goes on, also with a larger --n (docs/calibration.md).`,
		Example: `  tweedie calibrate --problem problem.json --n 100
  tweedie calibrate --problem problem.json --method red-diff --out red-diff
  tweedie calibrate --problem problem.json --truth truth.json --state calibration.state`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, o) },
	}
	fl := c.Flags()
	f.problemFlags(fl)
	fl.IntVar(&f.n, "n", def.Problems, "problems, at least 20")
	fl.IntVar(&f.samples, "samples", def.Samples, "posterior samples of each problem")
	fl.IntVar(&f.steps, "truth-steps", def.Steps, "evaluations of a truth that is drawn from a network")
	fl.StringVar(&f.truth, "truth", "", "problem file with the prior, operator and noise of truths and data, where they are others")
	fl.StringVar(&f.out, "out", "calibration", "folder for report.html and results.json")
	fl.StringVar(&f.state, "state", "", "file from which the run resumes and to which it saves")
	return c
}

func (f *calibrateFlags) run(cmd *cobra.Command, o *options) (err error) {
	p, c, err := f.prepare(cmd, o)
	if err != nil {
		return err
	}
	effective, err := p.Effective()
	if err != nil {
		return err
	}
	folder, state, err := f.outputs(cmd, report.PageFile, report.JSONFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(endState(f.state, endOut(f.out, folder, err)), state.Release()) }()
	defer func() {
		if _, e := os.Stat(f.state); f.state != "" && e == nil {
			o.saved = true
		}
	}()
	progress, done := follow("calibrating")
	c.Progress = progress
	began := time.Now()
	rep, err := calibration.Run(cmd.Context(), p.Method, p.Problem, c)
	done()
	if err != nil {
		return err
	}
	out := calibrateOutcome{Problem: effective, Report: rep, Machine: report.Machine()}
	if err := out.save(folder, f.out); err != nil {
		return err
	}
	o.saved = true
	if o.json {
		return errors.Join(printJSON(cmd.OutOrStdout(), out), rep.Err())
	}
	out.print(cmd.OutOrStdout(), time.Since(began), f.out)
	return rep.Err()
}

// prepare opens the problem, and that of the truths.
func (f *calibrateFlags) prepare(cmd *cobra.Command, o *options) (p *problem.Problem, c calibration.Config, err error) {
	c = calibration.Default()
	file, err := f.file(cmd, o)
	if err != nil {
		return nil, c, err
	}
	if !cmd.Flags().Changed("samples") {
		file.Samples = max(file.Samples, c.Samples)
	}
	if file.Data == nil && file.Simulate == nil {
		file.Simulate = &problem.Simulation{Prior: true}
	}
	if p, err = problem.New(cmd.Context(), file); err != nil {
		return nil, c, f.named(cmd, err)
	}
	if c.Problems, c.Samples, c.Seed, c.Steps, c.State = f.n, file.Samples, file.Seed, f.steps, f.state; f.state != "" {
		if err := p.Identify(); err != nil {
			return nil, c, err
		}
	}
	if f.n < calibration.LeastProblems || f.n > calibration.MostProblems {
		return nil, c, fmt.Errorf("--n is %d; it must lie between %d and %d", f.n, calibration.LeastProblems, calibration.MostProblems)
	}
	if c.Samples < calibration.LeastDraws {
		return nil, c, fmt.Errorf("--samples is %d; ranks need at least %d distinct draws of a problem", c.Samples, calibration.LeastDraws)
	}
	from := p
	if f.truth != "" {
		if from, err = f.openTruth(cmd.Context(), c.Seed); err != nil {
			return nil, c, err
		}
		c.Truth = from.Problem
	}
	unit := from.Affine.Unit()
	c.Levels = [2]float64{from.Prior.Spec.Sigmas[0] * unit, from.Prior.Spec.Sigmas[1] * unit}
	if err := c.Validate(); err != nil {
		return nil, c, err
	}
	return p, c, nil
}

// openTruth opens the problem of --truth, whose data are not used.
func (f *calibrateFlags) openTruth(ctx context.Context, seed uint64) (*problem.Problem, error) {
	file, err := problem.Read(f.truth)
	if err == nil {
		if file.Data == nil && file.Simulate == nil {
			file.Simulate = &problem.Simulation{Prior: true}
		}
		file.Seed = seed
		var p *problem.Problem
		if p, err = problem.New(ctx, file); err == nil {
			return p, nil
		}
		if e, ok := errors.AsType[*problem.Error](err); ok {
			e.Path = f.truth
		}
	}
	return nil, fmt.Errorf("--truth: %w", err)
}
