package exact

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"tweedie/internal/config"
)

// Kernel is the covariance of a stationary field on the pixels of an image, with h the distance of two pixels of one
// channel in pixels; channels are independent:
//
//	squared-exponential  k(h) = Variance exp(-h^2/(2 Length^2))
//	exponential          k(h) = Variance exp(-h/Length), also called matern-1/2
//	matern-3/2           k(h) = Variance (1 + a) exp(-a),            a = sqrt(3) h/Length
//	matern-5/2           k(h) = Variance (1 + a + a^2/3) exp(-a),    a = sqrt(5) h/Length
//
// A variance of its own, Nugget, is added for each pixel.
type Kernel struct {
	Name     string  `json:"kind"`
	Variance float64 `json:"variance"`
	Length   float64 `json:"length"` // in pixels
	Nugget   float64 `json:"nugget"`
}

// MaxDense bounds the order D of a covariance that is kept as a matrix of D^2 numbers and decomposed in O(D^3): 4096,
// an image of 64x64 in one channel, takes 128 MiB for each matrix and some minutes, with NewField half a minute.
const MaxDense = 4096

// correlations are k(h)/Variance by h/Length.
var correlations = map[string]func(h float64) float64{
	"squared-exponential": func(h float64) float64 { return math.Exp(-h * h / 2) },
	"exponential":         func(h float64) float64 { return math.Exp(-h) },
	"matern-1/2":          func(h float64) float64 { return math.Exp(-h) },
	"matern-3/2":          func(h float64) float64 { a := math.Sqrt(3) * h; return (1 + a) * math.Exp(-a) },
	"matern-5/2":          func(h float64) float64 { a := math.Sqrt(5) * h; return (1 + a + a*a/3) * math.Exp(-a) },
}

// Validate names the first field that is wrong.
func (k Kernel) Validate() error {
	c := config.Check("kernel")
	c.Name("kind", k.Name, "squared-exponential", "exponential", "matern-1/2", "matern-3/2", "matern-5/2")
	c.Float("variance", k.Variance, config.Tiny, config.Huge)
	c.Float("length", k.Length, config.Tiny, config.Huge)
	c.Float("nugget", k.Nugget, 0, config.Huge)
	return c.Err()
}

// Cov returns the covariance [D,D] of images of a shape [C,H,W], at most MaxDense elements.
func (k Kernel) Cov(shape []int) (*mat.SymDense, error) {
	if err := k.Validate(); err != nil {
		return nil, err
	}
	c, h, w, err := k.planes(shape)
	if err != nil {
		return nil, err
	}
	p := h * w
	cov := mat.NewSymDense(c*p, nil)
	for i := range p {
		for j := i; j < p; j++ {
			v := k.at(i/w-j/w, i%w-j%w)
			for ch := range c {
				cov.SetSym(ch*p+i, ch*p+j, v)
			}
		}
	}
	return cov, nil
}

// at returns the covariance of two pixels that lie rows and cols apart.
func (k Kernel) at(rows, cols int) float64 {
	v := k.Variance * correlations[k.Name](math.Hypot(float64(rows), float64(cols))/k.Length)
	if rows == 0 && cols == 0 {
		v += k.Nugget
	}
	return v
}

// planes returns a shape as [C,H,W], of at most MaxDense elements.
func (k Kernel) planes(shape []int) (c, h, w int, err error) {
	c, h, w, err = planes(shape)
	if err == nil && c*h*w > MaxDense {
		err = config.Errorf("", "shape", "has %d elements; a covariance of %[1]d x %[1]d would be needed, and at most %d x %[2]d is made", c*h*w, MaxDense)
	}
	return c, h, w, config.Named("kernel", err)
}

// planes returns a shape of one to three axes as [C,H,W]; [W] and [C,W] have one row.
func planes(shape []int) (c, h, w int, err error) {
	n := 1
	for _, d := range shape {
		if d < 1 || n > config.MostValues/d {
			return 0, 0, 0, config.Errorf("", "shape", "is %v; every extent must be positive and the size at most %d", shape, config.MostValues)
		}
		n *= d
	}
	switch len(shape) {
	case 1:
		return 1, 1, shape[0], nil
	case 2:
		return shape[0], 1, shape[1], nil
	case 3:
		return shape[0], shape[1], shape[2], nil
	}
	return 0, 0, 0, config.Errorf("", "shape", "is %v; it must be [C,H,W] or [C,W]", shape)
}
