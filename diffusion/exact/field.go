package exact

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"tweedie/internal/config"
)

// NewField returns the Gaussian of images of a shape [C,H,W] with the covariance k.Cov(shape). A stationary covariance is
// the same when an image is turned over, so what is even and what is odd in rows and in columns decompose apart, each at
// a 64th of the cost of the whole, and all channels at once.
func NewField(mean []float64, k Kernel, shape []int) (*Gaussian, error) {
	if err := k.Validate(); err != nil {
		return nil, err
	}
	c, h, w, err := k.planes(shape)
	if err != nil {
		return nil, err
	}
	p := h * w
	if len(mean) != c*p {
		return nil, config.Errorf("gaussian", "mean", "%d entries were given for the %d elements of %v", len(mean), c*p, shape)
	}
	g := &Gaussian{mean: slices.Clone(mean), q: make([]float64, c*p*c*p)}
	for _, rows := range [][]orbit{orbits(h, 1), orbits(h, -1)} {
		for _, cols := range [][]orbit{orbits(w, 1), orbits(w, -1)} {
			if len(rows)*len(cols) == 0 {
				continue
			}
			if err := g.addBlock(k, rows, cols, c, w, p); err != nil {
				return nil, err
			}
		}
	}
	if err := g.clip(); err != nil {
		return nil, err
	}
	return g, nil
}

// orbit is a vector on a line of n places that is even or odd when the line is turned over: value at place at, and sign
// times that at place other, which is at itself in the middle.
type orbit struct {
	at, other   int
	value, sign float64
}

// orbits returns an orthonormal basis of the even (sign 1) or odd (sign -1) vectors on n places.
func orbits(n int, sign float64) (list []orbit) {
	for i := range n / 2 {
		list = append(list, orbit{i, n - 1 - i, math.Sqrt(.5), sign})
	}
	if n%2 == 1 && sign > 0 {
		list = append(list, orbit{n / 2, n / 2, 1, 0})
	}
	return list
}

// entries calls f with the places of the orbit and its values there.
func (o orbit) entries(f func(place int, value float64)) {
	f(o.at, o.value)
	if o.other != o.at {
		f(o.other, o.sign*o.value)
	}
}

// addBlock decomposes the covariance of one symmetry, and adds its eigenvalues and eigenvectors in all c channels of p
// pixels in rows of w. Since the covariance keeps the symmetry, <v, K u> is K at one pixel of u, over the value of u there.
func (g *Gaussian) addBlock(k Kernel, rows, cols []orbit, c, w, p int) error {
	n := len(rows) * len(cols)
	block := mat.NewSymDense(n, nil)
	for i := range n {
		u, v := rows[i/len(cols)], cols[i%len(cols)]
		for j := range i + 1 {
			sum := 0.0
			rows[j/len(cols)].entries(func(y int, a float64) {
				cols[j%len(cols)].entries(func(x int, b float64) { sum += a * b * k.at(y-u.at, x-v.at) })
			})
			block.SetSym(i, j, sum/(u.value*v.value))
		}
	}
	var e mat.EigenSym
	if !e.Factorize(block, true) {
		return config.Errorf("gaussian", "cov", "its eigen-decomposition did not converge")
	}
	var vectors mat.Dense
	e.VectorsTo(&vectors)
	d := c * p
	for ch := range c {
		first := len(g.lambda)
		g.lambda = append(g.lambda, e.Values(nil)...)
		for i := range n {
			rows[i/len(cols)].entries(func(y int, a float64) {
				cols[i%len(cols)].entries(func(x int, b float64) {
					row := g.q[(ch*p+y*w+x)*d+first:]
					for col := range n {
						row[col] = a * b * vectors.At(i, col)
					}
				})
			})
		}
	}
	return nil
}
