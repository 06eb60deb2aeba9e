package demo

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"tweedie/infer"
	"tweedie/internal/disk"
	"tweedie/prior"
	"tweedie/report"
	"tweedie/rng"
)

// page gathers the sections of the page and the numbers of results.json.
type page struct {
	*example
	c       Config
	host    Host
	methods []infer.Method
	folder  *disk.Folder
	what    string // the image
	begin   time.Time
	html    report.Page
	out     *PageOutcome
}

func newPage(ctx context.Context, c Config, prior *prior.Prior, host Host, t task) (Run, error) {
	effort := infer.Page
	if c.Full {
		effort = infer.Full
	}
	methods, err := chooseMethods(c.Methods, c.Fields, infer.NewProblem(prior, nil), effort)
	if err != nil {
		return nil, err
	}
	truth, what, err := c.truth(ctx, prior, host)
	if err != nil {
		return nil, err
	}
	e, err := newExample(prior, t, truth, rng.New(c.Seed))
	if err != nil {
		return nil, err
	}
	d := &page{example: e, c: c, host: host, methods: methods, what: what}
	d.out = &PageOutcome{Seed: c.Seed, Prior: prior.Summary(), Image: what, Task: t.name, Sigma: t.sigma,
		Operator: report.Operator(e.Lik.Op), Baseline: e.plain, Machine: report.Machine(),
		title: t.title, file: filepath.Join(c.Out, report.PageFile)}
	return d, nil
}

// truth returns the image that a page measures, and what it is.
func (c Config) truth(ctx context.Context, prior *prior.Prior, host Host) (x []float64, what string, err error) {
	if c.Image != "" {
		x, what, err = fitImage(ctx, c.Image, prior, host)
		if err == nil && what == "" {
			what = c.Image
		}
		return x, what, err
	}
	own, err := Carried(prior.Shape())
	if err != nil {
		return nil, "", err
	}
	if c.Index < 0 || c.Index >= CarriedCount {
		return nil, "", fmt.Errorf("--index is %d; it must lie in [0, %d)", c.Index, CarriedCount)
	}
	return own.Image(c.Index, prior.Spec.Range[0], prior.Spec.Range[1]), fmt.Sprintf("%s, --index %d", own.what, c.Index), nil
}

// Files returns patterns for the page, results.json, the pictures of the problem, and what each method writes.
func (d *page) Files() []string {
	names := append([]string{report.PageFile, report.JSONFile}, problemFiles...)
	for _, m := range d.methods {
		for _, p := range report.ResultFiles() {
			names = append(names, m.Name()+"/"+p)
		}
	}
	return names
}

// Folders returns the folders of the states that a full demonstration keeps.
func (d *page) Folders() []string {
	var dirs []string
	for _, m := range d.methods {
		if d.keeps(m) {
			dirs = append(dirs, filepath.Join(d.c.Out, m.Name()))
		}
	}
	return dirs
}

// keeps reports whether the run of a method saves its state.
func (d *page) keeps(m infer.Method) bool {
	k, err := infer.KindOf(m.Name())
	return d.c.Full && err == nil && k.KeepsState
}

// Solve runs the methods on the measurement and on the problem with two modes, and writes the page.
func (d *page) Solve(ctx context.Context, folder *disk.Folder) (Outcome, error) {
	d.folder, d.begin = folder, time.Now()
	err := d.solve(ctx)
	if err == nil && !d.c.SkipToy {
		err = d.toy(ctx)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return nil, err
	}
	d.out.Seconds = time.Since(d.begin).Seconds()
	if e := d.save(); e != nil {
		return nil, errors.Join(err, e)
	}
	return d.out, err
}

// solve runs the methods and saves what each finds, also of a run that ctx ended.
func (d *page) solve(ctx context.Context) error {
	if err := d.saveProblem(); err != nil {
		return err
	}
	p := infer.NewProblem(d.prior, d.Lik)
	if d.c.Full {
		var err error
		if p.PriorID, err = d.prior.Identity(); err != nil {
			return err
		}
	}
	for _, m := range d.methods {
		state := ""
		if d.keeps(m) {
			state = filepath.Join(d.c.Out, m.Name(), "state.safetensors")
		}
		res, err := d.run(ctx, m, p, infer.Run{Samples: d.c.Samples, Seed: d.c.Seed, State: state})
		if res == nil {
			return err
		}
		score, e := d.Assess(res)
		if e != nil {
			return e
		}
		if e := d.SaveResult(filepath.Join(d.folder.Path(), m.Name()), res); e != nil {
			return e
		}
		d.out.Methods = append(d.out.Methods, MethodResult{score, d.gain(score), res})
		if err != nil {
			return err
		}
	}
	return nil
}

// run solves a problem under the eyes of the host, and marks a result that was cut short.
func (d *page) run(ctx context.Context, m infer.Method, p *infer.Problem, run infer.Run) (*infer.Result, error) {
	progress, done := d.host.Follow(m.Name())
	run.Progress = progress
	res, err := m.Solve(ctx, p, run)
	done()
	if res != nil && err != nil {
		res.Warn(report.CutShort)
	}
	return res, err
}

// save writes the page and results.json.
func (d *page) save() error {
	if err := d.compose(); err != nil {
		return err
	}
	if err := d.html.Save(d.folder.Path()); err != nil {
		return err
	}
	return report.SaveJSON(d.folder.Path(), d.out)
}
