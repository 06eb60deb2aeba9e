package eval

import (
	"fmt"
	"math"

	"tweedie/internal/config"
	"tweedie/internal/nonfinite"
)

// CompareConfig says how two samples of a posterior are compared.
type CompareConfig struct {
	Directions   int     `json:"directions"`   // random directions of the max-sliced distance
	Ascent       int     `json:"ascent"`       // steps of its refinement; 0 leaves it out
	Splits       int     `json:"splits"`       // halvings of the reference that make the floors
	Permutations int     `json:"permutations"` // for the probabilities of MMD and the energy distance
	Max          int     `json:"max"`          // draws of either side for what takes all pairs, and for the classifiers
	Modes        int     `json:"modes"`        // most modes that are sought in the reference; 1 leaves them out
	Level        float64 `json:"level"`        // how often all tests that have a probability may be wrong together
	Seed         uint64  `json:"seed"`
}

// DefaultCompare returns 100 directions, 40 steps of ascent, 10 splits, 499 permutations, 1000 draws and level .01.
func DefaultCompare() CompareConfig {
	return CompareConfig{Directions: 100, Ascent: 40, Splits: 10, Permutations: 499, Max: 1000, Modes: 8, Level: .01}
}

// Kind returns "compare".
func (c CompareConfig) Kind() string { return "compare" }

// Validate returns a *config.FieldError that names the first field that is wrong.
func (c CompareConfig) Validate() error {
	k := config.Check(c.Kind())
	k.Int("directions", c.Directions, 1, 1<<16)
	k.Int("ascent", c.Ascent, 0, 10_000)
	k.Int("splits", c.Splits, 3, 1000)
	k.Int("permutations", c.Permutations, 99, 100_000)
	k.Int("max", c.Max, fewestDraws, 10_000)
	k.Int("modes", c.Modes, 1, 64)
	k.Float("level", c.Level, 1e-6, .5)
	return k.Err()
}

// Draws without which nothing can be said.
const (
	fewestDraws     = 20
	fewestReference = 2 * fewestDraws
	mostCompared    = 1_000_000
)

// Metric holds one measure of how far samples are from a reference.
type Metric struct {
	Name    string   `json:"name"`
	Value   float64  `json:"value"`
	Floor   float64  `json:"floor"`        // the mean of what parts of the reference have between them
	FloorSD float64  `json:"floor_sd"`     // the standard deviation of that over the splits
	P       *float64 `json:"p,omitempty"`  // the probability of as much under equal laws, where there is a test
	SE      *float64 `json:"se,omitempty"` // the binomial error of an accuracy
	Differs bool     `json:"differs"`
}

// Comparison holds what ComparePosterior found.
type Comparison struct {
	Dim       int           `json:"dimensions"`
	Samples   int           `json:"samples"`
	Reference int           `json:"reference"`
	Compared  [2]int        `json:"compared"` // draws of either side in the max-sliced distances
	Pairs     [2]int        `json:"pairs"`    // the same in what takes all pairs; the classifiers take the first number of both
	Metrics   []Metric      `json:"metrics"`
	Differs   bool          `json:"differs"`         // one of the metrics does
	Modes     *ModesOfBoth  `json:"modes,omitempty"` // nil where the reference has one mode
	Config    CompareConfig `json:"config"`
}

// ModesOfBoth holds the weights of the reference's modes in both samples.
type ModesOfBoth struct {
	Silhouette float64   `json:"silhouette"`
	Samples    []float64 `json:"samples"`
	Reference  []float64 `json:"reference"`
}

// ComparePosterior compares samples a [n][d] of a posterior with draws b [m][d] of a reference, all independent, at least 20
// of a and 40 of b. Each metric stands beside its floor, the same number between a part of the reference and the rest,
// of the same sizes, by its mean and standard deviation over random splits:
//
//	max_sliced_wasserstein2         W2(u.a, u.b), the largest over directions that ascent finds
//	max_sliced_wasserstein2_random  the same over random directions
//	c2st_logistic, c2st_neighbours  accuracy in new folds of logistic regression on quadratic functions of ten principal
//	                                components, and of the 15 nearest neighbours; 1/2 is no difference, 1 the largest.
//	                                In many dimensions neighbours do not see samples that are only wider
//	mmd2                            mean k(a,a') + k(b,b') - 2 k(a,b), k Gaussian, of the width of the median distance
//	energy_distance                 2 E|a-b| - E|a-a'| - E|b-b'|
//	mean_max_z, covariance_max_z    the largest difference of a mean or covariance over its standard error
//	mode_weights_tv                 sum over the reference's modes of |difference of the shares|/2
//
// A metric with a probability differs where that is below a quarter of Level, the others where the value is 5 standard
// deviations above the floor, which equal laws reach once in a few hundred times; covariances must fulfil both. To have
// equal sizes the floor needs a reference of twice as many draws as there are samples; with a smaller one, halves of the
// reference and as many samples are compared. Chains must be thinned until draws are independent, or everything looks
// too different. It takes a few seconds for 1,000 against 10,000 draws, memory for the pairs of 3 Max draws, and depends
// on the seed alone.
func ComparePosterior(a, b [][]float64, cfg CompareConfig) (Comparison, error) {
	if err := cfg.Validate(); err != nil {
		return Comparison{}, err
	}
	if err := checkCompared(a, b); err != nil {
		return Comparison{}, err
	}
	c := newComparison(a, b, cfg)
	c.sliced()
	c.pairs()
	c.moments()
	c.modes()
	for _, m := range c.out.Metrics {
		c.out.Differs = c.out.Differs || m.Differs
	}
	return c.out, nil
}

// checkCompared says why two samples cannot be compared.
func checkCompared(a, b [][]float64) error {
	for _, s := range []struct {
		name  string
		x     [][]float64
		least int
	}{{"samples", a, fewestDraws}, {"reference", b, fewestReference}} {
		if len(s.x) < s.least || len(s.x) > mostCompared {
			return fmt.Errorf("eval: %s: %d draws; a comparison takes %d to %d", s.name, len(s.x), s.least, mostCompared)
		}
		d := len(s.x[0])
		if d == 0 {
			return fmt.Errorf("eval: %s: draws without values", s.name)
		}
		if d != len(a[0]) {
			return fmt.Errorf("eval: reference: draws have %d values and those of the samples %d; they must be equal", d, len(a[0]))
		}
		for i, x := range s.x {
			if len(x) != d {
				return fmt.Errorf("eval: %s: draw %d has %d values and draw 0 %d", s.name, i, len(x), d)
			}
			if err := nonfinite.Within("eval: "+s.name+": the value", x, i, d, config.Huge); err != nil {
				return err
			}
		}
	}
	return nil
}

// spreadOf returns mean and standard deviation.
func spreadOf(values []float64) (mean, sd float64) {
	m := MeanOf(values)
	return m.Value, m.SE * math.Sqrt(float64(len(values)))
}
