package dpnp

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"

	"tweedie/infer"
	"tweedie/inverse"
	"tweedie/inverse/noises"
)

// turn measures numbers two by two: (x_0, x_1) as (B x)_0 and (B x)_1, and so on with each pair.
type turn struct {
	squares
	b [2][2]float64
}

func (o turn) Name() string { return "turn" }

func (o turn) Apply(dst, x []float64) {
	for i := 0; i < len(x); i += 2 {
		dst[i] = o.b[0][0]*x[i] + o.b[0][1]*x[i+1]
		dst[i+1] = o.b[1][0]*x[i] + o.b[1][1]*x[i+1]
	}
}

func (o turn) VJP(dst, _, ct []float64) {
	for i := 0; i < len(dst); i += 2 {
		dst[i] = o.b[0][0]*ct[i] + o.b[1][0]*ct[i+1]
		dst[i+1] = o.b[0][1]*ct[i] + o.b[1][1]*ct[i+1]
	}
}

// turned is a problem of n numbers, whose prior is a mixture of three round components, through B.
func turned(t *testing.T, n int, b [2][2]float64, noise inverse.Noise) (nonlinear, turn) {
	op := turn{squares{n, make([]float64, n*n)}, b}
	means := make([][]float64, 3)
	truth := make([]float64, n)
	for k := range means {
		means[k] = make([]float64, n)
		for i := range n {
			means[k][i] = []float64{.6, 1.1, 1.6}[(k+i)%3]
			truth[i] = []float64{1.2, 1.7, .7}[i%3]
		}
	}
	return nonlinearProblem(t, op, noise, []float64{.5, .2, .3}, means, .04, truth, 8), op
}

// quadrature returns the means and deviations of the posterior. Given a component, pairs of numbers are independent, so that sums over
// the plane of a pair, 400 x 400 points within 7 deviations of its mean, have every moment.
func (p nonlinear) quadrature(op turn, noise inverse.Noise) (mean, deviation []float64) {
	n := p.Shape.Size()
	mean, deviation = make([]float64, n), make([]float64, n)
	total := 0.0
	for k, g := range p.prior.Components() {
		first, second, weight := make([]float64, n), make([]float64, n), p.prior.Weights()[k]
		for i := 0; i < n; i += 2 {
			const points, reach, s = 400, 7., .2
			z := 0.0
			c := make([]float64, 2)
			for q := range points * points {
				u := reach * (2*(float64(q/points)+.5)/points - 1)
				v := reach * (2*(float64(q%points)+.5)/points - 1)
				x := []float64{g.Mean()[i] + s*u, g.Mean()[i+1] + s*v}
				op.Apply(c, x)
				l := math.Exp(-(u*u+v*v)/2 - noise.Loss(p.Likelihood.Y[i:i+2], c))
				z += l
				for j, x := range x {
					first[i+j] += l * x
					second[i+j] += l * x * x
				}
			}
			for j := range 2 {
				first[i+j] /= z
				second[i+j] /= z
			}
			weight *= z
		}
		total += weight
		for i := range n {
			mean[i] += weight * first[i]
			deviation[i] += weight * second[i]
		}
	}
	for i := range n {
		mean[i] /= total
		deviation[i] = math.Sqrt(deviation[i]/total - mean[i]*mean[i])
	}
	return mean, deviation
}

// lawCases are the noises of the law of counts and signs, each behind a B of its own.
var lawCases = []struct {
	name  string
	b     [2][2]float64
	noise inverse.Noise
}{
	{"poisson", [2][2]float64{{3, 1}, {.5, 2}}, noises.Poisson{Gain: 1, Background: .1, Link: "identity"}},
	{"poisson of few counts", [2][2]float64{{.8, -.2}, {.1, .5}}, noises.Poisson{Gain: 1, Link: "identity"}},
	{"one-bit", [2][2]float64{{1, .5}, {-.5, 1}}, noises.OneBit{Scale: .3, Threshold: 1, Link: "probit"}},
}

// momentsOf returns the mean and the deviation of each number under weights; nil weighs all alike.
func momentsOf(draws [][]float64, weights []float64) [2][]float64 {
	out := [2][]float64{}
	for i := range draws[0] {
		column := make([]float64, len(draws))
		for j, x := range draws {
			column[j] = x[i]
		}
		mean, variance := stat.PopMeanVariance(column, weights)
		out[0], out[1] = append(out[0], mean), append(out[1], math.Sqrt(variance))
	}
	return out
}

// Counts and signs in 2 and 8 dimensions have the means and deviations that quadrature gives, within 5% of the deviation and 4 standard
// errors by seeds, and no clean number below what counts can have. Runs of N = 256 samples at the defaults, both the samples and all the
// weighted draws, which at most one run in eight lacks: 16 seeds with -long; otherwise one in 2 dimensions, whose error is taken to be .1,
// as 16 seeds have it.
func TestCountsAndSignsHaveTheirLaw(t *testing.T) {
	if testing.Short() {
		t.Skip("many runs")
	}
	const within, single = .05, .1
	seeds, sizes := 1, []int{2}
	if *long {
		seeds, sizes = 16, []int{2, 8}
	}
	for _, c := range lawCases {
		for _, n := range sizes {
			t.Run(fmt.Sprintf("%s of %d", c.name, n), func(t *testing.T) {
				p, op := turned(t, n, c.b, c.noise)
				mean, deviation := p.quadrature(op, c.noise)
				truth := [2][]float64{mean, deviation}
				var got [4][][]float64 // means and deviations of samples, then of weighted draws, by seed
				least, clean, unweighed := math.Inf(1), make([]float64, n), 0
				for seed := range seeds {
					res, err := Default().Solve(context.Background(), p.Problem, infer.Run{Samples: 256, Seed: uint64(seed)})
					if err != nil {
						t.Fatal(err)
					}
					for _, x := range res.Samples {
						op.Apply(clean, x)
						least = min(least, slices.Min(clean))
					}
					samples := momentsOf(res.Samples, nil)
					weighted := samples
					if w := res.Weighted; w != nil {
						weighted = momentsOf(w.Samples, w.Weights)
					} else if unweighed++; unweighed > seeds/8 {
						t.Errorf("%d runs have no weights, the last, of seed %d, with the warnings %q", unweighed, seed, res.Warnings)
					}
					for q, m := range [][]float64{samples[0], samples[1], weighted[0], weighted[1]} {
						got[q] = append(got[q], m)
					}
					if seed == 0 {
						t.Logf("mode %s, %d evaluations, warnings %q", res.Config.(DPnP).Mode, res.Evaluations, res.Warnings)
					}
				}
				for q, name := range []string{"means of samples", "deviations of samples", "means of weighted draws", "deviations of weighted draws"} {
					worst, worstError := 0.0, 0.0
					for i := range n {
						column := make([]float64, seeds)
						for s, m := range got[q] {
							column[s] = (m[i] - truth[q%2][i]) / deviation[i]
						}
						off, e := stat.MeanStdDev(column, nil)
						if e /= math.Sqrt(float64(seeds)); seeds == 1 {
							e = single
						}
						if math.Abs(off) > math.Abs(worst) {
							worst = off
						}
						worstError = max(worstError, e)
						if math.Abs(off) > within+4*e {
							t.Errorf("%s, number %d: off by %.4f +- %.4f deviations", name, i, off, e)
						}
					}
					t.Logf("%s, %d seeds: largest error %.4f deviations, largest standard error %.4f", name, seeds, worst, worstError)
				}
				if b, ok := c.noise.(noises.Poisson); ok && least < -b.Background {
					t.Errorf("a sample has the clean number %v, below %v", least, -b.Background)
				}
			})
		}
	}
}

// Where the weights of draws cannot be used, the samples are coldest images that the noise allows.
func TestSamplesAreAllowedWithoutWeights(t *testing.T) {
	noise := noises.Poisson{Gain: 1, Link: "identity"}
	p, op := turned(t, 2, [2][2]float64{{60, -20}, {.1, -.05}}, noise)
	m := Default()
	m.Mode, m.EtaMin, m.Exchange.Sweeps = ExchangeMode, .6, 40
	res, err := m.Solve(context.Background(), p.Problem, infer.Run{Samples: 64, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if res.Weighted != nil {
		t.Fatal("the weights have a tail that allows them, which tests nothing")
	}
	clean := make([]float64, 2)
	for i, x := range res.Samples {
		if op.Apply(clean, x); slices.Min(clean) < 0 {
			t.Fatalf("sample %d has the clean numbers %v", i, clean)
		}
	}
}
