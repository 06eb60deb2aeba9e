package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tweedie/infer"
	"tweedie/infer/evidence"
	"tweedie/internal/disk"
	"tweedie/problem"
	"tweedie/report"
)

// evidenceFlags are the flags of evidence: those of solve that say what is solved, and its own.
type evidenceFlags struct {
	solveFlags
	priors  string
	sampled bool
}

func evidenceCommand(o *options) *cobra.Command {
	f := &evidenceFlags{}
	c := &cobra.Command{
		Use:   "evidence",
		Short: "How probable a measurement is under each of several priors",
		Long: `How probable a measurement is under each of several priors, and the Bayes factors.

log p(y) is exact for priors in closed form that are Gaussians, mixtures of them or points, where the operator
is linear and the noise Gaussian. Of others the method of the problem file, or --method, finds it: dpnp
estimates it with its error in the modes smc and exchange, and dpi bounds it from below. Where a run has no
number it says why, and none is printed.

The measurement is that of the problem file, or one of its simulation, which is made once, with the file's
prior. Priors of images of other shapes are refused; two networks whose images have other ranges of values get
no Bayes factor. The page says what the numbers mean, and when they may not be compared (docs/calibration.md).`,
		Example: `  tweedie evidence --problem problem.json --priors digits8,field.json
  tweedie evidence --problem problem.json --priors a.safetensors,b.safetensors --config '{"smc":{"particles":256}}'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, o) },
	}
	fl := c.Flags()
	f.problemFlags(fl)
	f.dataFlags(fl)
	fl.StringVar(&f.priors, "priors", "", "priors to compare, with commas between; the prior of the problem alone without it")
	fl.IntVar(&f.samples, "samples", 16, "posterior samples of the method")
	fl.BoolVar(&f.sampled, "sampled", false, "ask the method also where the evidence is exact")
	fl.StringVar(&f.out, "out", "evidence", "folder for report.html and results.json")
	return c
}

func (f *evidenceFlags) run(cmd *cobra.Command, o *options) (err error) {
	p, candidates, err := f.candidates(cmd, o)
	if err != nil {
		return err
	}
	effective, err := p.Effective()
	if err != nil {
		return err
	}
	folder, _, err := f.outputs(cmd, report.PageFile, report.JSONFile)
	if err != nil {
		return err
	}
	defer func() { err = endOut(f.out, folder, err) }()
	run := p.Run()
	c := evidence.Config{Samples: run.Samples, Sampled: f.sampled, Seed: run.Seed}
	done, at := func() {}, ""
	var progress func(infer.Progress)
	c.Progress = func(prior string, p infer.Progress) {
		if prior != at {
			done()
			at = prior
			progress, done = follow(prior)
		}
		progress(p)
	}
	rep, err := evidence.Compare(cmd.Context(), candidates, c)
	done()
	if err != nil {
		return err
	}
	out := evidenceOutcome{Problem: effective, Report: rep, Machine: report.Machine()}
	if err := out.save(folder, f.out); err != nil {
		return err
	}
	o.saved = true
	if o.json {
		return errors.Join(printJSON(cmd.OutOrStdout(), out), rep.Err())
	}
	out.print(cmd.OutOrStdout(), f.out)
	return rep.Err()
}

// candidates opens the problem, and the same under each prior.
func (f *evidenceFlags) candidates(cmd *cobra.Command, o *options) (*problem.Problem, []evidence.Candidate, error) {
	file, err := f.file(cmd, o)
	if err != nil {
		return nil, nil, err
	}
	names := strings.Split(f.priors, ",")
	if f.priors != "" && file.Prior.Name == "" {
		file.Prior.Name = names[0]
	}
	p, err := problem.New(cmd.Context(), file)
	if err != nil {
		return nil, nil, f.named(cmd, err)
	}
	if f.priors == "" {
		return p, []evidence.Candidate{{Name: p.Prior.Name, Problem: p.Problem, Method: p.Method}}, nil
	}
	var list []evidence.Candidate
	for _, name := range names {
		if name == "" {
			return nil, nil, fmt.Errorf("--priors: %s has an empty name between its commas", echo(f.priors))
		}
		other, err := problem.OpenPrior(problem.Prior{Name: name})
		if size := file.Prior.Size; err == nil && len(size) > 0 && other.Shape().String() != p.Prior.Shape().String() {
			other, err = problem.OpenPrior(problem.Prior{Name: name, Size: size})
		}
		if err != nil {
			return nil, nil, fmt.Errorf("--priors: %w", err)
		}
		if have, want := other.Shape(), p.Prior.Shape(); have.String() != want.String() {
			return nil, nil, fmt.Errorf("--priors: %s has images %v, and the problem %v; only priors of one shape can be compared", echo(name), have, want)
		}
		q, err := p.WithPrior(cmd.Context(), other)
		if err != nil {
			return nil, nil, fmt.Errorf("--priors: %s: %w", echo(name), err)
		}
		list = append(list, evidence.Candidate{Name: name, Problem: q.Problem, Method: q.Method})
	}
	return p, list, nil
}

// evidenceOutcome is results.json.
type evidenceOutcome struct {
	Problem problem.File     `json:"problem"`
	Report  *evidence.Report `json:"evidence"`
	Machine map[string]any   `json:"machine"`
}

// save writes results.json and the page.
func (out evidenceOutcome) save(folder *disk.Folder, dir string) error {
	page := report.EvidencePage(out.Report, problemFacts(out.Problem)[1:])
	if err := errors.Join(report.SaveJSON(folder.Path(), out), page.Save(folder.Path())); err != nil {
		return err
	}
	if err := folder.Commit(); err != nil {
		return outError("--out", dir, err)
	}
	return nil
}

// print writes the numbers, the factors of the best prior, and the verdict.
func (out evidenceOutcome) print(w io.Writer, dir string) {
	r := out.Report
	fmt.Fprintf(w, "log p(y) of %d data, in nats\n", r.Data)
	for _, e := range r.Entries {
		by := e.By
		if e.Bound {
			by += ", a lower bound"
		}
		fmt.Fprintf(w, "  %-30s %s (%s)\n", e.Prior, e.Text(), by)
	}
	for _, f := range r.Factors {
		if f.For == r.Entries[0].Prior {
			fmt.Fprintf(w, "  %-30s %s\n", "log Bayes factor over "+f.Against, f.Text())
		}
	}
	for _, e := range r.Entries {
		for _, note := range e.Notes {
			fmt.Fprintf(w, "note: %s: %s\n", e.Prior, note)
		}
		for _, warning := range e.Warnings {
			fmt.Fprintf(w, "warning: %s: %s\n", e.Prior, warning)
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintf(w, "note: %s\n", note)
	}
	fmt.Fprintf(w, "verdict: %s\nwritten: %s\n", r.Verdict, filepath.Join(dir, report.PageFile))
}
