package inverse

import "math"

// chebyshevRoot holds the coefficients of the Chebyshev interpolant of sqrt(1-t) on [0,c], c < 1.
type chebyshevRoot struct {
	c    float64
	coef []float64
}

// rootError is the largest error of an interpolant: the degree is 8 at c = .5, 16 at .81, 32 at .95.
const rootError = 2e-9

// mostDegree bounds the degree, which grows as 1/sqrt(1-c). It is enough up to c = .99.
const mostDegree = 128

// rootOf returns an interpolant with an error of rootError at most.
func rootOf(c float64) chebyshevRoot {
	r := chebyshevRoot{c: c}
	for degree := 8; degree <= mostDegree; degree += 8 {
		r.coef = r.interpolate(degree)
		if r.error() <= rootError {
			break
		}
	}
	return r
}

// interpolate returns the coefficients of the given degree.
func (r chebyshevRoot) interpolate(degree int) []float64 {
	coef := make([]float64, degree+1)
	n := float64(degree + 1)
	for j := range coef {
		angle := math.Pi * (float64(j) + .5) / n
		f := math.Sqrt(1 - r.c*(1+math.Cos(angle))/2)
		for k := range coef {
			coef[k] += 2 / n * f * math.Cos(float64(k)*angle)
		}
	}
	coef[0] /= 2
	return coef
}

// error returns the largest error over the extrema between the nodes.
func (r chebyshevRoot) error() float64 {
	worst, n := 0.0, len(r.coef)
	for j := range n + 1 {
		u := math.Cos(math.Pi * float64(j) / float64(n))
		worst = max(worst, math.Abs(r.at(u)-math.Sqrt(1-r.c*(1+u)/2)))
	}
	return worst
}

// at returns the interpolant at t = c (1+u)/2.
func (r chebyshevRoot) at(u float64) float64 {
	var b, next float64
	for k := len(r.coef) - 1; k > 0; k-- {
		b, next = 2*u*b-next+r.coef[k], b
	}
	return u*b - next + r.coef[0]
}

// apply sets dst = q(M) v by Clenshaw's rule with one product with M for each degree. The eigenvalues of M must lie in
// [0,c].
func (r chebyshevRoot) apply(dst, v []float64, product func(dst, v []float64)) {
	n := len(v)
	work := make([]float64, 3*n)
	b, next, mb := work[:n], work[n:2*n], work[2*n:]
	// u b = 2 M b/c - b; with c = 0, M is zero, and so is u + 1.
	turn := func(factor float64) {
		product(mb, b)
		for i := range mb {
			if r.c > 0 {
				mb[i] = factor * (2*mb[i]/r.c - b[i])
			} else {
				mb[i] = -factor * b[i]
			}
		}
	}
	for k := len(r.coef) - 1; k > 0; k-- {
		turn(2)
		for i := range mb {
			mb[i] += r.coef[k]*v[i] - next[i]
		}
		b, next, mb = mb, b, next
	}
	turn(1)
	for i := range dst {
		dst[i] = mb[i] - next[i] + r.coef[0]*v[i]
	}
}
