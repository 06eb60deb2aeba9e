package eval

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// mostCovariances is the largest dimension at which all entries of the covariance are compared, and not the variances
// alone.
const mostCovariances = 256

// LargestZ holds the largest of many differences, each over its standard error.
type LargestZ struct {
	Z       float64 // the largest |difference|/SE
	Entries int     // how many were compared
	At      [2]int  // the entry with the largest, a row twice for a mean or variance
	DF      int     // degrees of freedom of the errors: one less than the draws of the smaller sample
}

// P returns the probability of a |z| as large among so many, at most: Entries times that of one by Student's law. For
// covariances it is right for thousands of draws only: products of few deviations are skew.
func (z LargestZ) P() float64 {
	if z.Entries == 0 {
		return 1
	}
	return min(1, float64(z.Entries)*2*distuv.StudentsT{Sigma: 1, Nu: float64(z.DF)}.Survival(z.Z))
}

// CompareMoments compares the means of two samples of independent draws of dimension d, and the entries of their
// covariances, which are the variances alone for d > 256. The error of a covariance is that of the mean of the products of
// deviations. Entries without spread in either sample are left out, or +Inf where they differ.
func CompareMoments(a, b [][]float64) (means, covariances LargestZ) {
	mustHave("CompareMoments", "samples", len(a), 3)
	d := len(a[0])
	mustBeSamples("CompareMoments", a, 3, d)
	mustBeSamples("CompareMoments", b, 3, d)
	means.DF = min(len(a), len(b)) - 1
	covariances.DF = means.DF
	ma, va, ca, ea := momentErrors(a)
	mb, vb, cb, eb := momentErrors(b)
	for j := range d {
		means.see(ma[j]-mb[j], va[j]/float64(len(a))+vb[j]/float64(len(b)), j, j)
	}
	for j := range d {
		if ca == nil {
			covariances.see(va[j]-vb[j], ea.At(0, j)+eb.At(0, j), j, j)
			continue
		}
		for k := range j + 1 {
			covariances.see(ca.At(j, k)-cb.At(j, k), ea.At(j, k)+eb.At(j, k), j, k)
		}
	}
	return means, covariances
}

// see takes one difference with its variance into account.
func (z *LargestZ) see(difference, variance float64, j, k int) {
	if variance == 0 && difference == 0 {
		return
	}
	z.Entries++
	if v := math.Abs(difference) / math.Sqrt(variance); v > z.Z {
		z.Z, z.At = v, [2]int{j, k}
	}
}

// momentErrors returns means, variances, covariances [d,d] and the squared standard errors of those; in high dimensions
// no covariances, and the errors [1,d] of the variances.
func momentErrors(x [][]float64) (mean, variance []float64, cov, err *mat.Dense) {
	n, d := float64(len(x)), len(x[0])
	mean, variance = Mean(x), Variance(x)
	r := mat.NewDense(len(x), d, nil)
	squares := mat.NewDense(len(x), d, nil)
	for i, v := range x {
		row := r.RawRowView(i)
		floats.SubTo(row, v, mean)
		floats.MulTo(squares.RawRowView(i), row, row)
	}
	if d > mostCovariances {
		err = mat.NewDense(1, d, nil)
		for j, v := range Variance(rowsOf(squares)) {
			err.Set(0, j, v/n)
		}
		return mean, variance, nil, err
	}
	cov, err = mat.NewDense(d, d, nil), mat.NewDense(d, d, nil)
	cov.Mul(r.T(), r)
	cov.Scale(1/(n-1), cov)
	err.Mul(squares.T(), squares)
	err.Apply(func(j, k int, v float64) float64 {
		c := cov.At(j, k) * (n - 1) / n
		return max(0, v/n-c*c) / (n - 1)
	}, err)
	return mean, variance, cov, err
}

// rowsOf returns the rows of a matrix, without copying them.
func rowsOf(m *mat.Dense) [][]float64 {
	rows := make([][]float64, m.RawMatrix().Rows)
	for i := range rows {
		rows[i] = m.RawRowView(i)
	}
	return rows
}
