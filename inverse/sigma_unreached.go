package inverse

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// leastUnreached is the number of directions that an estimate takes at least: its standard error is then a tenth.
const leastUnreached = 50

// mostFactored bounds pixels and data of an operator that EstimateSigma decomposes.
const mostFactored = 1024

// unreachedSigma estimates sigma from the directions that op hardly reaches.
func unreachedSigma(op Operator, y []float64, mean, std float64) (sigma float64, method string, err error) {
	name := op.Name()
	op, y, err = present(op, y)
	if err != nil {
		return 0, "", err
	}
	svd, err := decompose(op)
	if err != nil {
		return 0, "", err
	}
	m := len(y)
	x, r, d := make([]float64, op.InShape().Size()), make([]float64, m), make([]float64, m)
	for i := range x {
		x[i] = mean
	}
	op.Apply(r, x)
	floats.SubTo(r, y, r)
	svd.Ut(d, r)
	gains := make([]float64, m)
	copy(gains, svd.Singular())
	top := slices.Max(gains)
	order := make([]int, m)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		if gains[i] < gains[j] {
			return -1
		} else if gains[i] > gains[j] {
			return 1
		}
		return 0
	})
	sum, count := 0.0, 0
	for k, i := range order {
		sum += d[i] * d[i]
		s := math.Sqrt(sum / float64(k+1))
		if gains[i] <= RelativeCut*top || std > 0 && std*gains[i] <= s/10 {
			count, sigma = k+1, s
		}
	}
	if count < leastUnreached {
		return 0, "", fmt.Errorf("%s reaches all but %d directions of a measurement, where %d are needed", name, count, leastUnreached)
	}
	if !positive(sigma) {
		return 0, "", fmt.Errorf("the measurement is without noise in the directions that %s does not reach", name)
	}
	return sigma, fmt.Sprintf("the root mean square of the measurement along the %d of its %d directions that the operator hardly reaches; standard error %.2g%%",
		count, m, 100/math.Sqrt(2*float64(count))), nil
}

// present returns the operator and the data of the entries that are not NaN.
func present(op Operator, y []float64) (Operator, []float64, error) {
	var keep []int
	var some []float64
	for i, v := range y {
		if !math.IsNaN(v) {
			keep, some = append(keep, i), append(some, v)
		}
	}
	if len(keep) == len(y) {
		return op, y, nil
	}
	op, err := Restrict(op, keep)
	return op, some, err
}

// decompose returns the singular value decomposition of a linear operator that has one or is small.
func decompose(op Operator) (SVD, error) {
	linear, ok := op.(Linear)
	if !ok {
		return nil, fmt.Errorf("%s is not linear", op.Name())
	}
	if svd, ok := op.(SVD); ok {
		return svd, nil
	}
	if max(op.InShape().Size(), op.OutShape().Size()) > mostFactored {
		return nil, errors.New("the operator is too large for its singular values")
	}
	return DenseSVD(linear)
}
