package optics

import (
	"math"

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
	if c.Rows < 1 || in.Dim(1)%c.Rows != 0 {
		return config.Errorf("block-average", "rows", "%d does not divide the height of %v", c.Rows, in)
	}
	if c.Cols < 1 || in.Dim(2)%c.Cols != 0 {
		return config.Errorf("block-average", "cols", "%d does not divide the width of %v", c.Cols, in)
	}
	return nil
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

// BlockAverage averages every block of r x s pixels: a measurement of an image [C,H,W] is [C,H/r,W/s]. Since A A^T = I/(r s), A+ copies a value to its whole block and
// every singular value is 1/sqrt(r s). Within a block, V is the Householder reflection that exchanges the first unit
// vector and the normalised constant vector; its other columns are therefore orthogonal to constants.
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

// Singular returns the m singular values, all 1/sqrt(r s).
func (o *BlockAverage) Singular() []float64 { return o.singular }

// V sets dst = V c. The first m coordinates belong to the blocks' constants; r s - 1 null coordinates of each block
// follow.
func (o *BlockAverage) V(dst, c []float64) {
	o.CheckV(dst, c)
	m := len(o.singular)
	block := make([]float64, o.size)
	for b := range m {
		block[0] = c[b]
		copy(block[1:], c[m+b*(o.size-1):])
		o.reflect(block)
		for k, v := range block {
			dst[o.pixel(b, k)] = v
		}
	}
}

// Vt sets dst = V^T x, which undoes V.
func (o *BlockAverage) Vt(dst, x []float64) {
	o.CheckV(dst, x)
	m := len(o.singular)
	block := make([]float64, o.size)
	for b := range m {
		for k := range block {
			block[k] = x[o.pixel(b, k)]
		}
		o.reflect(block)
		dst[b] = block[0]
		copy(dst[m+b*(o.size-1):][:o.size-1], block[1:])
	}
}

// U sets dst = c, because U = I.
func (o *BlockAverage) U(dst, c []float64) {
	o.CheckU(dst, c)
	copy(dst, c)
}

// Ut sets dst = y, because U = I.
func (o *BlockAverage) Ut(dst, y []float64) { o.U(dst, y) }

// reflect applies the Householder reflection I - 2 v v^T/|v|^2 with v = e_1 - 1/sqrt(N) to the N pixels of a block.
func (o *BlockAverage) reflect(block []float64) {
	n := float64(o.size)
	u := 1 / math.Sqrt(n)
	norm := 2 - 2*u // |v|^2
	if norm == 0 {
		return
	}
	dot := block[0]
	for _, x := range block {
		dot -= u * x
	}
	f := 2 * dot / norm
	block[0] -= f
	for k := range block {
		block[k] += f * u
	}
}

func init() { inverse.Register(BlockAverageConfig{}) }
