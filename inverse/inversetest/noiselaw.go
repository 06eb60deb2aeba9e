package inversetest

import (
	"math"
	"slices"

	"tweedie/inverse"
)

// noiseLaw compares the draws of each datum with its density, and checks that the density of every further datum, given
// those before it, integrates to 1.
func noiseLaw(t T, n inverse.Noise, clean []float64, draws [][]float64) {
	t.Helper()
	var keep []int
	var y []float64
	before := 0.0 // -log density of the data so far
	for i := range clean {
		keep = append(keep, i)
		all, err := inverse.NoiseOf(n, keep)
		if err != nil {
			t.Errorf("noise: %v", err)
			return
		}
		one, _ := inverse.NoiseOf(n, []int{i})
		y = append(y, draws[i][len(draws[i])/2])
		sorted := slices.Sorted(slices.Values(draws[i]))
		given := newDensity(n, sorted, func(v float64) float64 {
			last := y[i]
			y[i] = v
			score := all.NegLogLik(y, clean[:i+1])
			y[i] = last
			return math.Exp(before - score)
		})
		if z := given.mass(); !(math.Abs(z-1) <= 1e-5) {
			t.Errorf("noise: %s: the density exp(-NegLogLik) integrates to %.8g over entry %d, where 1 belongs", n.Kind(), z, i)
		}
		before = all.NegLogLik(y, clean[:i+1])
		alone := newDensity(n, sorted, func(v float64) float64 { return math.Exp(-one.NegLogLik([]float64{v}, clean[i:i+1])) })
		noiseMoments(t, n, i, alone, draws[i])
		if d := alone.distance(sorted); !(d <= farthest) {
			t.Errorf("noise: %s: draws at entry %d have another distribution function than the density: sqrt(N) D = %.3g, above %.3g",
				n.Kind(), i, d, farthest)
		}
	}
}

// farthest is sqrt(N) D of Kolmogorov and Smirnov at p = 6e-5.
const farthest = 2.28

// noiseMoments compares means and variances, where the density's fourth moment says what draws may miss them by.
func noiseMoments(t T, n inverse.Noise, i int, d density, draws []float64) {
	t.Helper()
	mean, variance, kurtosis := d.moments()
	if !(kurtosis <= 100) {
		return
	}
	var first, second moments
	for _, v := range draws {
		first.add(v)
		second.add((v - mean) * (v - mean))
	}
	if z := first.errors(mean); !(z <= 4) {
		t.Errorf("noise: %s: draws at entry %d have the mean %.6g and the density %.6g, %.1f standard errors apart", n.Kind(), i, first.sum/first.n, mean, z)
	}
	if z := second.errors(variance); !(z <= 4) {
		t.Errorf("noise: %s: draws at entry %d have the variance %.6g and the density %.6g, %.1f standard errors apart", n.Kind(), i, second.sum/second.n, variance, z)
	}
}

// noiseStandard checks what a Standardiser says of draws, whose numbers are standard normal, or on a lattice are no farther
// out than that.
func noiseStandard(t T, n inverse.Noise, clean []float64, draws [][]float64) {
	t.Helper()
	s, ok := n.(inverse.Standardiser)
	if !ok {
		return
	}
	m := len(clean)
	y, all := make([]float64, m), make([][]float64, m)
	for k := range Draws / 4 { // laws in closed form nowhere take long
		for i := range y {
			y[i] = draws[i][k]
		}
		s.Standardised(y, y, clean)
		for i, v := range y {
			all[i] = append(all[i], v)
		}
	}
	_, discrete := n.(inverse.Discrete)
	for i, z := range all {
		size := float64(len(z))
		slices.Sort(z)
		if !discrete {
			if d := distance(z, func(v float64) float64 { return math.Erfc(-v/math.Sqrt2) / 2 }); !(d <= farthest) {
				t.Errorf("noise: %s: Standardised is not standard normal at entry %d: sqrt(N) D = %.3g, above %.3g", n.Kind(), i, d, farthest)
			}
			continue
		}
		for _, limit := range []float64{.5, 1, 2, 3} {
			p := math.Erfc(limit/math.Sqrt2) / 2
			for side, sign := range map[string]float64{"above": 1, "below": -1} {
				beyond := 0.0
				for _, v := range z {
					if sign*v > limit {
						beyond++
					}
				}
				if !(beyond/size <= p+4*math.Sqrt(p/size)) {
					t.Errorf("noise: %s: Standardised is %s %v of %.4g of the draws at entry %d, more than %.4g", n.Kind(), side, sign*limit, beyond/size, i, p)
				}
			}
		}
	}
}
