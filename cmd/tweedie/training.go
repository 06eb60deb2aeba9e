package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"tweedie/data"
	"tweedie/diffusion"
	"tweedie/train"
	"tweedie/unet"
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

func newTraining(c trainConfig, set data.Set) (*training, error) {
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
	mean, std, err := moments(r.trainSet, 2000, 1<<25)
	if err != nil {
		return nil, err
	}
	r.spec = zoo.Spec{Shape: []int{ch, h, w}, Affine: diffusion.Affine{Scale: (hi - lo) / 2, Shift: (hi + lo) / 2},
		Range: [2]float64{lo, hi}, Mean: mean, Std: std}
	r.spec.SigmaData = std / r.spec.Affine.Unit()
	r.cfg.Loss.SigmaData = r.spec.SigmaData
	if c.Data.Classes {
		if r.classes, err = data.Classes(set); err != nil {
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

// build makes the network, with the weights of a checkpoint when one is named, and freezes what is to be frozen.
func (r *training) build() error {
	c := &r.cfg
	var from *initial
	if c.Init != "" {
		var err error
		if from, err = openInitial(c.Init); err != nil {
			return fmt.Errorf("--init: %w", err)
		}
		defer from.opened.Close()
		r.initHash = from.hash
		if c.Architecture == "" && c.Network == nil {
			if from.open != nil {
				return fmt.Errorf("--init: %w (state architecture and network in --config)", from.open)
			}
			c.Architecture, c.Network = from.architecture, from.network
		}
	}
	switch {
	case c.Architecture == "" && r.classes > 0:
		c.Architecture = "unet"
	case c.Architecture == "":
		c.Architecture = "conv-score"
	case c.Architecture != "unet" && r.classes > 0:
		return fmt.Errorf("architecture %q takes no classes; with --classes it must be unet", c.Architecture)
	}
	if err := r.withClasses(); err != nil {
		return err
	}
	var err error
	if r.net, r.spec.Network, err = zoo.Build(c.Architecture, c.Network, r.spec.Shape, c.key().Split("network", 0)); err != nil {
		return err
	}
	c.Network = r.spec.Network
	if err := r.fit(); err != nil {
		return err
	}
	if from != nil {
		notes, err := from.load(r.net.Params())
		if err != nil {
			return fmt.Errorf("--init: %w", err)
		}
		r.notes = append(r.notes, notes...)
	}
	note, err := freeze(r.net.Params(), c.Freeze)
	if note != "" {
		r.notes = append(r.notes, note)
	}
	return err
}

// withClasses puts the number of classes into the config of the network.
func (r *training) withClasses() error {
	if r.classes == 0 {
		return nil
	}
	if r.cfg.Network == nil {
		_, network, err := zoo.Build(r.cfg.Architecture, nil, r.spec.Shape, r.cfg.key())
		if err != nil {
			return err
		}
		r.cfg.Network = network
	}
	c, err := unet.ParseConfig(r.cfg.Network)
	if err != nil {
		return err
	}
	if c.NumClasses == 0 {
		c.NumClasses = r.classes
	}
	if c.NumClasses < r.classes {
		return fmt.Errorf("network.num_classes is %d and the images have %d classes", c.NumClasses, r.classes)
	}
	r.cfg.Network, err = json.Marshal(c.Effective())
	return err
}

// fit checks the network against the prior that it is to become, which is of one of its classes.
func (r *training) fit() error {
	spec := r.spec
	if u, ok := r.net.(*unet.UNet); ok && u.Config().NumClasses > 0 {
		if r.classes == 0 {
			return fmt.Errorf("network.num_classes is %d; --classes (data.classes) tells the network the labels of the images", u.Config().NumClasses)
		}
		spec.Class = new(int)
	}
	return errors.Join(spec.Validate(), spec.Fit(r.net))
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
