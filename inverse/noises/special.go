package noises

import "math"

// mills returns (1 - Phi(z))/phi(z) for z >= 0, which is sqrt(pi/2) exp(z^2/2) erfc(z/sqrt(2)). Beyond 14 it is the
// asymptotic series 1/z - 1/z^3 + 3/z^5 - ..., whose terms fall below 1e-17 there.
func mills(z float64) float64 {
	if z < 14 {
		return math.Sqrt(math.Pi/2) * math.Exp(z*z/2) * math.Erfc(z/math.Sqrt2)
	}
	term, total := 1/z, 1/z
	for k := 1.0; math.Abs(term) > 1e-17*total && k < 60; k++ {
		term *= -(2*k - 1) / (z * z)
		total += term
	}
	return total
}

// logPhi returns the logarithm of the standard normal distribution function.
func logPhi(z float64) float64 {
	if z >= 0 {
		return math.Log1p(-math.Erfc(z/math.Sqrt2) / 2)
	}
	return -z*z/2 - logRoot2Pi + math.Log(mills(-z))
}

// phiRatio returns phi(z)/Phi(z).
func phiRatio(z float64) float64 {
	if z >= 0 {
		return math.Exp(-z*z/2-logRoot2Pi) / (1 - math.Erfc(z/math.Sqrt2)/2)
	}
	return 1 / mills(-z)
}

// upperPhi returns the probability of a standard normal number above z.
func upperPhi(z float64) float64 { return math.Erfc(z/math.Sqrt2) / 2 }

// bessel returns exp(-x) I_0(x) and exp(-x) I_1(x) for x >= 0: up to 30 by their power series, and beyond by the
// asymptotic ones (Abramowitz and Stegun 9.6.10 and 9.7.1), whose smallest term is about exp(-2x).
func bessel(x float64) (i0, i1 float64) {
	if x <= 30 {
		q, t0, t1 := x*x/4, 1.0, x/2
		for k := 1.0; ; k++ {
			i0, i1 = i0+t0, i1+t1
			if t0 <= 1e-17*i0 {
				return i0 * math.Exp(-x), i1 * math.Exp(-x)
			}
			t0 *= q / (k * k)
			t1 *= q / (k * (k + 1))
		}
	}
	return hankel(0, x), hankel(1, x)
}

// hankel returns sum_k (-1)^k a_k / sqrt(2 pi x), a_k = prod_j (4 order^2 - (2j-1)^2) / (k! (8x)^k).
func hankel(order, x float64) float64 {
	term, total := 1.0, 1.0
	for k := 1.0; k < 40 && math.Abs(term) > 1e-17; k++ {
		term *= -(4*order*order - square(2*k-1)) / (8 * x * k)
		total += term
	}
	return total / math.Sqrt(2*math.Pi*x)
}

// logBessel returns log I_0(x) of |x|.
func logBessel(x float64) float64 {
	x = math.Abs(x)
	i0, _ := bessel(x)
	return x + math.Log(i0)
}

// besselRatio returns I_1(x)/I_0(x), which is odd.
func besselRatio(x float64) float64 {
	i0, i1 := bessel(math.Abs(x))
	return math.Copysign(i1/i0, x)
}

// gaussNodes and gaussWeights are those of Gauss-Legendre quadrature with 8 points on [-1,1].
var gaussNodes, gaussWeights = legendre(8)

// legendre returns the nodes and weights of n points by Newton's method on the Legendre polynomial.
func legendre(n int) (nodes, weights []float64) {
	for i := range n {
		x := math.Cos(math.Pi * (float64(i) + .75) / (float64(n) + .5))
		var slope float64
		for range 100 {
			p, last := 1.0, 0.0
			for k := 1.0; k <= float64(n); k++ {
				p, last = ((2*k-1)*x*p-(k-1)*last)/k, p
			}
			slope = float64(n) * (x*p - last) / (x*x - 1)
			step := p / slope
			x -= step
			if math.Abs(step) < 1e-16 {
				break
			}
		}
		nodes = append(nodes, x)
		weights = append(weights, 2/((1-x*x)*slope*slope))
	}
	return nodes, weights
}

// integral returns that of f from a to b in panels of 8 points.
func integral(f func(x float64) float64, a, b float64, panels int) float64 {
	total, half := 0.0, (b-a)/float64(2*panels)
	for k := range panels {
		mid := a + half*float64(2*k+1)
		for i, x := range gaussNodes {
			total += gaussWeights[i] * f(mid+half*x)
		}
	}
	return total * half
}
