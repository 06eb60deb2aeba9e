package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tweedie/checkpoints"
	"tweedie/data"
	"tweedie/internal/plan"
	"tweedie/train"
	"tweedie/zoo"
)

// guard is what a resumed run must share besides the config of its optimisation.
func (r *training) guard() (map[string]string, error) {
	g := map[string]string{}
	images := r.cfg.Data
	images.MaxPixels = 0 // it changes no image
	for name, v := range map[string]any{"data": images, "loss": r.cfg.Loss, "freeze": append([]string{}, r.cfg.Freeze...)} {
		text, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		g[name] = string(text)
	}
	g["image set"] = r.images
	if r.initHash != "" {
		g["init"] = "a file of SHA-256 " + r.initHash
	}
	return g, nil
}

// run trains and writes the prior.
func (r *training) run(cmd *cobra.Command, o *options, out string, fresh bool, sum data.Summary) error {
	begin := time.Now()
	prov := provenance{Config: r.cfg, Data: sum.Name, Images: sum.Images, Classes: sum.Classes, Init: r.initHash,
		Command: "tweedie " + strings.Join(os.Args[1:], " ")}
	info, err := zoo.Describe(r.cfg.Architecture, r.spec, prov)
	if err != nil {
		return err
	}
	guard, err := r.guard()
	if err != nil {
		return err
	}
	line := newTrainLine(cmd.ErrOrStderr())
	var t *train.Trainer
	var first int64
	t, err = train.New(train.Setup{Config: r.cfg.Train, Params: r.net.Params(), Objective: r.objective, HeldOut: r.heldOut, Cursor: r.cursor,
		Path: filepath.Join(out, "state.safetensors"), Fresh: fresh, Accept: []string{"steps", "images", "eval_every", "save_every", "log_every"},
		Guard: guard, Late: []string{"image set"}, Info: info, Stats: filepath.Join(out, "stats.jsonl"),
		Progress: func(p train.Progress) {
			line.show(p)
			if every := r.cfg.PreviewEvery; every > 0 && p.Step%every == 0 && p.Step != first && p.Step != p.Steps {
				if err := r.preview(cmd.Context(), t, out, p.Step); err != nil && !errors.Is(err, context.Canceled) {
					line.note("no preview of step %d: %v", p.Step, err)
				}
			}
		}})
	if err != nil && !fresh {
		return fmt.Errorf("%w (--fresh starts anew, another --out keeps the old run)", err)
	}
	if err != nil {
		return err
	}
	if first = t.Step(); first > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "resuming %s at step %d\n", out, first)
	}
	res, err := t.Run(cmd.Context())
	line.done()
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	elapsed := time.Since(begin).Seconds()
	prov.Outcome = &outcome{From: first, Images: res.Images, Loss: finiteOrNil(res.Loss), HeldOut: finiteOrNil(res.HeldOut), Seconds: math.Round(elapsed)}
	return errors.Join(err, r.finish(cmd, o, t, out, res, prov))
}

// finish writes model.safetensors and, unless it was interrupted, the last preview.
func (r *training) finish(cmd *cobra.Command, o *options, t *train.Trainer, out string, res train.Result, prov provenance) error {
	file, err := t.Weights(t.EMA() != nil)
	if err != nil {
		return err
	}
	if err := prov.store(file); err != nil {
		return err
	}
	path := filepath.Join(out, "model.safetensors")
	if err := checkpoints.Save(path, file, checkpoints.SaveOptions{}); err != nil {
		return err
	}
	if r.cfg.PreviewEvery > 0 {
		if err := r.preview(cmd.Context(), t, out, res.Step); err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
	}
	if o.json {
		return printJSON(cmd.OutOrStdout(), map[string]any{"step": res.Step, "images": res.Images, "loss": finiteOrNil(res.Loss),
			"held_out": finiteOrNil(res.HeldOut), "seconds": prov.Outcome.Seconds, "peak_memory_mib": plan.PeakMemory(), "model": path})
	}
	held := "not measured"
	if !math.IsNaN(res.HeldOut) {
		held = fmt.Sprintf("%.4f", res.HeldOut)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "step %d, %d images, loss %.4f, held-out loss %s, %.0f s\nwritten: %s\n", res.Step, res.Images, res.Loss, held, prov.Outcome.Seconds, path)
	return nil
}

func finiteOrNil(x float64) any {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return x
}
