package training

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"time"

	"tweedie/checkpoints"
	"tweedie/data"
	"tweedie/internal/priors"
	"tweedie/prior"
	"tweedie/report"
	"tweedie/train"
)

// Job says where a run is kept and who hears of it. Every function may be nil.
type Job struct {
	Out      string       // folder of the run
	Fresh    bool         // start anew even if the folder holds a run
	Data     data.Summary // of the images, for the provenance
	Command  string       // that started the run, for the provenance
	Resumed  func(step int64)
	Progress func(train.Progress)
	Note     func(text string) // says what went wrong without ending the run
	Trained  func()            // is called after the last step, before the weights are written
	Watch    priors.Watch      // follows the drawing of previews
}

// Result says what a run came to.
type Result struct {
	train.Result
	Seconds float64 // since this process took the run up
	Model   string  // path of the averaged weights
}

// Run trains and writes the prior. When ctx is cancelled it writes what there is, and returns it beside the error.
func (r *Training) Run(ctx context.Context, job Job) (*Result, error) {
	begin := time.Now()
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
	prov.Outcome = &Outcome{From: first, Images: res.Images, Loss: report.FiniteOrNil(res.Loss), HeldOut: report.FiniteOrNil(res.HeldOut), Seconds: math.Round(elapsed)}
	model, finishErr := r.finish(ctx, t, job, res, prov)
	if finishErr != nil {
		return nil, errors.Join(err, finishErr)
	}
	return &Result{Result: res, Seconds: prov.Outcome.Seconds, Model: model}, err
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
			if every := r.cfg.PreviewEvery; every > 0 && p.Step%every == 0 && p.Step != first && p.Step != p.Steps {
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
func (r *Training) finish(ctx context.Context, t *train.Trainer, job Job, res train.Result, prov Provenance) (model string, err error) {
	file, err := t.Weights(t.EMA() != nil)
	if err != nil {
		return "", err
	}
	if err := prov.store(file); err != nil {
		return "", err
	}
	model = filepath.Join(job.Out, "model.safetensors")
	if err := checkpoints.Save(model, file, checkpoints.SaveOptions{}); err != nil {
		return "", err
	}
	if r.cfg.PreviewEvery > 0 {
		if err := r.preview(ctx, t, job, res.Step); err != nil && !errors.Is(err, context.Canceled) {
			return "", err
		}
	}
	return model, nil
}
