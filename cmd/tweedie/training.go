package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"time"

	"golang.org/x/term"

	"tweedie/autodiff"
	"tweedie/data"
	"tweedie/diffusion"
	"tweedie/rng"
	"tweedie/train"
	"tweedie/zoo"
)

// training is a network, the images it learns from, and how.
type training struct {
	cfg                trainConfig
	spec               zoo.Spec
	net                zoo.Network
	trainSet, heldSet  data.Set
	cursor             *data.Cursor
	objective, heldOut train.Objective // heldOut is nil when nothing is held out
}

func newTraining(c trainConfig, set data.Set, seed uint64) (*training, error) {
	r := &training{cfg: c}
	r.trainSet, r.heldSet = data.Split(set, c.Data.Validation, seed)
	crop := c.Data.Crop
	if ch, h, w := set.Shape(); c.Train.Batch > maxValues/(ch*h*w) {
		return nil, fmt.Errorf("train.batch is %d; of images of %d values at most %d fit", c.Train.Batch, ch*h*w, maxValues/(ch*h*w))
	}
	cursor, err := data.NewCursor(r.trainSet, data.CursorConfig{Batch: c.Train.Batch / c.Train.Accumulate, Flip: c.Data.Flip, Crop: crop}, c.key().Split("data", 0))
	if err != nil {
		return nil, err
	}
	r.cursor = cursor
	_, ch, h, w := cursor.Shape()
	lo, hi := set.Range()
	sum, err := data.Summarize(r.trainSet, 2000)
	if err != nil {
		return nil, err
	}
	std, err := pixelStd(r.trainSet, sum.Mean, 2000)
	if err != nil {
		return nil, err
	}
	r.spec = zoo.Spec{Shape: []int{ch, h, w}, Affine: diffusion.Affine{Scale: (hi - lo) / 2, Shift: (hi + lo) / 2},
		Range: [2]float64{lo, hi}, Mean: sum.Mean, Std: std}
	r.spec.SigmaData = std / r.spec.Affine.Unit()
	r.cfg.Loss.SigmaData = r.spec.SigmaData
	if r.net, r.spec.Network, err = zoo.Build(c.Architecture, c.Network, r.spec.Shape, c.key().Split("network", 0)); err != nil {
		return nil, err
	}
	r.cfg.Network = r.spec.Network
	if err := errors.Join(r.spec.Validate(), r.spec.Fit(r.net)); err != nil {
		return nil, err
	}
	r.objective = r.denoising(cursor)
	if r.heldSet.Len() > 0 {
		held, err := data.NewCursor(r.heldSet, data.CursorConfig{Batch: c.Train.Batch / c.Train.Accumulate, Crop: crop}, c.key().Split("held-out", 0))
		if err != nil {
			return nil, err
		}
		if r.heldOut, err = r.heldOutSet(held); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// pixelStd is the standard deviation of the pixels of up to limit images around their mean.
func pixelStd(set data.Set, mean float64, limit int) (float64, error) {
	c, h, w := set.Shape()
	img := make([]float32, c*h*w)
	n := min(set.Len(), limit)
	sum := 0.0
	for k := range n {
		if _, err := set.Read(k*set.Len()/n, img); err != nil {
			return 0, err
		}
		for _, v := range img {
			sum += (float64(v) - mean) * (float64(v) - mean)
		}
	}
	std := math.Sqrt(sum / float64(n*len(img)))
	if std == 0 {
		return 0, fmt.Errorf("all pixels of the %d images that were looked at are equal to %g; there is nothing to learn", n, mean)
	}
	return std, nil
}

// decodeOnto decodes JSON onto a struct with defaults; an unknown field is an error.
func decodeOnto(text []byte, v any) error {
	if len(text) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// denoising is the denoising loss of the network on images that a cursor draws.
type denoising struct {
	loss   diffusion.EDMLoss
	spec   *zoo.Spec
	den    diffusion.Denoiser
	cursor *data.Cursor
	shape  autodiff.Shape
	images []float32
	keys   []rng.Key
	fixed  [][]float32 // of a held-out loss: the same batches every time
}

func (r *training) denoising(c *data.Cursor) *denoising {
	b, ch, h, w := c.Shape()
	return &denoising{loss: r.cfg.Loss, spec: &r.spec, den: r.spec.Denoiser(r.net), cursor: c,
		shape: autodiff.S(b, ch, h, w), images: make([]float32, b*ch*h*w), keys: make([]rng.Key, b)}
}

// heldOutSet reads the held-out batches once.
func (r *training) heldOutSet(c *data.Cursor) (*denoising, error) {
	d := r.denoising(c)
	for range r.cfg.Train.EvalBatches {
		batch := make([]float32, len(d.images))
		if err := c.Next(batch, nil); err != nil {
			return nil, err
		}
		d.toModel(batch)
		d.fixed = append(d.fixed, batch)
	}
	return d, nil
}

// Loss is the mean weighted squared error of the denoiser on one micro-batch.
func (d *denoising) Loss(s *autodiff.Scope, step train.Step) (autodiff.Var, error) {
	x := d.images
	if d.fixed != nil {
		x = d.fixed[step.Micro%len(d.fixed)]
	} else {
		if err := d.cursor.Next(x, nil); err != nil {
			return autodiff.Var{}, err
		}
		d.toModel(x)
	}
	for i := range d.keys {
		d.keys[i] = step.Key.Split("image", i)
	}
	return d.loss.Loss(s, d.den, s.Const32(d.shape, x), d.keys), nil
}

// toModel maps images to the network's values.
func (d *denoising) toModel(x []float32) {
	for i, v := range x {
		x[i] = float32(d.spec.Affine.From(float64(v)))
	}
}

// trainLine is the status line of a training run.
type trainLine struct {
	w    io.Writer
	on   bool
	last time.Time
}

func newTrainLine(w io.Writer) *trainLine {
	return &trainLine{w: w, on: term.IsTerminal(int(os.Stderr.Fd()))}
}

// show draws the line, at most five times a second, and only on a terminal.
func (l *trainLine) show(p train.Progress) {
	if !l.on || time.Since(l.last) < 200*time.Millisecond && p.Step != p.Steps {
		return
	}
	l.last = time.Now()
	fmt.Fprintf(l.w, "\r\x1b[Kstep %d/%d  %.0f images/s  loss %.4f  held-out %.4f  ETA %s  heap %d MiB", p.Step, p.Steps,
		p.ImagesPerSecond, p.Loss, p.HeldOut, p.ETA.Round(time.Second), heapMiB())
}

func (l *trainLine) done() {
	if l.on {
		fmt.Fprintln(l.w)
	}
}

func heapMiB() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Sys >> 20
}
