package noises

import "math"

// around sums over k the terms p(k) exp(-(y - gain k)^2/(2 sigma^2)), which are log-concave. It returns the logarithm of the
// sum and the mean of k under the terms. It starts at the largest term and ends on either side below exp(-45) of it. Where
// the terms are wider than 12 counts, it takes one in a third of their width: of terms so smooth, that sum is as exact.
func (n PoissonGaussian) around(i int, y float64, m mean) (log, count float64) {
	s := own(n.Sigma, n.Sigmas, i)
	ratio := func(k float64) float64 { // the logarithm of a term over the one before
		return m.log - math.Log(k) + n.Gain/s*((y-n.Gain*(k-.5))/s)
	}
	term := func(k float64) float64 { return m.logProbability(k) - square((y-n.Gain*k)/s)/2 }
	top := crossing(ratio, math.Max(m.lambda, y/n.Gain)+2)
	peak, weight, first, step := term(top), 1., 0., 1.
	add := func(w, k float64) bool {
		weight += w
		first += w * (k - top)
		return w > 1e-20
	}
	if width := 1 / math.Sqrt(1/(top+1)+square(n.Gain/s)); width > 12 {
		step = math.Floor(width / 3)
		for k := top + step; add(math.Exp(term(k)-peak), k); k += step {
		}
		for k := top - step; k >= 0 && add(math.Exp(term(k)-peak), k); k -= step {
		}
	} else {
		fall := math.Exp(-square(n.Gain / s))
		factor, w := math.Exp(ratio(top+1))*(top+1), 1.
		for k := top + 1; ; k++ {
			if w *= factor / k; !add(w, k) {
				break
			}
			factor *= fall
		}
		if top > 0 {
			factor, w = math.Exp(-ratio(top))/top, 1.
		}
		for k := top; k > 0; k-- {
			if w *= factor * k; !add(w, k-1) {
				break
			}
			factor *= fall
		}
	}
	return peak + math.Log(weight*step), top + first/weight
}

// crossing returns the largest whole k up to most at which a falling function is not negative, or 0.
func crossing(f func(k float64) float64, most float64) float64 {
	lo, hi := 0., math.Max(1, math.Ceil(most))
	for hi-lo > 1 && hi-lo > 1e-14*hi {
		mid := math.Floor((lo + hi) / 2)
		if f(mid) >= 0 {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// quantile adds up Poisson probabilities times normal tails on the side of the mean on which y lies, one k in a third of
// the width of what is narrower.
func (n PoissonGaussian) quantile(i int, y float64, m mean) float64 {
	s, sign := own(n.Sigma, n.Sigmas, i), 1.
	if y < n.Gain*m.lambda {
		sign = -1
	}
	root := math.Sqrt(m.lambda)
	step := max(1, math.Floor(min(root, s/n.Gain)/3))
	tail := 0.
	for k := max(0, math.Floor(m.lambda-40*root)); k <= m.lambda+40*root+150; k += step {
		tail += step * math.Exp(m.logProbability(k)) * upperPhi(sign*((y-n.Gain*k)/s))
	}
	tail = min(tail, 1)
	if sign > 0 {
		return normal(1-tail, tail)
	}
	return normal(tail, 1-tail)
}
