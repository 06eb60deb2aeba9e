package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"tweedie/data"
	"tweedie/diffusion"
	"tweedie/train"
	"tweedie/zoo"
)

// training is a network, the images it learns from, and how.
type training struct {
	cfg                trainConfig
	spec               zoo.Spec
	net                zoo.Network
	classes            int // that the network is told; 0 for none
	trainSet, heldSet  data.Set
	cursor             *data.Cursor
	objective, heldOut train.Objective // heldOut is nil when nothing is held out
	initHash           string          // of the file that the weights come from
	notes              []string        // for the user
}

func newTraining(ctx context.Context, c trainConfig, set data.Set) (*training, error) {
	r := &training{cfg: c}
	r.trainSet, r.heldSet = data.Split(set, c.Data.Validation, c.Train.Seed)
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
	mean, std, err := moments(ctx, r.trainSet, 2000, 1<<25)
	if err != nil {
		return nil, err
	}
	r.spec = zoo.Spec{Shape: []int{ch, h, w}, Affine: diffusion.Affine{Scale: (hi - lo) / 2, Shift: (hi + lo) / 2},
		Range: [2]float64{lo, hi}, Mean: mean, Std: std}
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

// measured takes the standard deviation of the images, in units of the network, for sigma_data, unless the config gives
// another.
func (r *training) measured(std float64) {
	given := r.cfg.Loss.SigmaData
	switch {
	case given == 0:
		r.cfg.Loss.SigmaData = std
	case given != std:
		r.notes = append(r.notes, fmt.Sprintf("loss.sigma_data is %.4g as the config gives it; the standard deviation of the images is %.4g", given, std))
	}
	r.spec.SigmaData = r.cfg.Loss.SigmaData
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
