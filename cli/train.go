package cli

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tweedie/data"
	"tweedie/families"
	"tweedie/internal/plan"
	"tweedie/internal/priors"
	"tweedie/prior/training"
	"tweedie/report"
)

// trainFlags holds the flags of train.
type trainFlags struct {
	data, config, out, init string
	loss, architecture      string
	shape, crop, resize     []int
	max, validation         float64
	dryRun, fresh           bool
	flip, gray, classes     bool
	steps, maxPixels        int64
	freeze                  []string
}

func trainCommand(o *options) *cobra.Command {
	f := &trainFlags{}
	c := &cobra.Command{
		Use:   "train",
		Short: "Train a prior on images",
		Long: `Train a prior on images: a folder, zip or tar archive of PNG and JPEG files, a CSV or IDX
file, or an npy or npz array [N,H,W] or [N,C,H,W]. CSV, IDX and tar may be in gzip. Images of
several sizes need --resize. A CSV file may have names of columns in its first line, and commas,
semicolons, tabs or spaces between values.

In --out it writes state.safetensors (from which it resumes), model.safetensors (the averaged
weights, a prior for every other command), stats.jsonl, and previews, at intervals and at the
end: the same samples with raw weights, on the left, and averaged ones. Ctrl-C saves; the same
command goes on.

With --classes the network is told the label of each image: that of an IDX file beside, the
subfolder, the column of a CSV file called label, or the last one, or what data.labels says
(first, last or a name), or the array data.labels of an npz. sample, solve and
logprob then take --class: the prior is of that class alone.

--architecture names the network, of any family: its config is the "network" of --config. --loss takes
a kind, edm or dsm, or an object: {"kind":"dsm","weight":"likelihood","importance":true}. What the
network's output means is the "prediction" of --config; EDM's preconditioning is the default.

With --init the run begins with the weights of another checkpoint, as far as names and shapes
are the same; --freeze keeps those whose names match a pattern such as 'input_blocks.*'.`,
		Example: `  tweedie train --data photos/ --out run
  tweedie train --data digits.csv.gz --shape 1,8,8 --max 16 --steps 20000 --out run
  tweedie train --data photos/ --resize 64,64 --crop 56,56 --flip --out run
  tweedie train --data classes.zip --classes --flip --out run
  tweedie train --data more/ --init run/model.safetensors --freeze 'down.*' --out tuned
  tweedie train --data photos/ --config my.json --dry-run`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, o) },
	}
	fl := c.Flags()
	fl.StringVar(&f.data, "data", "", "folder, archive or file with the images; night.npz:x for one of several arrays")
	fl.StringVar(&f.config, "config", "", "JSON object with the fields to change, or a file with it; see --dry-run")
	fl.StringVar(&f.out, "out", "run", "folder of the run")
	fl.IntSliceVar(&f.shape, "shape", nil, "channels,rows,columns of a row of a CSV file or array")
	fl.Float64Var(&f.max, "max", 0, "value of full scale in a CSV file, such as 16 or 255")
	fl.BoolVar(&f.flip, "flip", false, "random horizontal flips")
	fl.IntSliceVar(&f.resize, "resize", nil, "rows,columns that the middle of each image is brought to, in their proportions")
	fl.IntSliceVar(&f.crop, "crop", nil, "rows,columns of random crops")
	fl.BoolVar(&f.gray, "gray", false, "turn colours into gray")
	fl.BoolVar(&f.classes, "classes", false, "tell the network the label of each image")
	fl.Float64Var(&f.validation, "validation", 0.1, "fraction of the images that is held out")
	fl.Int64Var(&f.maxPixels, "max-pixels", 0, "largest image that is read; 0 for what decodes into 512 MiB, in proportion to its file")
	fl.StringVar(&f.loss, "loss", "", "kind of the loss, or a JSON object with its fields")
	fl.StringVar(&f.architecture, "architecture", "", "network: "+strings.Join(families.Architectures(), ", "))
	fl.StringVar(&f.init, "init", "", "checkpoint with the weights to begin with")
	fl.StringArrayVar(&f.freeze, "freeze", nil, "pattern of names of parameters that keep their values; may be repeated")
	fl.Int64Var(&f.steps, "steps", 0, "optimiser steps; 0 keeps the config's")
	fl.BoolVar(&f.dryRun, "dry-run", false, "print the whole effective config and what the data are, and stop")
	fl.BoolVar(&f.fresh, "fresh", false, "start anew even if --out holds a run")
	return c
}

// run opens the images, prepares the training, and runs it unless --dry-run only asks for the config.
func (f *trainFlags) run(cmd *cobra.Command, o *options) (err error) {
	c, err := f.effective(cmd, o.seed)
	if err != nil {
		return err
	}
	set, err := data.Open(cmd.Context(), f.data, c.Data.Options())
	if err != nil && strings.HasSuffix(err.Error(), "raise the limit of pixels") {
		return fmt.Errorf("--data: %w, with --max-pixels", err)
	}
	if err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	sum, err := data.Summarize(cmd.Context(), set, 10000)
	if err != nil {
		return err
	}
	log := cmd.ErrOrStderr()
	fmt.Fprintln(log, sum)
	r, err := training.New(cmd.Context(), c, set)
	if err != nil {
		return err
	}
	for _, line := range r.Notes() {
		fmt.Fprintln(log, line)
	}
	if f.dryRun {
		return printJSON(cmd.OutOrStdout(), r.Config())
	}
	lock, err := prepareOut(cmd, "--out", f.out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	learned, held := r.Images()
	fmt.Fprintf(log, "%s with %d parameters, %d images to learn from, %d held out\n", r.Config().Architecture, r.Params(), learned, held)
	line := newTrainLine(log)
	previews := &priors.Previews{Out: f.out, Seed: r.Config().Train.Seed, Images: training.PreviewImages, Watch: watch}
	res, err := r.Run(cmd.Context(), training.Job{Out: f.out, Fresh: f.fresh, Data: sum, Command: "tweedie " + strings.Join(os.Args[1:], " "), Preview: previews.Draw,
		Resumed:  func(step int64) { fmt.Fprintf(log, "resuming %s at step %d\n", f.out, step) },
		Progress: line.show, Note: line.note, Trained: line.done})
	if res == nil {
		return err
	}
	o.saved = true
	return errors.Join(err, printTrained(cmd, o, res))
}

// printTrained prints what the run came to.
func printTrained(cmd *cobra.Command, o *options, res *training.Result) error {
	if o.json {
		return printJSON(cmd.OutOrStdout(), map[string]any{"step": res.Step, "images": res.Images, "loss": report.FiniteOrNil(res.Loss),
			"held_out": report.FiniteOrNil(res.HeldOut), "seconds": res.Seconds, "peak_memory_mib": plan.PeakMemory(), "model": res.Model})
	}
	held := "not measured"
	if !math.IsNaN(res.HeldOut) {
		held = fmt.Sprintf("%.4f", res.HeldOut)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "step %d, %d images, loss %.4f, held-out loss %s, %.0f s\nwritten: %s\n", res.Step, res.Images, res.Loss, held, res.Seconds, res.Model)
	return nil
}
