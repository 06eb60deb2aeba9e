package training

import (
	"encoding/json"

	"tweedie/data"
	"tweedie/diffusion"
	"tweedie/families"
	"tweedie/internal/config"
	"tweedie/rng"
	"tweedie/train"
)

// Config holds everything that a training run follows from besides its data.
type Config struct {
	Architecture string              `json:"architecture"`        // "" for conv-score, with classes unet, or what init names
	Network      json.RawMessage     `json:"network"`             // null for the architecture's default, or what init holds
	Prediction   families.Prediction `json:"prediction,omitzero"` // what the output is; zero for EDM's, or what init says
	Data         DataConfig          `json:"data"`
	Loss         diffusion.AnyLoss   `json:"loss"` // a sigma_data of 0 in EDM's stands for the standard deviation of the images
	Train        train.Config        `json:"train"`
	PreviewEvery int64               `json:"preview_every"` // steps between previews, of which one comes at the end; 0 for none
	Init         string              `json:"init"`          // checkpoint with the weights to begin with; "" for random ones
	Freeze       []string            `json:"freeze"`        // parameters that are not learned, patterns of their names
}

// DataConfig says how the images are read.
type DataConfig struct {
	Shape      [3]int     `json:"shape"`         // [C,H,W] of rows in CSV files and arrays; zeros for other files
	Max        float64    `json:"max"`           // full scale in CSV files
	Range      [2]float64 `json:"range"`         // physical values of the darkest and the brightest; zeros for [0, 1] or the data's
	Array      string     `json:"array"`         // of an npz, the one with the images
	Labels     string     `json:"labels"`        // of an npz, the array with the labels; of an IDX, the file with them; of a CSV, the column
	Last       bool       `json:"channels_last"` // arrays are [N,H,W,C]
	Resize     [2]int     `json:"resize"`        // rows and columns that all images are brought to; zeros for none
	Flip       bool       `json:"flip"`          // random horizontal flips
	Crop       [2]int     `json:"crop"`          // random crops of this many rows and columns; zeros for none
	Validation float64    `json:"validation"`    // fraction held out
	Gray       bool       `json:"gray"`          // turn colours into luma
	Classes    bool       `json:"classes"`       // tell the network the label of each image
	MaxPixels  int64      `json:"max_pixels"`    // of an image; 0 for what decodes into 512 MiB, in proportion to its file
}

// keepImages bounds the decoded images of a folder or archive that are kept in memory, in bytes.
const keepImages = 256 << 20

// Options returns what data.Open takes.
func (c DataConfig) Options() data.Options {
	return data.Options{Shape: c.Shape, Max: c.Max, Lo: c.Range[0], Hi: c.Range[1], Array: c.Array, Labels: c.Labels, Resize: c.Resize, ChannelsLast: c.Last,
		Gray: c.Gray, MaxPixels: c.MaxPixels, Check: true, Keep: keepImages}
}

// Default suits small images and an hour or so on two cores.
func Default() Config {
	t := train.Default()
	t.Steps, t.Batch, t.LR, t.WarmupSteps, t.Decay, t.FinalLR = 20000, 64, 1e-3, 500, "cosine", 1e-5
	t.EMAHalfLife, t.EvalEvery, t.EvalBatches, t.SaveEvery, t.LogEvery = 20000, 64000, 8, 128000, 12800
	loss := diffusion.DefaultEDMLoss()
	loss.SigmaData = 0 // measured, unless it is given
	return Config{Data: DataConfig{Validation: 0.1}, Loss: diffusion.AnyLoss{Loss: loss}, Train: t, PreviewEvery: 1000, Freeze: []string{}}
}

// Validate returns an error that names the first field out of bounds. A sigma_data of 0 is good, because it is measured.
func (c Config) Validate() error {
	k := config.Check("")
	k.Float("data.validation", c.Data.Validation, 0, config.BelowOne)
	k.Int64("preview_every", c.PreviewEvery, 0, 1e15)
	loss := c.Loss.Loss
	if e, ok := loss.(diffusion.EDMLoss); ok && e.SigmaData == 0 {
		e.SigmaData = 1 // not measured yet
		loss = e
	}
	k.That(loss != nil, "loss", "null", "be an object with a kind")
	if loss != nil {
		k.Also(loss.Validate())
	}
	k.Also(c.Train.Validate())
	return k.Err()
}

// key returns the root of a run's random numbers.
func (c Config) key() rng.Key { return rng.New(c.Train.Seed) }
