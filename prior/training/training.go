// Package training trains a prior on images, by denoising.
//
// A Config says everything that a run follows from besides its images: the network, how the images are read, the
// loss, and the optimisation. New measures the images, builds the network, and fills in what the config leaves open. Run
// trains, from a saved state where there is one, and writes the folder of the run: state.safetensors, from which it
// resumes to the same bits, model.safetensors with the averaged weights, which is a prior, and stats.jsonl.
package training

import (
	"context"
	"fmt"

	"tweedie/data"
	"tweedie/diffusion"
	"tweedie/families"
	"tweedie/internal/config"
	"tweedie/layers"
	"tweedie/train"
)

// Training holds a network, the images it learns from, and how.
type Training struct {
	cfg                Config
	spec               families.Spec
	net                families.Network
	classes            int // that the network is told; 0 for none
	trainSet, heldSet  data.Set
	cursor             *data.Cursor
	objective, heldOut train.Objective // heldOut is nil when nothing is held out
	images             string          // how many there are to learn from, and a hash of those that were looked at
	initHash           string          // of the file that the weights come from
	notes              []string        // for the user
}

// New prepares the training of a network on a set: it splits off the images that are held out, measures the others,
// builds the network with the weights of Config.Init, and freezes parameters.
func New(ctx context.Context, c Config, set data.Set) (*Training, error) {
	r := &Training{cfg: c}
	r.trainSet, r.heldSet = data.Split(set, c.Data.Validation, c.Train.Seed)
	crop := c.Data.Crop
	ch, h, w := set.Shape()
	if crop != [2]int{} {
		h, w = min(h, crop[0]), min(w, crop[1])
	}
	if most := max(1, config.MostInput/(ch*h*w)); c.Train.Batch/c.Train.Accumulate > most {
		return nil, fmt.Errorf("train.batch is %d in %d parts; of images of %d values at most %d fit in one: raise train.accumulate", c.Train.Batch, c.Train.Accumulate, ch*h*w, most)
	}
	cursor, err := data.NewCursor(r.trainSet, data.CursorConfig{Batch: c.Train.Batch / c.Train.Accumulate, Flip: c.Data.Flip, Crop: crop}, c.key().Split("data", 0))
	if err != nil {
		return nil, err
	}
	r.cursor = cursor
	_, ch, h, w = cursor.Shape()
	lo, hi := set.Range()
	seen := newWitness(r.trainSet)
	mean, std, err := moments(ctx, seen, 2000, 1<<25)
	if err != nil {
		return nil, err
	}
	r.images = seen.String()
	r.spec = families.Spec{Shape: []int{ch, h, w}, Affine: diffusion.Affine{Scale: (hi - lo) / 2, Shift: (hi + lo) / 2},
		Range: [2]float64{lo, hi}, Mean: mean, Std: std}
	r.spec.Predict = c.Prediction
	r.measured(std / r.spec.Affine.Unit())
	if c.Data.Classes {
		if r.classes, err = data.Classes(ctx, set); err != nil {
			return nil, fmt.Errorf("--classes: %w", err)
		}
	}
	if err := r.build(); err != nil {
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

// Config returns the whole effective config, which gives the same run again.
func (r *Training) Config() Config { return r.cfg }

// Notes returns what a user should know before the run, a line each.
func (r *Training) Notes() []string { return r.notes }

// Params returns the number of values in the network's parameters.
func (r *Training) Params() int { return layers.Count(r.net.Params()) }

// Images returns the numbers of images to learn from and of images that are held out.
func (r *Training) Images() (learned, held int) { return r.trainSet.Len(), r.heldSet.Len() }

// measured takes the standard deviation of the images, in units of the network, for sigma_data, unless the config gives
// another.
func (r *Training) measured(std float64) {
	r.spec.SigmaData = std
	loss, ok := r.cfg.Loss.Loss.(diffusion.EDMLoss)
	if !ok {
		return
	}
	switch given := loss.SigmaData; {
	case given == 0:
		loss.SigmaData = std
	case given != std:
		r.notes = append(r.notes, fmt.Sprintf("loss.sigma_data is %.4g as the config gives it; the standard deviation of the images is %.4g", given, std))
	}
	r.cfg.Loss.Loss, r.spec.SigmaData = loss, loss.SigmaData
}
