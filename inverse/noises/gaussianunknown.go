package noises

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/internal/config"
	"tweedie/inverse"
	"tweedie/rng"
)

// GaussianUnknown is Gaussian noise with one sigma that is not known, but for its prior: 1/sigma^2 has a gamma law, so
// sigma^2 an inverse gamma one with shape a and scale b,
//
//	p(sigma^2) = b^a/Gamma(a) sigma^(-2(a+1)) exp(-b/sigma^2).
//
// Sigma is integrated out exactly: the data jointly have Student's law with 2a degrees of freedom. With Q = |y - clean|^2,
//
//	Loss = (a + m/2) log(1 + Q/2b),  NegLogLik = Loss + m/2 log(2 pi b) + log Gamma(a) - log Gamma(a + m/2)
//
// DrawSigma draws sigma given a clean measurement. The mean of sigma^2 under the prior is b/(a-1), and 2a data's worth of
// knowledge is in it.
type GaussianUnknown struct {
	// Shape is a, between 0.5 and 1e6.
	Shape float64 `json:"shape"`
	// Scale is b, in the squared units of the data.
	Scale float64 `json:"scale"`
}

// Kind returns "gaussian-unknown".
func (GaussianUnknown) Kind() string { return "gaussian-unknown" }

// Validate names the field that is wrong.
func (n GaussianUnknown) Validate(int) error {
	c := config.Check(n.Kind())
	c.Float("shape", n.Shape, .5, 1e6)
	c.Float("scale", n.Scale, least*least, most*most)
	return c.Err()
}

// Sample draws sigma from the prior and sets dst = clean + sigma n.
func (n GaussianUnknown) Sample(dst, clean []float64, st *rng.Stream) {
	sigma := n.draw(n.Shape, n.Scale, st)
	fillClean(n.Kind(), dst, clean, func(_ int, c float64) float64 { return c + sigma*st.Norm() })
}

// draw draws sigma from the law with shape a and scale b.
func (n GaussianUnknown) draw(a, b float64, st *rng.Stream) float64 {
	return math.Sqrt(b / distuv.Gamma{Alpha: a, Beta: 1, Src: st}.Rand())
}

// DrawSigma returns a draw of sigma given y and clean: sigma^2 has shape a + m/2 and scale b + Q/2.
func (n GaussianUnknown) DrawSigma(y, clean []float64, st *rng.Stream) float64 {
	return n.draw(n.Shape+float64(len(y))/2, n.Scale+n.square(y, clean)/2, st)
}

// square returns Q.
func (n GaussianUnknown) square(y, clean []float64) float64 {
	return sum(n.Kind(), y, clean, func(_ int, y, c float64) float64 { return square(y - c) })
}

// Loss returns (a + m/2) log(1 + Q/2b).
func (n GaussianUnknown) Loss(y, clean []float64) float64 {
	return (n.Shape + float64(len(y))/2) * math.Log1p(n.square(y, clean)/(2*n.Scale))
}

// NegLogLik returns Loss and the constants.
func (n GaussianUnknown) NegLogLik(y, clean []float64) float64 {
	half := float64(len(y)) / 2
	return n.Loss(y, clean) + half*math.Log(2*math.Pi*n.Scale) - logGammaRise(n.Shape, half)
}

// Residual sets dst = (2a + m) (clean - y)/(2b + Q).
func (n GaussianUnknown) Residual(dst, y, clean []float64) {
	p := n.precision(len(y), n.square(y, clean))
	fill(n.Kind(), dst, y, clean, func(_ int, y, c float64) float64 { return p * (c - y) })
}

// precision returns the mean of 1/sigma^2 given m data with Q.
func (n GaussianUnknown) precision(m int, q float64) float64 {
	return (2*n.Shape + float64(m)) / (2*n.Scale + q)
}

// ChiSquared returns Q times the mean of 1/sigma^2 given the data. Q/(2b + Q) has a beta law, so that its mean at the
// truth is m; because the data tell sigma, it is near m at other images, too, and never above m + 2a.
func (n GaussianUnknown) ChiSquared(y, clean []float64) float64 {
	q := n.square(y, clean)
	return q * n.precision(len(y), q)
}

// Standardised sets dst to the normal quantiles of each datum given all others, from which its sigma is known: Student's
// law with 2a + m - 1 degrees of freedom and the squared scale (2b + Q - r_i^2)/(2a + m - 1).
func (n GaussianUnknown) Standardised(dst, y, clean []float64) {
	q, nu := n.square(y, clean), 2*n.Shape+float64(len(y)-1)
	fill(n.Kind(), dst, y, clean, func(_ int, y, c float64) float64 {
		r := y - c
		return studentQuantile(r*math.Sqrt(nu/(2*n.Scale+max(0, q-r*r))), nu)
	})
}

// Information sets dst_i = (2a+m)/(2a+m+2) a/b.
func (n GaussianUnknown) Information(dst, clean []float64) {
	fillClean(n.Kind(), dst, clean, func(int, float64) float64 {
		return (1 - 2/(2*n.Shape+float64(len(clean))+2)) * n.Shape / n.Scale
	})
}

func init() { inverse.RegisterNoise(GaussianUnknown{}) }
