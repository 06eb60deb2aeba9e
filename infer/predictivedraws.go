package infer

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/internal/nonfinite"
	"tweedie/rng"
)

// Limits of the tests with draws of the prior.
const (
	leastDraws  = 8   // for fewer the tests have no power
	mostProduct = 5e8 // operations on inner products of measurements
	noiseDraws  = 8   // of each clean measurement, to find the variance of a noise that is not Gaussian
	shrunk      = .1  // share of the variance of each datum that few draws are taken to miss
)

// simulations are measurements y_k = A x_k + noise of draws x_k of the prior, and y as the last. Whatever the prior, the
// operator and the number of draws, a statistic of y_k that is computed from the draws in other folds has the law of that
// of y.
type simulations struct {
	clean  [][]float64 // A x_k
	scored [][]float64 // y_k, and y
	sigma  []float64   // of the noise of each datum
}

func simulate(p *Problem, draws [][]float64, st *rng.Stream) simulations {
	m := len(p.Likelihood.Y)
	if most := max(16, int(math.Sqrt(mostProduct/float64(m)))); len(draws) > most {
		draws = draws[:most]
	}
	var s simulations
	for _, x := range draws {
		clean, y := make([]float64, m), make([]float64, m)
		p.Likelihood.Op.Apply(clean, x)
		p.Likelihood.Noise.Sample(y, clean, st)
		s.clean, s.scored = append(s.clean, clean), append(s.scored, y)
	}
	s.scored = append(s.scored, slices.Clone(p.Likelihood.Y))
	s.sigma = noiseScale(p, s.clean, st)
	mean := make([]float64, m)
	for _, c := range s.clean {
		floats.AddScaled(mean, 1/float64(len(s.clean)), c)
	}
	for _, row := range slices.Concat(s.clean, s.scored) {
		floats.Sub(row, mean)
	}
	return s
}

// noiseScale returns the standard deviation of the noise of every datum.
func noiseScale(p *Problem, clean [][]float64, st *rng.Stream) []float64 {
	sigma := make([]float64, len(p.Likelihood.Y))
	if g, ok := gaussianNoise(p); ok {
		for i := range sigma {
			sigma[i] = g.At(i)
		}
		return sigma
	}
	y, n := make([]float64, len(sigma)), float64(noiseDraws*len(clean))
	for _, c := range clean {
		for range noiseDraws {
			p.Likelihood.Noise.Sample(y, c, st)
			for i, v := range y {
				sigma[i] += (v - c[i]) * (v - c[i]) / n
			}
		}
	}
	typical := max(stat.Mean(sigma, nil), 1e-200)
	for i, v := range sigma {
		if v == 0 { // no noise in any draw, as for counts of nothing
			v = typical
		}
		sigma[i] = math.Sqrt(v)
	}
	return sigma
}

// scale returns the standard deviation of what the draws are not asked about: the noise, and a part of the variance of
// each datum.
func (s simulations) scale(part float64) []float64 {
	scale := make([]float64, len(s.sigma))
	for i, sigma := range s.sigma {
		v := 0.0
		for _, c := range s.clean {
			v += c[i] * c[i] / float64(len(s.clean)-1)
		}
		scale[i] = math.Sqrt(sigma*sigma + part*v)
	}
	return scale
}

// limitsOf returns what a number of the law of ref may be: any that is among them, and beyond them as far as the normal
// law of log T (above) and T^1/3 (below) has it with the probability rare, Student's t taking account of their number.
func limitsOf(ref []float64) Limits {
	if slices.ContainsFunc(ref, nonfinite.Is) {
		return Limits{}
	}
	k := float64(len(ref))
	q := distuv.StudentsT{Sigma: 1, Nu: k - 1}.Quantile(1-rare/2) * math.Sqrt(1+1/k)
	logs, roots := make([]float64, len(ref)), make([]float64, len(ref))
	for i, t := range ref {
		logs[i], roots[i] = math.Log(t), math.Cbrt(t)
	}
	mean, sd := stat.MeanStdDev(logs, nil)
	high := max(math.Exp(mean+q*sd), slices.Max(ref))
	mean, sd = stat.MeanStdDev(roots, nil)
	low := min(math.Pow(max(0, mean-q*sd), 3), slices.Min(ref))
	return Between(low, high)
}
