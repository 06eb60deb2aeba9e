package reddiff

import (
	"fmt"
	"math"
	"slices"

	"tweedie/infer"
	"tweedie/inverse"
	"tweedie/rng"
)

// dataFit computes the gradient of the data term s f(x), with f(x) = -log p(y|x) and the reference variance s, so that
// noise of one sigma gives |y - A(x)|^2/2 whatever that sigma is. It serves one goroutine.
type dataFit struct {
	*infer.LeastSquares
	lik       *inverse.Likelihood
	oneSigma  bool // then the noise cancels, and LeastSquares is exact to the last bit
	reference float64
}

func newDataFit(lik *inverse.Likelihood) (*dataFit, error) {
	f := &dataFit{LeastSquares: infer.NewLeastSquares(lik), lik: lik}
	g, ok := lik.Noise.(inverse.Gaussian)
	f.oneSigma = ok && (g.Sigmas == nil || slices.Min(g.Sigmas) == slices.Max(g.Sigmas))
	switch {
	case f.oneSigma:
		f.reference = g.At(0) * g.At(0)
	case ok:
		f.reference = harmonic(g.Sigmas)
	default:
		f.reference = 1 / information(lik.Noise, lik.Y)
	}
	if !(f.reference > 0 && !math.IsInf(f.reference, 1)) {
		return nil, fmt.Errorf("red-diff: noise of the kind %s has no reference variance: at measurements of the size of y, %.4g on average, it is %v; a finite information of the law about its clean value is needed",
			lik.Noise.Kind(), size(lik.Y), f.reference)
	}
	return f, nil
}

// Grad sets dst to the gradient of s f at x.
func (f *dataFit) Grad(dst, x []float64) {
	if f.oneSigma {
		f.LeastSquares.Grad(dst, x)
		return
	}
	f.lik.Grad(dst, x)
	for j := range dst {
		dst[j] *= f.reference
	}
}

// harmonic returns the harmonic mean of the squares, m / sum 1/sigma_i^2.
func harmonic(sigmas []float64) float64 {
	least, sum := slices.Min(sigmas), 0.
	for _, s := range sigmas {
		sum += (least / s) * (least / s)
	}
	return least * least * float64(len(sigmas)) / sum
}

// informationDraws is the least number of simulated measurements of one datum each. The relative error of the information
// is about sqrt(2/informationDraws), half a percent.
const informationDraws = 1 << 16

// information returns the Fisher information of a datum about its clean value, E (d log p(y|c)/dc)^2, on average over the
// data. The clean values all have the size of y, and the expectation is a mean over draws that are the same in every run.
func information(noise inverse.Noise, y []float64) float64 {
	m := len(y)
	clean, drawn := slices.Repeat([]float64{size(y)}, m), make([]float64, m)
	st := rng.New(0).Split("red-diff.reference", 0).Stream()
	rounds := (informationDraws + m - 1) / m
	sum := 0.
	for range rounds {
		noise.Sample(drawn, clean, st)
		noise.Residual(drawn, drawn, clean)
		for _, r := range drawn {
			sum += r * r / float64(m)
		}
	}
	return sum / float64(rounds)
}

// size returns the mean of the absolute values of y.
func size(y []float64) float64 {
	sum := 0.
	for _, v := range y {
		sum += math.Abs(v) / float64(len(y))
	}
	return sum
}
