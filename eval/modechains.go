package eval

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// ModeAgreement holds the test whether chains visit the modes equally often.
type ModeAgreement struct {
	Counts [][]int `json:"counts"` // [chain][mode]
	Chi2   float64 `json:"chi2"`   // already divided by Thinning
	P      float64 `json:"p"`
	// Thinning is draws over effective draws: neighbours in a chain are in the same mode more often than chance has it.
	Thinning float64 `json:"thinning"`
}

// CompareModes tests with a chi^2 of counts, of (chains-1)(modes-1) degrees of freedom, whether chains of labels
// [chain][draw] visit the modes 0..modes-1 equally often. chi^2 is divided by draws/ESS, where ESS is the smallest of those of the
// indicators of the modes within the chains, each about its own mean; the quotient has a law F. P is 1 where there is one chain or one mode.
func CompareModes(labels [][]int, modes int) ModeAgreement {
	mustHave("CompareModes", "chains", len(labels), 1)
	mustHave("CompareModes", "modes", modes, 1)
	a := ModeAgreement{Counts: make([][]int, len(labels)), P: 1, Thinning: 1}
	total, perMode := 0, make([]int, modes)
	for c, chain := range labels {
		a.Counts[c] = make([]int, modes)
		for _, l := range chain {
			a.Counts[c][l]++
			perMode[l]++
		}
		total += len(chain)
	}
	used, worth := 0, math.Inf(1)
	for mode, n := range perMode {
		if n == 0 {
			continue
		}
		used++
		for c, chain := range labels {
			expected := float64(n) * float64(len(chain)) / float64(total)
			d := float64(a.Counts[c][mode]) - expected
			a.Chi2 += d * d / expected
		}
		if tau, of := thinning(labels, mode); tau > a.Thinning {
			a.Thinning, worth = tau, of
		}
	}
	a.Chi2 /= a.Thinning
	if dof := (len(labels) - 1) * (used - 1); dof > 0 {
		if math.IsInf(worth, 1) {
			a.P = distuv.ChiSquared{K: float64(dof)}.Survival(a.Chi2)
		} else {
			a.P = distuv.F{D1: float64(dof), D2: worth}.Survival(a.Chi2 / float64(dof))
		}
	}
	return a
}

// thinning returns 1 + 2 sum of autocorrelations, at least 1, of the indicator of a mode within chains, each about its own
// mean, by Geyer's positive pairs, and how many numbers it is known as well as a variance from: draws/(2 window + 1) (Sokal 1997).
// It is 1 where no chain enters and leaves the mode.
func thinning(labels [][]int, mode int) (tau, worth float64) {
	cov := func(lag int) (sum float64) {
		for _, chain := range labels {
			share := 0.0
			for _, l := range chain {
				if l == mode {
					share += 1 / float64(len(chain))
				}
			}
			in := func(l int) float64 {
				if l == mode {
					return 1 - share
				}
				return -share
			}
			for t := lag; t < len(chain); t++ {
				sum += in(chain[t]) * in(chain[t-lag])
			}
		}
		return sum
	}
	longest, total := 0, 0
	for _, chain := range labels {
		longest, total = max(longest, len(chain)), total+len(chain)
	}
	variance := cov(0)
	if variance < 1e-9 {
		return 1, math.Inf(1)
	}
	// About its own mean, a chain of n labels has autocorrelations that are too low by about tau/n.
	n := float64(total) / float64(len(labels))
	tau = 1
	for range corrections {
		low, sum := min(tau/n, .5), -1.
		window := 0.0
		for lag := 0; lag < longest; lag += 2 {
			at := func(lag int) float64 { return (1-low)*cov(lag)/variance + low*max(0, 1-float64(lag)/n) }
			pair := at(lag) + at(lag+1)
			if pair <= 0 {
				break
			}
			sum += 2 * pair
			window = float64(lag)
		}
		tau, worth = max(1, sum), float64(total)/(2*window+1)
	}
	return tau, worth
}

const corrections = 4
