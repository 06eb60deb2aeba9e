package inverse

import (
	"math"

	"tweedie/autodiff"
	"tweedie/internal/config"
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
func (c BlockAverageConfig) Build(in autodiff.Shape) (Operator, error) {
	if err := c.Validate(in); err != nil {
		return nil, err
	}
	o := &BlockAverage{shape: in, cfg: c, size: c.Rows * c.Cols}
	o.singular = make([]float64, in.Size()/o.size)
	for i := range o.singular {
		o.singular[i] = 1 / math.Sqrt(float64(o.size))
	}
	return o, nil
}

// BlockAverage averages every block of r x s pixels. Since A A^T = I/(r s), A+ copies a value to its whole block and
// every singular value is 1/sqrt(r s). Within a block, V is the Householder reflection that exchanges the first unit
// vector and the normalised constant vector; its other columns are therefore orthogonal to constants.
type BlockAverage struct {
	shape    autodiff.Shape
	cfg      BlockAverageConfig
	size     int
	singular []float64
}

// Name returns "block-average".
func (o *BlockAverage) Name() string { return "block-average" }

// InShape returns the shape of an image, [C,H,W].
func (o *BlockAverage) InShape() autodiff.Shape { return o.shape }

// OutShape returns the shape of a measurement, [C,H/r,W/s].
func (o *BlockAverage) OutShape() autodiff.Shape {
	return autodiff.S(o.shape.Dim(0), o.shape.Dim(1)/o.cfg.Rows, o.shape.Dim(2)/o.cfg.Cols)
}

// Config returns the operator's description.
func (o *BlockAverage) Config() Config { return o.cfg }

// pixel returns the index in an image of entry k of block b.
func (o *BlockAverage) pixel(b, k int) int {
	w := o.shape.Dim(2)
	across := w / o.cfg.Cols
	row := b/across*o.cfg.Rows + k/o.cfg.Cols // channels stack, because r divides H
	return row*w + b%across*o.cfg.Cols + k%o.cfg.Cols
}

// Apply writes the mean of each block of x into dst.
func (o *BlockAverage) Apply(dst, x []float64) {
	checkApply(o, dst, x)
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
	checkAdjoint(o, dst, y)
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
	checkLen(o.Name(), "dst", len(dst), o.shape.Size())
	checkLen(o.Name(), "c", len(c), o.shape.Size())
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
	checkLen(o.Name(), "dst", len(dst), o.shape.Size())
	checkLen(o.Name(), "x", len(x), o.shape.Size())
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
	checkLen(o.Name(), "dst", len(dst), len(o.singular))
	checkLen(o.Name(), "c", len(c), len(o.singular))
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

func init() { Register(BlockAverageConfig{}) }
