package calibration

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"tweedie/eval"
	"tweedie/infer"
	"tweedie/internal/nonfinite"
	"tweedie/rng"
)

// levels is the number of parts in which the levels of central intervals are counted, in percent.
const levels = 100

// Case holds what the draws of one problem tell about their calibration.
type Case struct {
	Ranks       []float64 `json:"ranks"`             // u of the truth among the draws, of each statistic; see eval.RandomizedPIT
	Covered     []float64 `json:"covered"`           // share of pixels inside their central interval of k percent, k = 1 to 99
	MeanRank    float64   `json:"mean_rank"`         // u of the pixels, on the average
	ChiTruth    float64   `json:"chi2_truth"`        // chi^2 per datum
	ChiDraws    float64   `json:"chi2_draws"`        // the same, mean over draws
	Variance    float64   `json:"expected_error"`    // squared, by the draws: mean variance of a pixel times 1 + 1/n
	Error       float64   `json:"squared_error"`     // of the mean, per pixel
	PSNR        *float64  `json:"psnr_db,omitempty"` // of the mean, where the range of values is known
	Draws       int       `json:"draws"`
	Distinct    int       `json:"distinct_draws"`
	Evaluations int64     `json:"network_evaluations"`
	Failed      []string  `json:"failed_checks,omitempty"` // of the result
}

// Measure compares the result of a problem with its truth: ranks of the statistics, and the rest over the pixels with the given
// places, or over all for nil. st draws what breaks ties. Draws that are equal count as one with their weight.
func Measure(p *infer.Problem, res *infer.Result, truth []float64, statistics []Statistic, places []int, st *rng.Stream) (Case, error) {
	n := p.Shape.Size()
	if len(truth) != n || len(res.Mean) != n || len(res.Std) != n || len(res.Samples) == 0 {
		return Case{}, fmt.Errorf("calibrate: a truth of %d values and a result of %d draws, with a mean of %d, do not belong to images of %d", len(truth), len(res.Samples), len(res.Mean), n)
	}
	draws, weights := distinct(res.Samples)
	c := Case{Draws: len(res.Samples), Distinct: len(draws), Evaluations: res.Evaluations, ChiTruth: p.Likelihood.ChiSquared(truth)}
	for _, s := range statistics {
		u, err := s.rank(p, draws, weights, truth, st)
		if err != nil {
			return c, err
		}
		c.Ranks = append(c.Ranks, u)
	}
	for i, x := range draws {
		c.ChiDraws += weightOf(weights, i, len(draws)) * p.Likelihood.ChiSquared(x)
	}
	c.overPixels(res, draws, weights, truth, places, st)
	if p.Range[0] < p.Range[1] && c.Error > 0 {
		v := 20*math.Log10(p.Range[1]-p.Range[0]) - 10*math.Log10(c.Error)
		c.PSNR = &v
	}
	for _, v := range res.Verdicts {
		if v.State == infer.Failed {
			c.Failed = append(c.Failed, v.Name)
		}
	}
	return c, nonfinite.Check("calibrate: what a problem tells", append(c.Covered, c.MeanRank, c.ChiTruth, c.ChiDraws, c.Variance, c.Error), 0, 1)
}

// rank returns u of a statistic.
func (s Statistic) rank(p *infer.Problem, draws [][]float64, weights, truth []float64, st *rng.Stream) (float64, error) {
	at := s.Of(p, truth)
	if err := s.check(at, "the truth", 0); err != nil {
		return 0, err
	}
	values := make([]float64, len(draws))
	for i, x := range draws {
		values[i] = s.Of(p, x)
		if err := s.check(values[i], "the draws", i); err != nil {
			return 0, err
		}
	}
	return eval.RandomizedPIT(values, weights, at, st), nil
}

// overPixels fills in what is averaged over pixels.
func (c *Case) overPixels(res *infer.Result, draws [][]float64, weights, truth []float64, places []int, st *rng.Stream) {
	if places == nil {
		for j := range truth {
			places = append(places, j)
		}
	}
	d, worth := float64(len(places)), float64(res.Independent())
	if res.Draws == 0 {
		worth = worthOf(weights, len(draws))
	}
	var scores [levels + 1]int // pixels whose u is in the central interval of k percent, and in none smaller
	values := make([]float64, len(draws))
	for _, j := range places {
		for i, x := range draws {
			values[i] = x[j]
		}
		u := eval.RandomizedPIT(values, weights, truth[j], st)
		scores[int(math.Ceil(math.Abs(2*u-1)*levels))]++
		c.MeanRank += u / d
		c.Variance += res.Std[j] * res.Std[j] * (1 + 1/worth) / d
		c.Error += (res.Mean[j] - truth[j]) * (res.Mean[j] - truth[j]) / d
	}
	inside := scores[0]
	for k := 1; k < levels; k++ {
		inside += scores[k]
		c.Covered = append(c.Covered, float64(inside)/d)
	}
}

// distinct returns the images that differ, in the order in which they come first, and the share that each has, nil where all do.
func distinct(samples [][]float64) (draws [][]float64, weights []float64) {
	seen := map[[sha256.Size]byte]int{}
	var count []float64
	var bytes []byte
	for _, x := range samples {
		bytes, _ = binary.Append(bytes[:0], binary.LittleEndian, x) // numbers never fail
		sum := sha256.Sum256(bytes)
		k, again := seen[sum]
		if !again {
			k = len(draws)
			seen[sum], draws, count = k, append(draws, x), append(count, 0)
		}
		count[k] += 1 / float64(len(samples))
	}
	if len(draws) == len(samples) {
		return draws, nil
	}
	return draws, count
}

// weightOf returns the weight of draw i of n.
func weightOf(weights []float64, i, n int) float64 {
	if weights == nil {
		return 1 / float64(n)
	}
	return weights[i]
}

// worthOf returns how many equal draws weighted ones are worth, 1/sum w^2.
func worthOf(weights []float64, n int) float64 {
	if weights == nil {
		return float64(n)
	}
	squares := 0.0
	for _, w := range weights {
		squares += w * w
	}
	return 1 / squares
}
