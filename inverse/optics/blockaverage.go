package optics

import (
	"math"
	"strconv"
	"strings"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/inverse"
)

// BlockAverageConfig describes the operator of super-resolution: it averages every block of Rows x Cols pixels.
type BlockAverageConfig struct {
	Rows int `json:"rows"`
	Cols int `json:"cols"`
}

// Kind returns "block-average".
func (BlockAverageConfig) Kind() string { return "block-average" }

// Validate names the field that does not divide the image.
func (c BlockAverageConfig) Validate(in autodiff.Shape) error {
	if in.Rank() != 3 {
		return config.Errorf("block-average", "shape", "an image %v is not [C,H,W]", in)
	}
	k := config.Check("block-average")
	k.That(divides(c.Rows, in.Dim(1)), "rows", c.Rows, "divide the height of %v; it may be %s", in, divisors(in.Dim(1)))
	k.That(divides(c.Cols, in.Dim(2)), "cols", c.Cols, "divide the width of %v; it may be %s", in, divisors(in.Dim(2)))
	return k.Err()
}

func divides(d, n int) bool { return d > 0 && n%d == 0 }

// divisors lists the numbers above 1 that divide n, the first eight of them; 1 where there are none.
func divisors(n int) string {
	var list []string
	for d := 2; d <= n && len(list) < 8; d++ {
		if n%d == 0 {
			list = append(list, strconv.Itoa(d))
		}
	}
	if len(list) == 0 {
		return "1"
	}
	return strings.Join(list, ", ")
}

// Build returns a *BlockAverage for images of shape in, [C,H,W].
func (c BlockAverageConfig) Build(in autodiff.Shape) (inverse.Operator, error) {
	if err := c.Validate(in); err != nil {
		return nil, err
	}
	out := autodiff.S(in.Dim(0), in.Dim(1)/c.Rows, in.Dim(2)/c.Cols)
	o := &BlockAverage{Base: inverse.BaseOf(c, in, out), cfg: c, size: c.Rows * c.Cols, width: in.Dim(2)}
	o.singular = make([]float64, in.Size()/o.size)
	for i := range o.singular {
		o.singular[i] = 1 / math.Sqrt(float64(o.size))
	}
	return o, nil
}

// BlockAverage averages every block of r x s pixels, so that a measurement of an image [C,H,W] is [C,H/r,W/s]. Since
// A A^T = I/(r s), A+ copies a value to its whole block and every singular value is 1/sqrt(r s). Within a block, V is
// the Householder reflection that exchanges the first unit vector and the normalised constant vector; its other columns
// are therefore orthogonal to constants.
type BlockAverage struct {
	inverse.Base
	cfg      BlockAverageConfig
	size     int // r s
	width    int // of an image
	singular []float64
}

// pixel returns the index in an image of entry k of block b.
func (o *BlockAverage) pixel(b, k int) int {
	across := o.width / o.cfg.Cols
	row := b/across*o.cfg.Rows + k/o.cfg.Cols // channels stack, because r divides H
	return row*o.width + b%across*o.cfg.Cols + k%o.cfg.Cols
}

// Apply writes the mean of each block of x into dst.
func (o *BlockAverage) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	for b := range dst {
		sum := 0.0
		for k := range o.size {
			sum += x[o.pixel(b, k)]
		}
		dst[b] = sum / float64(o.size)
	}
}

// Adjoint writes y/(r s) into every pixel of its block of dst.
func (o *BlockAverage) Adjoint(dst, y []float64) { o.replicate(dst, y, 1/float64(o.size)) }

// PseudoInverse copies y to every pixel of its block of dst.
func (o *BlockAverage) PseudoInverse(dst, y []float64) { o.replicate(dst, y, 1) }

func (o *BlockAverage) replicate(dst, y []float64, scale float64) {
	o.CheckAdjoint(dst, y)
	for b, v := range y {
		for k := range o.size {
			dst[o.pixel(b, k)] = scale * v
		}
	}
}

func init() { inverse.Register(BlockAverageConfig{}) }
