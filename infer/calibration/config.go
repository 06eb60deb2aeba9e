package calibration

import (
	"tweedie/infer"
	"tweedie/internal/config"
)

// Bounds of a calibration.
const (
	LeastDraws    = 19 // distinct ones of each problem, for ranks in twenty bins
	LeastProblems = 20
	MostProblems  = 10_000
)

// Config says how a method is calibrated.
type Config struct {
	Problems int    `json:"problems"`
	Samples  int    `json:"samples"` // draws of each problem
	Seed     uint64 `json:"seed"`

	// Steps is the number of evaluations of a truth of a network.
	Steps int `json:"truth_steps"`
	// Levels are the lowest and the highest noise level of such a draw in the units of x, as of training; a 0 is 1/500 or 100
	// deviations of the prior's pixels.
	Levels [2]float64 `json:"truth_levels,omitzero"`
	// Truth has the prior, the operator and the noise that make truths and data, where they are not those of the problem that is
	// solved: it shows what a wrong prior, operator or noise does. Its measurement is not used. It may be nil.
	Truth *infer.Problem `json:"-"`

	State    string               `json:"-"` // file to resume from and to save to; empty means neither
	Progress func(infer.Progress) `json:"-"` // called after each problem; may be nil
}

// Default returns a hundred problems of 63 draws each.
func Default() Config { return Config{Problems: 100, Samples: 63, Steps: 256} }

// Validate names the first field that is out of range.
func (c Config) Validate() error {
	k := config.Check("calibrate")
	k.Int("problems", c.Problems, LeastProblems, MostProblems)
	k.Int("samples", c.Samples, LeastDraws, config.MostBatch)
	k.Int("truth_steps", c.Steps, 8, config.MostSteps)
	k.Float("truth_levels[0]", c.Levels[0], 0, config.Huge)
	k.Float("truth_levels[1]", c.Levels[1], 0, config.Huge)
	if c.Levels[1] > 0 {
		k.Ordered("truth_levels[0]", c.Levels[0], "truth_levels[1]", c.Levels[1])
	}
	return k.Err()
}
