package eval

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"tweedie/rng"
)

// Limits of the search for modes.
const (
	modeSilhouette       = .6  // the least mean silhouette of a group that is a mode
	modeSilhouetteSingle = .72 // the same along a single component, where a flat law reaches .6
	modeComponents       = 3   // leading components that are tried
	modeShare            = .02 // the least share of the draws that is a mode
	modeDraws            = 600 // draws of which silhouettes are computed
)

// Modes says into how many groups draws fall.
type Modes struct {
	Count      int         `json:"modes"`      // 1 where no clusters stand apart
	Weights    []float64   `json:"weights"`    // the share of each, the largest first
	Centers    [][]float64 `json:"-"`          // their means, in the units of the draws
	Labels     []int       `json:"-"`          // of each draw, 0 to Count-1
	Silhouette float64     `json:"silhouette"` // the least of a group; of the best clustering tried where none was taken
	Components int         `json:"components"` // leading components in which it was found
}

// FindModes clusters draws [n][d] into 2 to most groups by k-means on their leading principal components, 1 to 3 of them,
// each divided by its standard deviation. The silhouette of a draw is (b - a)/max(a, b), with a the mean distance to draws
// of its group and b that to those of the nearest other one (Rousseeuw 1987). Groups are modes where the mean
// silhouette of each is above .6 (.72 for one component) and each has 2% of the draws; of all such clusterings the one
// with most groups counts, and without any all draws are one mode. It finds groups that stand apart along the directions
// of largest variance, and no others. Clusters depend on seed alone.
func FindModes(draws [][]float64, most int, seed uint64) Modes {
	mustHave("FindModes", "draws", len(draws), 8)
	mustBeSamples("FindModes", draws, 8, len(draws[0]))
	mustHave("FindModes", "modes", most, 1)
	key := rng.New(seed)
	scores := whitenedScores(draws, modeComponents, key.Split("components", 0).Stream())
	best := Modes{Silhouette: math.Inf(-1)}
	accepted := false
	for c := 1; c <= len(scores[0]); c++ {
		points := make([][]float64, len(draws))
		for i, s := range scores {
			points[i] = s[:c]
		}
		shown := key.Split("silhouette", 0).Stream().Perm(len(points))[:min(len(points), modeDraws)]
		limit := modeSilhouette
		if c == 1 {
			limit = modeSilhouetteSingle
		}
		for k := 2; k <= min(most, len(draws)/4); k++ {
			labels := kMeans(points, k, key.Split("k-means", 100*k+c))
			s := silhouette(points, labels, k, shown)
			ok := s > limit && smallestShare(labels, k) >= modeShare
			if ok && !accepted || ok == accepted && (ok && k > best.Count || (!ok || k == best.Count) && s > best.Silhouette) {
				best, accepted = Modes{Count: k, Labels: labels, Silhouette: s, Components: c}, ok
			}
		}
	}
	if !accepted {
		best.Count, best.Labels = 1, make([]int, len(draws))
		best.Silhouette = max(-1, best.Silhouette)
	}
	best.order(draws)
	return best
}

// order numbers the modes by falling weight and computes weights and centres.
func (m *Modes) order(draws [][]float64) {
	counts := make([]int, m.Count)
	for _, l := range m.Labels {
		counts[l]++
	}
	byCount := make([]int, m.Count)
	for i := range byCount {
		byCount[i] = i
	}
	slices.SortStableFunc(byCount, func(i, j int) int { return counts[j] - counts[i] })
	number := make([]int, m.Count)
	m.Weights, m.Centers = make([]float64, m.Count), make([][]float64, m.Count)
	for i, old := range byCount {
		number[old] = i
		m.Weights[i] = float64(counts[old]) / float64(len(draws))
		m.Centers[i] = make([]float64, len(draws[0]))
	}
	for i, x := range draws {
		m.Labels[i] = number[m.Labels[i]]
		floats.AddScaled(m.Centers[m.Labels[i]], 1/float64(counts[byCount[m.Labels[i]]]), x)
	}
}
