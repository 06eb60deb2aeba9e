// Package quality measures how good a prior is, by numbers that anyone can make again.
//
// The sliced Wasserstein distance of samples to test images stands beside the floor, which is the distance of as many
// training images. The distance of each sample to the nearest of all training images stands beside that of test images;
// a prior that has memorised its images lies nearer. The code length of test images, -log2 p(x) / D bits per dimension, is
// bounded from above by the evidence bound and estimated by the probability-flow ODE. Images that were stored as integers
// are dequantised first by uniform noise over the bin of each code.
//
// LogProb computes log-densities of single images with their gradients, and Posterior compares samples of a posterior
// with a reference.
package quality

import (
	"context"

	"tweedie/data"
	"tweedie/internal/priors"
	"tweedie/prior"
	"tweedie/report"
)

// Evaluation says what is measured of a prior, and with which images.
type Evaluation struct {
	Prior       *prior.Prior
	Train, Test data.Set
	Samples     [][]float64 // of the prior, in their own values
	Sampler     any         // how the samples were drawn, for the outcome
	Machine     map[string]any
	Directions  int // random directions of the sliced Wasserstein distance
	Bound, ODE  int // test images for the evidence bound and for the ODE
	Draws       int // noise levels for each image of the bound
	Levels      int // values that a pixel could take when the images were stored; 0 for any
	Seed        uint64
	Folder      string // for samples.png and nearest.png; "" for none
	Watch       priors.Watch
}

// Outcome holds the results of an evaluation. Distances are in the units of the pixels.
type Outcome struct {
	Prior      string         `json:"prior"`
	Seed       uint64         `json:"seed"`
	Machine    map[string]any `json:"machine"`
	Sampler    any            `json:"sampler"`
	Samples    int            `json:"samples"`
	Train      int            `json:"training_images"`
	Test       int            `json:"test_images"`
	Directions int            `json:"directions"`
	SW2        report.Number  `json:"sliced_wasserstein_samples_to_test"`
	Floor      report.Number  `json:"sliced_wasserstein_training_to_test"`
	Nearest    Neighbours     `json:"distance_of_samples_to_nearest_training_image"`
	TestNear   Neighbours     `json:"distance_of_test_images_to_nearest_training_image"`
	Levels     int            `json:"levels"`
	ELBO       *CodeLength    `json:"bound,omitempty"`
	ODE        *CodeLength    `json:"ode,omitempty"`
}

// Neighbours sums up distances.
type Neighbours struct {
	Least  float64       `json:"least"`
	First  float64       `json:"first_percentile"`
	Median float64       `json:"median"`
	Mean   report.Number `json:"mean"`
	Below  float64       `json:"fraction_below_first_percentile_of_test"`
}

// CodeLength estimates the log-density of test images.
type CodeLength struct {
	Images      int            `json:"images"`
	Nats        report.Number  `json:"log_density_nats"` // per image, in the units of the pixels
	Bits        *report.Number `json:"bits_per_dim,omitempty"`
	Evaluations int            `json:"score_evaluations_per_image"`
	Config      any            `json:"config"`
}

// Run measures the samples against the two sets, and then the code lengths.
func (e *Evaluation) Run(ctx context.Context) (Outcome, error) {
	out := Outcome{Prior: e.Prior.Summary(), Seed: e.Seed, Machine: e.Machine, Sampler: e.Sampler, Samples: len(e.Samples), Train: e.Train.Len(), Test: e.Test.Len(),
		Directions: e.Directions, Levels: e.Levels}
	if err := e.compare(ctx, &out); err != nil {
		return out, err
	}
	return out, e.densities(ctx, &out)
}
