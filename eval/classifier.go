package eval

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"tweedie/rng"
)

// Sizes of the classifiers that tell two samples apart.
const (
	classifierFolds      = 5
	classifierNeighbours = 15
	classifierComponents = 10 // principal components that the logistic regression sees, with their products
	classifierSteps      = 12 // of Newton's method
)

// folds deals 2n points, n of each of two classes in turn, to as many folds, evenly of each class.
func folds(n int, st *rng.Stream) []int {
	fold := make([]int, 2*n)
	for class := range 2 {
		for k, i := range st.Perm(n) {
			fold[class*n+i] = k % classifierFolds
		}
	}
	return fold
}

// neighbourAccuracy returns the share of 2n points, the first n of one class and the others of another, whose class most
// of their 15 nearest neighbours in the other folds have; dist holds the distances of all pairs.
func neighbourAccuracy(dist *mat.Dense, n int, st *rng.Stream) float64 {
	fold := folds(n, st)
	type neighbour struct {
		distance float64
		class    int
	}
	right := 0.
	near := make([]neighbour, 0, classifierNeighbours+1)
	for i := range 2 * n {
		near = near[:0]
		for j, d := range dist.RawRowView(i) {
			if fold[j] == fold[i] || len(near) == classifierNeighbours && d >= near[len(near)-1].distance {
				continue
			}
			at, _ := slices.BinarySearchFunc(near, d, func(x neighbour, d float64) int {
				if x.distance <= d {
					return -1
				}
				return 1
			})
			near = slices.Insert(near, at, neighbour{d, j / n})
			near = near[:min(len(near), classifierNeighbours)]
		}
		votes := 0
		for _, x := range near {
			votes += x.class
		}
		if (2*votes > len(near)) == (i >= n) {
			right++
		}
	}
	return right / float64(2*n)
}

// quadraticFeatures returns the entries of every point, their squares and their products in pairs, each standardised; a
// feature without spread is 0, and so is the only one of points without entries.
func quadraticFeatures(points [][]float64) *mat.Dense {
	c := len(points[0])
	features := mat.NewDense(len(points), max(1, c+c*(c+1)/2), nil)
	for i, p := range points {
		row := append(features.RawRowView(i)[:0], p...)
		for j, v := range p {
			for _, w := range p[:j+1] {
				row = append(row, v*w)
			}
		}
	}
	n, count := features.Dims()
	for j := range count {
		column := mat.Col(nil, j, features)
		m := MeanOf(column)
		scale := 0.
		if sd := m.SE * math.Sqrt(float64(n)); sd > 1e-9 {
			scale = 1 / sd
		}
		for i, v := range column {
			features.Set(i, j, (v-m.Value)*scale)
		}
	}
	return features
}

// logisticAccuracy returns the share of 2n rows of features, the first n of one class and the others of another, that
// logistic regression on the other folds classifies rightly. Its weights w have the penalty |w|^2/2.
func logisticAccuracy(features *mat.Dense, n int, st *rng.Stream) float64 {
	fold := folds(n, st)
	right := 0.
	for f := range classifierFolds {
		var rows []int
		for i, g := range fold {
			if g != f {
				rows = append(rows, i)
			}
		}
		w := fitLogistic(features, rows, n)
		for i, g := range fold {
			if g == f && (logit(w, features.RawRowView(i)) > 0) == (i >= n) {
				right++
			}
		}
	}
	return right / float64(2*n)
}

// logit returns w[0] + w[1:].x.
func logit(w, x []float64) float64 { return w[0] + floats.Dot(w[1:], x) }

// fitLogistic returns offset and weights of the regression on some rows, of which those from n on have class 1.
func fitLogistic(features *mat.Dense, rows []int, n int) []float64 {
	_, count := features.Dims()
	w := make([]float64, count+1)
	x, scaled := mat.NewDense(len(rows), count+1, nil), mat.NewDense(len(rows), count+1, nil)
	for r, i := range rows {
		row := x.RawRowView(r)
		row[0] = 1
		copy(row[1:], features.RawRowView(i))
	}
	for range classifierSteps {
		gradient := make([]float64, count+1)
		copy(gradient[1:], w[1:])
		for r, i := range rows {
			row := x.RawRowView(r)
			p := 1 / (1 + math.Exp(-floats.Dot(w, row)))
			slope := p
			if i >= n {
				slope--
			}
			floats.AddScaled(gradient, slope, row)
			floats.ScaleTo(scaled.RawRowView(r), math.Sqrt(p*(1-p)), row)
		}
		var hessian mat.Dense
		hessian.Mul(scaled.T(), scaled)
		sym := mat.NewSymDense(count+1, nil)
		for a := range count + 1 {
			for b := range a + 1 {
				sym.SetSym(a, b, hessian.At(a, b))
			}
			if a > 0 {
				sym.SetSym(a, a, sym.At(a, a)+1)
			}
		}
		var c mat.Cholesky
		if !c.Factorize(sym) {
			return w
		}
		step := mat.NewVecDense(count+1, nil)
		if err := c.SolveVecTo(step, mat.NewVecDense(count+1, gradient)); err != nil {
			return w
		}
		floats.Sub(w, step.RawVector().Data)
		if floats.Norm(step.RawVector().Data, 2) < 1e-6 {
			break
		}
	}
	return w
}
