package cli

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"tweedie/checkpoints"
	"tweedie/data"
	"tweedie/diffusion"
	"tweedie/internal/config"
	"tweedie/rng"
	"tweedie/train"
)

// trainConfig is everything that a training run follows from besides its data.
type trainConfig struct {
	Architecture string            `json:"architecture"` // "" for conv-score, with classes unet, or what init names
	Network      json.RawMessage   `json:"network"`      // null for the architecture's default, or what init holds
	Data         dataConfig        `json:"data"`
	Loss         diffusion.EDMLoss `json:"loss"` // a sigma_data of 0 stands for the standard deviation of the images
	Train        train.Config      `json:"train"`
	PreviewEvery int64             `json:"preview_every"` // steps between previews, of which one comes at the end; 0 for none
	Init         string            `json:"init"`          // checkpoint with the weights to begin with; "" for random ones
	Freeze       []string          `json:"freeze"`        // parameters that are not learned, patterns of their names
}

// dataConfig says how the images are read.
type dataConfig struct {
	Shape      [3]int     `json:"shape"`         // [C,H,W] of rows in CSV files and arrays; zeros for other files
	Max        float64    `json:"max"`           // full scale in CSV files
	Range      [2]float64 `json:"range"`         // physical values of the darkest and the brightest; zeros for [0, 1] or the data's
	Array      string     `json:"array"`         // of an npz, the one with the images
	Labels     string     `json:"labels"`        // of an npz, the array with the labels; of an IDX, the file with them
	Last       bool       `json:"channels_last"` // arrays are [N,H,W,C]
	Flip       bool       `json:"flip"`          // random horizontal flips
	Crop       [2]int     `json:"crop"`          // random crops of this many rows and columns; zeros for none
	Validation float64    `json:"validation"`    // fraction held out
	Gray       bool       `json:"gray"`          // turn colours into luma
	Classes    bool       `json:"classes"`       // tell the network the label of each image
	MaxPixels  int64      `json:"max_pixels"`    // of an image; 0 for what decodes into 512 MiB, in proportion to its file
}

// keepImages bounds the decoded images of a folder or archive that are kept in memory, in bytes.
const keepImages = 256 << 20

func (c dataConfig) options() data.Options {
	return data.Options{Shape: c.Shape, Max: c.Max, Lo: c.Range[0], Hi: c.Range[1], Array: c.Array, Labels: c.Labels, ChannelsLast: c.Last,
		Gray: c.Gray, MaxPixels: c.MaxPixels, Check: true, Keep: keepImages}
}

// defaultTraining suits small images and an hour or so on two cores.
func defaultTraining() trainConfig {
	t := train.Default()
	t.Steps, t.Batch, t.LR, t.WarmupSteps, t.Decay, t.FinalLR = 20000, 64, 1e-3, 500, "cosine", 1e-5
	t.EMAHalfLife, t.EvalEvery, t.EvalBatches, t.SaveEvery, t.LogEvery = 20000, 64000, 8, 128000, 12800
	loss := diffusion.DefaultEDMLoss()
	loss.SigmaData = 0 // measured, unless it is given
	return trainConfig{Data: dataConfig{Validation: 0.1}, Loss: loss, Train: t, PreviewEvery: 1000, Freeze: []string{}}
}

// effective is the config with the flags, which come last.
func (f *trainFlags) effective(cmd *cobra.Command, seed uint64) (trainConfig, error) {
	c := defaultTraining()
	text, err := jsonFlag("--config", f.config, `{"train":{"batch":32}}`)
	if err != nil {
		return c, err
	}
	if err := decodeOnto(text, &c); err != nil {
		return c, fmt.Errorf("--config: %w", err)
	}
	if f.data == "" {
		return c, errors.New("--data is missing: name a folder or file with images")
	}
	set := cmd.Flags().Changed
	if set("shape") {
		if len(f.shape) != 3 {
			return c, fmt.Errorf("--shape has %d numbers; want channels,rows,columns", len(f.shape))
		}
		c.Data.Shape = [3]int(f.shape)
	}
	if set("crop") {
		if len(f.crop) != 2 {
			return c, fmt.Errorf("--crop has %d numbers; want rows,columns", len(f.crop))
		}
		c.Data.Crop = [2]int(f.crop)
	}
	if f.steps != 0 {
		c.Train.Steps, c.Train.Images = f.steps, 0
	}
	for flag, take := range map[string]func(){
		"max":        func() { c.Data.Max = f.max },
		"flip":       func() { c.Data.Flip = f.flip },
		"gray":       func() { c.Data.Gray = f.gray },
		"classes":    func() { c.Data.Classes = f.classes },
		"validation": func() { c.Data.Validation = f.validation },
		"max-pixels": func() { c.Data.MaxPixels = f.maxPixels },
		"init":       func() { c.Init = f.init },
		"freeze":     func() { c.Freeze = f.freeze },
	} {
		if set(flag) {
			take()
		}
	}
	if set("seed") || c.Train.Seed == 0 {
		c.Train.Seed = seed
	}
	k := config.Check("")
	k.Float("data.validation", c.Data.Validation, 0, config.BelowOne)
	k.Int64("preview_every", c.PreviewEvery, 0, 1e15)
	loss := c.Loss
	if loss.SigmaData == 0 {
		loss.SigmaData = 1 // not measured yet
	}
	k.Also(loss.Validate())
	k.Also(c.Train.Validate())
	return c, k.Err()
}

// key is the root of a run's random numbers.
func (c trainConfig) key() rng.Key { return rng.New(c.Train.Seed) }

// provenance is what a checkpoint says of its training.
type provenance struct {
	Command string      `json:"command"`
	Config  trainConfig `json:"config"`
	Data    string      `json:"data"`
	Images  int         `json:"images"`
	Classes []string    `json:"classes,omitempty"` // names of the labels
	Init    string      `json:"init_sha256,omitempty"`
	Outcome *outcome    `json:"outcome,omitempty"` // of the run so far; a state has none
}

// outcome is what a run came to.
type outcome struct {
	From    int64   `json:"from_step"` // where this process took the run up, 0 for a run in one go
	Images  int64   `json:"images_seen"`
	Loss    any     `json:"loss"`     // of the last step; nil when there was none
	HeldOut any     `json:"held_out"` // the latest; nil when nothing was held out
	Seconds float64 `json:"seconds"`  // since from_step, data and previews included
}

// store writes p into the metadata of f.
func (p provenance) store(f *checkpoints.File) error {
	info, err := f.Info()
	if err != nil {
		return err
	}
	if info.Provenance, err = json.Marshal(p); err != nil {
		return err
	}
	return f.SetInfo(info)
}
