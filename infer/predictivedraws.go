package infer

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/rng"
)

// Limits of the test with draws of the prior.
const (
	leastDraws  = 8   // for fewer the test has no power
	mostFolds   = 16  // covariances that are computed
	mostProduct = 5e8 // operations on inner products of measurements
	noiseDraws  = 8   // of each clean measurement, to find the variance of a noise that is not Gaussian
)

// predictiveOfDraws compares y with measurements y_k = A x_k + noise of draws x_k of the prior, by
//
//	T(y) = (y - mean)^T (C + S)^-1 (y - mean) / m
//
// with mean and covariance C of the clean A x_k. Each y_k is scored with the moments of draws in other folds, so that its
// T has the law of T(y) whatever the prior and the operator are, and however few draws there are. T(y) may lie anywhere
// among those of the y_k, and beyond them as far as the normal law of log T (above) and T^1/3 (below) has it with the
// probability rare, Student's t taking account of their number.
func predictiveOfDraws(p *Problem, draws [][]float64, st *rng.Stream) (t float64, limits Limits) {
	m := len(p.Likelihood.Y)
	if most := max(16, int(math.Sqrt(mostProduct/float64(m)))); len(draws) > most {
		draws = draws[:most]
	}
	k := len(draws)
	clean, scored := make([][]float64, k), make([][]float64, k, k+1)
	for i, x := range draws {
		clean[i], scored[i] = make([]float64, m), make([]float64, m)
		p.Likelihood.Op.Apply(clean[i], x)
		p.Likelihood.Noise.Sample(scored[i], clean[i], st)
	}
	scored = append(scored, slices.Clone(p.Likelihood.Y))
	whiten(clean, scored, noiseScale(p, clean, st))
	inner := mat.NewDense(k, 2*k+1, nil) // <clean_i, clean_j>, <clean_i, scored_j>
	for i, c := range clean {
		for j := range clean {
			inner.Set(i, j, floats.Dot(c, clean[j]))
		}
		for j, s := range scored {
			inner.Set(i, k+j, floats.Dot(c, s))
		}
	}
	folds := min(k, mostFolds)
	var ref, own []float64
	for f := range folds {
		var in []int
		for i := range k {
			if i%folds != f {
				in = append(in, i)
			}
		}
		s := newFoldScore(inner, in)
		for i := f; i < k; i += folds {
			ref = append(ref, s.of(k+i, scored[i])/float64(m))
		}
		own = append(own, math.Log(s.of(2*k, scored[k])/float64(m)))
	}
	return math.Exp(stat.Mean(own, nil)), limitsOf(ref)
}

// limitsOf returns what a number of the law of ref may be.
func limitsOf(ref []float64) Limits {
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

// whiten takes the mean of clean from all and divides by sigma.
func whiten(clean, scored [][]float64, sigma []float64) {
	mean := make([]float64, len(sigma))
	for _, c := range clean {
		floats.AddScaled(mean, 1/float64(len(clean)), c)
	}
	for _, rows := range [][][]float64{clean, scored} {
		for _, row := range rows {
			floats.Sub(row, mean)
			floats.Div(row, sigma)
		}
	}
}
