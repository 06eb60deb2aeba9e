package eval

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// KHatLimit is the largest k of PSIS at which importance weights are worth using.
const KHatLimit = .7

// PSIS returns the logarithms of importance weights with the largest ones smoothed, so that the weights sum to 1, and
// the shape k of their tail (Vehtari et al. 1507.02646). The ceil(min(S/5, 3 sqrt(S))) largest of S weights are
// replaced by quantiles of the generalised Pareto law that is fitted to what they exceed the next one by, none above
// the largest. Weights with k above 1/2 have no variance; above KHatLimit they must not be used. k is +Inf where four
// weights or fewer are in the tail, 0 for weights that are all equal, and NaN where one is NaN or +Inf or all are -Inf.
func PSIS(logWeights []float64) (smoothed []float64, k float64) {
	mustHave("PSIS", "weights", len(logWeights), 1)
	most := slices.Max(logWeights) // NaN where there is one
	smoothed = slices.Clone(logWeights)
	if math.IsNaN(most) || math.IsInf(most, 0) {
		return smoothed, math.NaN()
	}
	floats.AddConst(-most, smoothed)
	order := make([]int, len(smoothed))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		switch {
		case smoothed[i] < smoothed[j]:
			return -1
		case smoothed[i] > smoothed[j]:
			return 1
		}
		return i - j
	})
	k = math.Inf(1)
	s := float64(len(smoothed))
	if smoothed[order[0]] == 0 {
		k = 0
	} else if size := int(math.Ceil(min(s/5, 3*math.Sqrt(s)))); size < len(order) {
		cut := max(smoothed[order[len(order)-size-1]], math.Log(0x1p-1022))
		order = order[len(order)-size:]
		for len(order) > 0 && smoothed[order[0]] <= cut {
			order = order[1:]
		}
		if len(order) > 4 {
			k = smoothTail(smoothed, order, math.Exp(cut))
		}
	}
	floats.AddConst(-floats.LogSumExp(smoothed), smoothed)
	return smoothed, k
}

// smoothTail replaces the entries of logw named by order, from the smallest, by quantiles of the law of what their
// weights exceed cut by, and returns its shape.
func smoothTail(logw []float64, order []int, cut float64) float64 {
	excess := make([]float64, len(order))
	for i, at := range order {
		excess[i] = math.Exp(logw[at]) - cut
	}
	k, scale := ParetoFit(excess)
	if math.IsNaN(k) || math.IsInf(k, 0) {
		return k
	}
	for i, at := range order {
		p := (float64(i) + .5) / float64(len(order))
		q := -math.Log1p(-p) * scale
		if k != 0 {
			q = scale * math.Expm1(-k*math.Log1p(-p)) / k
		}
		logw[at] = min(0, math.Log(q+cut))
	}
	return k
}

// ParetoFit fits the generalised Pareto law P(X > x) = (1 + k x/scale)^(-1/k) to positive numbers, sorted upwards, by
// the estimate of Zhang and Stephens (Technometrics 51(3), 2009): b = k'/scale is its mean over a grid under the profile
// likelihood and k' = mean log(1 - b x). The k returned is drawn towards 1/2 by ten observations, (n k' + 5)/(n + 10).
func ParetoFit(excess []float64) (k, scale float64) {
	mustHave("ParetoFit", "numbers", len(excess), 2)
	n := len(excess)
	grid := 30 + int(math.Sqrt(float64(n)))
	shape := func(b float64) float64 {
		sum := 0.0
		for _, x := range excess {
			sum += math.Log1p(-b * x)
		}
		return sum / float64(n)
	}
	quartile := excess[max(0, int(float64(n)/4+.5)-1)]
	b, weight := make([]float64, grid), make([]float64, grid)
	for j := range b {
		b[j] = 1/excess[n-1] + (1-math.Sqrt(float64(grid)/(float64(j)+.5)))/(3*quartile)
		kj := shape(b[j])
		weight[j] = float64(n) * (math.Log(-b[j]/kj) - kj - 1)
	}
	total := floats.LogSumExp(weight)
	for j, w := range weight {
		weight[j] = math.Exp(w - total)
	}
	mean := stat.Mean(b, weight)
	k = shape(mean)
	return (float64(n)*k + 5) / (float64(n) + 10), -k / mean
}
