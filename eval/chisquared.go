package eval

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/autodiff"
)

// ChiSquaredP returns the two-sided probability, 2 min(P(X <= chi2), P(X >= chi2)), of a chi^2 with m degrees of freedom:
// below .001 the m data are fitted too badly or too well. Over problems chi^2 = sum ((y - A x)/sigma)^2 of one posterior draw
// x has this law, as that of the truth does; the mean over draws varies less, so that the test is conservative.
func ChiSquaredP(chi2 float64, m int) float64 {
	mustHave("ChiSquaredP", "degrees of freedom", m, 1)
	law := distuv.ChiSquared{K: float64(m)}
	return min(1, 2*min(law.CDF(chi2), law.Survival(chi2)))
}

// ChiSquaredLimits returns the values of chi^2/m between which ChiSquaredP is at least p.
func ChiSquaredLimits(m int, p float64) (lo, hi float64) {
	mustHave("ChiSquaredLimits", "degrees of freedom", m, 1)
	mustBeProbability("ChiSquaredLimits", "p", p)
	law := distuv.ChiSquared{K: float64(m)}
	return law.Quantile(p/2) / float64(m), law.Quantile(1-p/2) / float64(m)
}

// UnexplainedLimit returns the |y - A x|/sigma above which a single one of m data is not explained,
// Phi^-1(1 - .01/(2m)): at the truth no datum reaches it in 99 of 100 problems.
func UnexplainedLimit(m int) float64 {
	mustHave("UnexplainedLimit", "data", m, 1)
	return -distuv.UnitNormal.Quantile(.01 / (2 * float64(m)))
}

// PredictiveCovariance returns the covariance of data under the prior, cov(A x) + diag(variance), from the clean
// measurements A x of draws of the prior, [draw][m], and the variance of each datum's noise. It is near the truth for ten
// times as many draws as data.
func PredictiveCovariance(clean [][]float64, variance []float64) *mat.SymDense {
	m := len(variance)
	mustBeSamples("PredictiveCovariance", clean, 2, m)
	rows := mat.NewDense(len(clean), m, nil)
	for i, c := range clean {
		rows.SetRow(i, c)
	}
	cov := mat.NewSymDense(m, nil)
	stat.CovarianceMatrix(cov, rows, nil)
	for i, v := range variance {
		cov.SetSym(i, i, cov.At(i, i)+v)
	}
	return cov
}

// PredictiveChiSquared returns r^T S^-1 r for the data's difference r [m] from their prior mean and their covariance S
// under the prior. For a Gaussian prior it is chi^2 with m degrees of freedom over problems; unlike the posterior's chi^2
// it sees a wrong sigma where the data are many and the prior is narrow, and a wrong prior. Judge both by ChiSquaredP. A
// covariance that is not positive definite is an error. It takes m^3/3 operations.
func PredictiveChiSquared(r []float64, covariance mat.Symmetric) (float64, error) {
	mustMatch("PredictiveChiSquared", "r", len(r), covariance.SymmetricDim())
	var c mat.Cholesky
	if !c.Factorize(covariance) {
		return 0, fmt.Errorf("eval.PredictiveChiSquared: the covariance of %d data is not positive definite", len(r))
	}
	var solved mat.VecDense
	v := mat.NewVecDense(len(r), r)
	if err := c.SolveVecTo(&solved, v); err != nil {
		return 0, fmt.Errorf("eval.PredictiveChiSquared: the covariance of %d data is almost singular: %w", len(r), err)
	}
	return mat.Dot(v, &solved), nil
}

// mustBeProbability panics unless 0 < p < 1.
func mustBeProbability(metric, arg string, p float64) {
	if !(p > 0 && p < 1) {
		panic(&autodiff.ValueError{Op: "eval." + metric, Msg: fmt.Sprintf("%s is %v, not in (0,1)", arg, p)})
	}
}
