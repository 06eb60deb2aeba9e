package eval

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"tweedie/rng"
)

// maxSlicedStarts is the number of random directions from which the largest distance is sought, beside the difference of the
// means.
const maxSlicedStarts = 3

// MaxSlicedWasserstein2 returns the largest one-dimensional Wasserstein-2 distance W2(u.a, u.b) of two sets of samples, in
// their units: over the given number of random unit vectors u drawn from seed, and, in refined, over the unit vectors that
// gradient ascent of the given number of steps finds from the best three of those and from the difference of the means.
// Both are above zero for samples of one law; the refined one more so, the more dimensions there are. A step costs
// O((n+m)(d + log(n+m))).
func MaxSlicedWasserstein2(a, b [][]float64, directions, steps int, seed uint64) (random, refined float64) {
	mustHave("MaxSlicedWasserstein2", "samples", len(a), 1)
	d := len(a[0])
	mustBeSamples("MaxSlicedWasserstein2", a, 1, d)
	mustBeSamples("MaxSlicedWasserstein2", b, 1, d)
	mustHave("MaxSlicedWasserstein2", "directions", directions, 1)
	key, s := rng.New(seed), newSlice(a, b)
	type start struct {
		u      []float64
		square float64
	}
	starts := make([]start, directions)
	for k := range starts {
		u := make([]float64, d)
		key.Split("direction", k).Stream().FillNorm(u)
		floats.Scale(1/floats.Norm(u, 2), u)
		starts[k] = start{u, s.square(u)}
	}
	slices.SortStableFunc(starts, func(x, y start) int {
		switch {
		case x.square > y.square:
			return -1
		case x.square < y.square:
			return 1
		}
		return 0
	})
	random = starts[0].square
	starts = starts[:min(directions, maxSlicedStarts)]
	means := Mean(a)
	floats.Sub(means, Mean(b))
	if norm := floats.Norm(means, 2); norm > 0 {
		floats.Scale(1/norm, means)
		starts = append(starts, start{means, s.square(means)})
	}
	refined = random
	for _, from := range starts {
		refined = max(refined, s.ascend(from.u, steps))
	}
	return math.Sqrt(random), math.Sqrt(refined)
}

// projected is a sample's place along a direction.
type projected struct {
	at     float64
	sample int
}

// slice computes distances of two sets of samples along directions.
type slice struct {
	a, b   [][]float64
	pa, pb []projected
	ca, cb []float64 // what moves the squared distance: for a_i, sum_j of weight (u.a_i - u.b_j)
}

func newSlice(a, b [][]float64) *slice {
	return &slice{a: a, b: b, pa: make([]projected, len(a)), pb: make([]projected, len(b)), ca: make([]float64, len(a)), cb: make([]float64, len(b))}
}

// square returns W2^2(u.a, u.b) and leaves its derivatives in the places of the samples, half of them, in ca and cb.
func (s *slice) square(u []float64) float64 {
	project := func(p []projected, x [][]float64) {
		for i, v := range x {
			p[i] = projected{floats.Dot(u, v), i}
		}
		slices.SortFunc(p, func(x, y projected) int {
			switch {
			case x.at < y.at:
				return -1
			case x.at > y.at:
				return 1
			}
			return x.sample - y.sample
		})
	}
	project(s.pa, s.a)
	project(s.pb, s.b)
	clear(s.ca)
	clear(s.cb)
	n, m := len(s.a), len(s.b)
	sum := 0.0
	// Levels are counted in units of 1/(n m), as in wasserstein2Squared.
	for i, j, at := 0, 0, 0; i < n && j < m; {
		to := min((i+1)*m, (j+1)*n)
		weight, gap := float64(to-at)/float64(n)/float64(m), s.pa[i].at-s.pb[j].at
		sum += weight * gap * gap
		s.ca[s.pa[i].sample] += weight * gap
		s.cb[s.pb[j].sample] += weight * gap
		at = to
		if at == (i+1)*m {
			i++
		}
		if at == (j+1)*n {
			j++
		}
	}
	return sum
}

// ascend returns the largest squared distance that steps of ascent from u find on the sphere. A step that does not
// climb is taken back and shortened.
func (s *slice) ascend(u []float64, steps int) float64 {
	best, length := s.square(u), .5
	u, try, tangent := slices.Clone(u), make([]float64, len(u)), make([]float64, len(u))
	fresh := true
	for range steps {
		if fresh {
			clear(tangent)
			for i, c := range s.ca {
				floats.AddScaled(tangent, c, s.a[i])
			}
			for j, c := range s.cb {
				floats.AddScaled(tangent, -c, s.b[j])
			}
			floats.AddScaled(tangent, -floats.Dot(tangent, u), u)
			norm := floats.Norm(tangent, 2)
			if !(norm > 1e-12*math.Sqrt(best)) || length < 1e-4 {
				break
			}
			floats.Scale(1/norm, tangent)
		}
		copy(try, u)
		floats.AddScaled(try, length, tangent)
		floats.Scale(1/floats.Norm(try, 2), try)
		if now := s.square(try); now > best {
			best, length, fresh = now, min(2, 1.5*length), true
			copy(u, try)
		} else {
			length, fresh = length/3, false
		}
	}
	return best
}
