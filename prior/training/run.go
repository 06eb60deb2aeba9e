package training

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"tweedie/checkpoints"
	"tweedie/data"
	"tweedie/diffusion"
	"tweedie/families"
	"tweedie/prior"
	"tweedie/train"
)

// Job says where a run is kept and who hears of it. Every function may be nil.
type Job struct {
	Out      string       // folder of the run, which is made where there is none
	Fresh    bool         // start anew even if the folder holds a run
	Data     data.Summary // of the images, for the provenance
	Command  string       // that started the run, for the provenance
	Resumed  func(step int64)
	Progress func(train.Progress)
	Note     func(text string) // says what went wrong without ending the run
	Trained  func()            // is called after the last step, before the weights are written
	// Preview is called every preview_every steps and at the end, with the weights as they are and then with their
	// averages. The denoiser is for batches of PreviewImages; with classes sample i is of class i, counted round.
	Preview func(ctx context.Context, step int64, averaged bool, den diffusion.Denoiser, spec families.Spec) error
}

// Result says what a run came to.
type Result struct {
	train.Result
	Seconds float64      // since this process took the run up
	Model   string       // path of the averaged weights
	Prior   *prior.Prior // with them; nil for a network with classes, of which prior.Open takes one
}

// Run trains and writes the prior. When ctx is cancelled it writes what there is, and returns it beside the error.
func (r *Training) Run(ctx context.Context, job Job) (*Result, error) {
	begin := time.Now()
	if err := os.MkdirAll(cmp.Or(job.Out, "."), 0o777); err != nil {
		return nil, fmt.Errorf("training: out: %w", err)
	}
	prov := Provenance{Config: r.cfg, Data: job.Data.Name, Images: job.Data.Images, Classes: job.Data.Classes, Init: r.initHash, Command: job.Command}
	t, err := r.trainer(ctx, job, prov)
	if err != nil {
		return nil, err
	}
	first := t.Step()
	if first > 0 && job.Resumed != nil {
		job.Resumed(first)
	}
	res, err := t.Run(ctx)
	if job.Trained != nil {
		job.Trained()
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return nil, err
	}
	elapsed := time.Since(begin).Seconds()
	prov.Outcome = &Outcome{From: first, Images: res.Images, Loss: finiteOrNil(res.Loss), HeldOut: finiteOrNil(res.HeldOut), Seconds: math.Round(elapsed)}
	out := &Result{Result: res, Seconds: prov.Outcome.Seconds}
	if finishErr := r.finish(ctx, t, job, out, prov); finishErr != nil {
		return nil, errors.Join(err, finishErr)
	}
	return out, err
}

// trainer makes the trainer of a run, from its saved state where there is one. It draws a preview at intervals.
func (r *Training) trainer(ctx context.Context, job Job, prov Provenance) (t *train.Trainer, err error) {
	info, err := prior.Info(r.cfg.Architecture, r.spec, prov)
	if err != nil {
		return nil, err
	}
	guard, err := r.guard()
	if err != nil {
		return nil, err
	}
	var first int64
	t, err = train.New(train.Setup{Config: r.cfg.Train, Params: r.net.Params(), Objective: r.objective, HeldOut: r.heldOut, Cursor: r.cursor,
		Path: filepath.Join(job.Out, "state.safetensors"), Fresh: job.Fresh, Accept: []string{"steps", "images", "eval_every", "save_every", "log_every"},
		Guard: guard, Late: []string{"image set"}, Info: info, Stats: filepath.Join(job.Out, "stats.jsonl"),
		Progress: func(p train.Progress) {
			if job.Progress != nil {
				job.Progress(p)
			}
			if every := r.cfg.PreviewEvery; job.Preview != nil && every > 0 && p.Step%every == 0 && p.Step != first && p.Step != p.Steps {
				err := r.preview(ctx, t, job, p.Step)
				if err != nil && !errors.Is(err, context.Canceled) && job.Note != nil {
					job.Note(fmt.Sprintf("no preview of step %d: %v", p.Step, err))
				}
			}
		}})
	if err != nil && !job.Fresh {
		return nil, fmt.Errorf("%w (--fresh starts anew, another --out keeps the old run)", err)
	}
	if err != nil {
		return nil, err
	}
	first = t.Step()
	return t, nil
}

// finish writes model.safetensors and, unless the run was interrupted, the last preview.
func (r *Training) finish(ctx context.Context, t *train.Trainer, job Job, res *Result, prov Provenance) error {
	file, err := t.Weights(t.EMA() != nil)
	if err != nil {
		return err
	}
	if err := prov.store(file); err != nil {
		return err
	}
	res.Model = filepath.Join(job.Out, "model.safetensors")
	if err := checkpoints.Save(res.Model, file, checkpoints.SaveOptions{}); err != nil {
		return err
	}
	if r.classes == 0 {
		if res.Prior, err = prior.FromFile(res.Model, file, prior.Options{}); err != nil {
			return err
		}
	}
	if job.Preview != nil && r.cfg.PreviewEvery > 0 {
		if err := r.preview(ctx, t, job, res.Step); err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
	}
	return nil
}

// PreviewImages is the number of samples of a preview.
const PreviewImages = 16

// preview shows the weights as they are, then their averages.
func (r *Training) preview(ctx context.Context, t *train.Trainer, job Job, step int64) error {
	den, l := r.denoiser()
	if l != nil && r.classes > 0 {
		l.class = make([]int, PreviewImages)
		for i := range l.class {
			l.class[i] = i % r.classes
		}
	}
	if err := job.Preview(ctx, step, false, den, r.spec); err != nil {
		return err
	}
	if e := t.EMA(); e != nil {
		e.SwapIn()
		defer e.SwapOut()
	}
	return job.Preview(ctx, step, true, den, r.spec)
}
