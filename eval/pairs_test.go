package eval

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/rng"
)

// TestContrast compares MMD and the energy distance from matrices with sums over pairs, and the probability with uniform.
func TestContrast(t *testing.T) {
	st := rng.New(70).Stream()
	const n, m = 12, 17
	x := make([][]float64, n+m)
	for i := range x {
		x[i] = make([]float64, 3)
		st.FillNorm(x[i])
		if i < n {
			x[i][0] += 1
		}
	}
	dist := distances(x)
	first := firstAndPermuted(n+m, n, 3, rng.New(1))
	if got, want := -contrast(dist, first)[0], EnergyDistance(x[:n], x[n:]); math.Abs(got-want) > 1e-12 {
		t.Errorf("energy distance %v, not %v", got, want)
	}
	k := func(i, j int) float64 {
		sum := 0.
		for c := range 3 {
			sum += (x[i][c] - x[j][c]) * (x[i][c] - x[j][c])
		}
		return math.Exp(-sum / (2 * .7 * .7))
	}
	want := 0.
	for i := range x {
		for j := range x {
			switch {
			case i == j:
			case i < n && j < n:
				want += k(i, j) / (n * (n - 1))
			case i >= n && j >= n:
				want += k(i, j) / (m * (m - 1))
			default:
				want -= k(i, j) / (n * m)
			}
		}
	}
	if got := contrast(gaussianKernel(dist, .7), first)[0]; math.Abs(got-want) > 1e-12 {
		t.Errorf("MMD^2 %v, not %v", got, want)
	}
	// Under equal laws P <= .1 for a tenth of 400 pairs of sets.
	low := 0.
	for s := range 400 {
		y := make([][]float64, 20)
		for i := range y {
			y[i] = []float64{st.Norm()}
		}
		if exceeding(contrast(gaussianKernel(distances(y), 1), firstAndPermuted(20, 8, 99, rng.New(uint64(s))))) <= .1 {
			low++
		}
	}
	if math.Abs(low/400-.1) > 4*math.Sqrt(.09/400) {
		t.Errorf("P <= .1 in %v of the sets", low/400)
	}
	if p := exceeding([]float64{2, 1, 2, 3}); p != .75 {
		t.Errorf("a value that two of three others reach has P %v", p)
	}
}

// TestClassifiers gives both classifiers laws with a known best accuracy: normals 2 apart, Phi(1); and of spread 1 and 3.
func TestClassifiers(t *testing.T) {
	const n = 500
	for _, row := range []struct {
		shift, sd, best, tol float64
	}{{2, 1, .841345, .015}, {0, 3, .741, .02}, {0, 1, .5, 0}} {
		st := rng.New(71).Stream()
		x := make([][]float64, 2*n)
		for i := range x {
			x[i] = []float64{st.Norm(), st.Norm()}
			if i >= n {
				x[i][0], x[i][1] = row.sd*x[i][0]+row.shift, row.sd*x[i][1]
			}
		}
		want := row.best
		if row.sd == 3 { // |x|^2 below or above c: c = ln 9 / (1/2 - 1/18); P = (1 - e^(-c/2) + e^(-c/18))/2
			c := math.Log(9) / (.5 - 1./18)
			want = (1 - math.Exp(-c/2) + math.Exp(-c/18)) / 2
		}
		se := 4 * math.Sqrt(.25/(2*n))
		scores := whitenedScores(x, 2, st)
		if got := logisticAccuracy(quadraticFeatures(scores), n, st); math.Abs(got-want) > row.tol+se {
			t.Errorf("shift %v, sd %v: logistic accuracy %v, not %v", row.shift, row.sd, got, want)
		}
		if got := neighbourAccuracy(distances(x), n, st); math.Abs(got-want) > 2*row.tol+se {
			t.Errorf("shift %v, sd %v: neighbours' accuracy %v, not %v", row.shift, row.sd, got, want)
		}
	}
	// New folds are new: with 20 features for 100 points the accuracy on the fitted ones would be .7. The mean of 20 sets.
	mean := 0.
	for seed := range uint64(20) {
		st := rng.New(72 + seed).Stream()
		x := make([][]float64, 100)
		for i := range x {
			x[i] = make([]float64, 5)
			st.FillNorm(x[i])
		}
		mean += logisticAccuracy(quadraticFeatures(x), 50, st) / 20
	}
	if math.Abs(mean-.5) > 4*.5/math.Sqrt(2000) {
		t.Errorf("points of one law are told apart with accuracy %v", mean)
	}
	// The weights of the regression are the zero of the penalised gradient.
	features := mat.NewDense(4, 1, []float64{-1, .5, .4, 2})
	w := fitLogistic(features, []int{0, 1, 2, 3}, 2)
	for j := range 2 {
		g := 0.
		if j == 1 {
			g = w[1]
		}
		for i := range 4 {
			row := []float64{1, features.At(i, 0)}
			g += row[j] * (1/(1+math.Exp(-w[0]-w[1]*row[1])) - float64(i/2))
		}
		if j == 0 && math.Abs(g) > 1e-6 || j == 1 && math.Abs(g) > 1e-6 {
			t.Errorf("gradient %d at the fitted weights %v is %v", j, w, g)
		}
	}
}
