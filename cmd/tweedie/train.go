package main

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
	"tweedie/diffusion"
	"tweedie/layers"
	"tweedie/report"
	"tweedie/rng"
	"tweedie/train"
	"tweedie/zoo"
)

// trainConfig is everything that a training run follows from besides its data.
type trainConfig struct {
	Architecture string            `json:"architecture"`
	Network      json.RawMessage   `json:"network"`
	Data         dataConfig        `json:"data"`
	Loss         diffusion.EDMLoss `json:"loss"`
	Train        train.Config      `json:"train"`
}

// dataConfig says how the images are read.
type dataConfig struct {
	Shape      [3]int  `json:"shape"`      // [C,H,W] of rows in CSV files and arrays; zeros for other files
	Max        float64 `json:"max"`        // full scale in CSV files
	Flip       bool    `json:"flip"`       // random horizontal flips
	Crop       [2]int  `json:"crop"`       // random crops of this many rows and columns; zeros for none
	Validation float64 `json:"validation"` // fraction held out
	Gray       bool    `json:"gray"`       // turn colours into luma
}

// trainFlags are the flags of train.
type trainFlags struct {
	data, config, out string
	shape             []int
	max               float64
	dryRun, fresh     bool
	flip, gray        bool
	steps             int64
}

func trainCommand(o *options) *cobra.Command {
	f := &trainFlags{}
	c := &cobra.Command{
		Use:   "train",
		Short: "Train a prior on images",
		Long: `Train a prior on images: a folder of PNG and JPEG files, a CSV or IDX file (also in gzip),
or an npy or npz array [N,H,W] or [N,C,H,W].

In --out it writes state.safetensors (from which it resumes), model.safetensors (the averaged
weights, a prior for every other command), stats.jsonl, and previews with raw and averaged
weights side by side. Ctrl-C saves; the same command goes on.`,
		Example: `  tweedie train --data photos/ --out run
  tweedie train --data digits.csv.gz --shape 1,8,8 --max 16 --steps 20000 --out run
  tweedie train --data photos/ --config my.json --dry-run`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, o) },
	}
	fl := c.Flags()
	fl.StringVar(&f.data, "data", "", "folder or file with the images")
	fl.StringVar(&f.config, "config", "", "JSON object with the fields to change, or a file with it; see --dry-run")
	fl.StringVar(&f.out, "out", "run", "folder of the run")
	fl.IntSliceVar(&f.shape, "shape", nil, "channels,rows,columns of a row of a CSV file or array")
	fl.Float64Var(&f.max, "max", 0, "value of full scale in a CSV file, such as 16 or 255")
	fl.BoolVar(&f.flip, "flip", false, "random horizontal flips")
	fl.BoolVar(&f.gray, "gray", false, "turn colours into gray")
	fl.Int64Var(&f.steps, "steps", 0, "optimiser steps; 0 keeps the config's")
	fl.BoolVar(&f.dryRun, "dry-run", false, "print the whole effective config and what the data are, and stop")
	fl.BoolVar(&f.fresh, "fresh", false, "start anew even if --out holds a run")
	return c
}

// defaultTraining suits small images and an hour or so on two cores.
func defaultTraining() trainConfig {
	t := train.Default()
	t.Steps, t.Batch, t.LR, t.WarmupSteps, t.Decay, t.FinalLR = 20000, 64, 1e-3, 500, "cosine", 1e-5
	t.EMAHalfLife, t.EvalEvery, t.EvalBatches, t.SaveEvery, t.LogEvery = 20000, 64000, 8, 128000, 12800
	return trainConfig{Architecture: "conv-score", Data: dataConfig{Validation: 0.1}, Loss: diffusion.DefaultEDMLoss(), Train: t}
}

func (f *trainFlags) effective(seed uint64) (trainConfig, error) {
	c := defaultTraining()
	text, err := jsonFlag("--config", f.config, `{"train":{"batch":32}}`)
	if err != nil {
		return c, err
	}
	if err := decodeOnto(text, &c); err != nil {
		return c, fmt.Errorf("--config: %w", jsonError(err, c))
	}
	switch {
	case f.data == "":
		return c, errors.New("--data is missing: name a folder or file with images")
	case f.shape != nil && len(f.shape) != 3:
		return c, fmt.Errorf("--shape has %d numbers; want channels,rows,columns", len(f.shape))
	case f.shape != nil:
		c.Data.Shape = [3]int(f.shape)
	}
	if f.max != 0 {
		c.Data.Max = f.max
	}
	if f.steps != 0 {
		c.Train.Steps, c.Train.Images = f.steps, 0
	}
	c.Data.Flip = c.Data.Flip || f.flip
	c.Data.Gray = c.Data.Gray || f.gray
	c.Train.Seed = seed
	if !(c.Data.Validation >= 0 && c.Data.Validation < 1) {
		return c, fmt.Errorf("data.validation is %v; it must lie in [0, 1)", c.Data.Validation)
	}
	return c, errors.Join(c.Loss.Validate(), c.Train.Validate())
}

func (f *trainFlags) run(cmd *cobra.Command, o *options) error {
	c, err := f.effective(o.seed)
	if err != nil {
		return err
	}
	set, err := data.Open(f.data, data.Options{Shape: c.Data.Shape, Max: c.Data.Max, Gray: c.Data.Gray, Check: true})
	if err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	sum, err := data.Summarize(set, 10000)
	if err != nil {
		return err
	}
	fmt.Fprintln(cmd.ErrOrStderr(), sum)
	r, err := newTraining(c, set, o.seed)
	if err != nil {
		return err
	}
	if f.dryRun {
		return printJSON(cmd.OutOrStdout(), r.cfg)
	}
	if err := prepareOut("--out", f.out); err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s with %d parameters, %d images to learn from, %d held out\n", c.Architecture, layers.Count(r.net.Params()), r.trainSet.Len(), r.heldSet.Len())
	return r.run(cmd, o, f.out, f.fresh, sum)
}

// run trains and writes the prior.
func (r *training) run(cmd *cobra.Command, o *options, out string, fresh bool, sum data.Summary) error {
	begin := time.Now()
	info, err := zoo.Describe(r.cfg.Architecture, r.spec, provenance{Config: r.cfg, Data: sum.Name, Images: sum.Images, Command: "tweedie " + strings.Join(os.Args[1:], " ")})
	if err != nil {
		return err
	}
	line := newTrainLine(cmd.ErrOrStderr())
	t, err := train.New(train.Setup{Config: r.cfg.Train, Params: r.net.Params(), Objective: r.objective, HeldOut: r.heldOut, Cursor: r.cursor,
		Path: filepath.Join(out, "state.safetensors"), Fresh: fresh, Accept: []string{"steps", "images", "eval_every", "save_every", "log_every"},
		Info: info, Stats: filepath.Join(out, "stats.jsonl"),
		Progress: func(p train.Progress) { line.show(p) }})
	if err != nil && !fresh {
		return fmt.Errorf("%w (--fresh starts anew, another --out keeps the old run)", err)
	}
	if err != nil {
		return err
	}
	if t.Step() > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "resuming %s at step %d\n", out, t.Step())
	}
	res, err := t.Run(cmd.Context())
	line.done()
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if e := r.finish(cmd, o, t, out, res, time.Since(begin)); e != nil {
		return e
	}
	return err
}

// finish writes model.safetensors and the preview.
func (r *training) finish(cmd *cobra.Command, o *options, t *train.Trainer, out string, res train.Result, elapsed time.Duration) error {
	file, err := t.Weights(true)
	if err != nil {
		return err
	}
	path := filepath.Join(out, "model.safetensors")
	if err := checkpoints.Save(path, file, checkpoints.SaveOptions{}); err != nil {
		return err
	}
	if err := r.preview(cmd.Context(), t, filepath.Join(out, "preview.png"), o.seed); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if o.json {
		return printJSON(cmd.OutOrStdout(), map[string]any{"step": res.Step, "images": res.Images, "loss": finiteOrNil(res.Loss), "held_out": finiteOrNil(res.HeldOut), "seconds": elapsed.Seconds(), "model": path})
	}
	held := "not measured"
	if !math.IsNaN(res.HeldOut) {
		held = fmt.Sprintf("%.4f", res.HeldOut)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "step %d, %d images, loss %.4f, held-out loss %s, %.0f s\nwritten: %s\n", res.Step, res.Images, res.Loss, held, elapsed.Seconds(), path)
	return nil
}

func finiteOrNil(x float64) any {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return x
}

// preview draws the same sixteen samples with the raw weights, on the left, and the averaged ones.
func (r *training) preview(ctx context.Context, t *train.Trainer, path string, seed uint64) error {
	sheet := func() ([]report.Picture, error) {
		p := &zoo.Prior{Denoiser: r.spec.Denoiser(r.net), Spec: r.spec}
		images, err := drawPrior(context.WithoutCancel(ctx), p, diffusion.DefaultHeun(), seed, 16, 16)
		if err != nil {
			return nil, err
		}
		s := subject(p, nil, nil)
		var pics []report.Picture
		for _, x := range images {
			pic, err := report.NewPicture("", s.C, s.H, s.W, x, s.Lo, s.Hi)
			if err != nil {
				return nil, err
			}
			pics = append(pics, pic)
		}
		return pics, nil
	}
	raw, err := sheet()
	if err != nil {
		return err
	}
	avg := raw
	if e := t.EMA(); e != nil {
		e.SwapIn()
		avg, err = sheet()
		e.SwapOut()
		if err != nil {
			return err
		}
	}
	var both []report.Picture
	for row := 0; row < 4; row++ {
		both = append(both, raw[4*row:4*row+4]...)
		both = append(both, avg[4*row:4*row+4]...)
	}
	return report.SavePNG(path, report.Sheet(both, 8, max(1, 48/max(both[0].H, both[0].W))))
}

// provenance is what a checkpoint says of its training.
type provenance struct {
	Command string      `json:"command"`
	Config  trainConfig `json:"config"`
	Data    string      `json:"data"`
	Images  int         `json:"images"`
}

// key is the root of a run's random numbers.
func (c trainConfig) key() rng.Key { return rng.New(c.Train.Seed) }
