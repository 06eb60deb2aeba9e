package eval

import (
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
// indicators of the modes within the chains, each about its own mean. P is 1 where there is one chain or one mode.
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
	used := 0
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
		a.Thinning = max(a.Thinning, thinning(labels, mode))
	}
	a.Chi2 /= a.Thinning
	if dof := (len(labels) - 1) * (used - 1); dof > 0 {
		a.P = distuv.ChiSquared{K: float64(dof)}.Survival(a.Chi2)
	}
	return a
}

// thinning returns 1 + 2 sum of autocorrelations, at least 1, of the indicator of a mode within chains, each about its own
// mean, by Geyer's positive pairs. It is 1 where no chain enters and leaves the mode.
func thinning(labels [][]int, mode int) float64 {
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
	longest := 0
	for _, chain := range labels {
		longest = max(longest, len(chain))
	}
	tau, variance := -1., cov(0)
	if variance < 1e-9 {
		return 1
	}
	for lag := 0; lag < longest; lag += 2 {
		pair := cov(lag) + cov(lag+1)
		if pair <= 0 {
			break
		}
		tau += 2 * pair / variance
	}
	return max(1, tau)
}
