package optics

import (
	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/inverse"
)

// BlurConfig describes a convolution: exactly one of Gaussian, Uniform, Line, Motion and PSF is given.
type BlurConfig struct {
	// Boundary is "circular" (the image repeats), "zero" (nothing outside), "reflect" (the image is mirrored about its
	// outermost pixels, which are not repeated), or "valid" (only what the image determines is measured, so that an image
	// [C,H,W] gives [C,H-Rows+1,W-Cols+1]; the other boundaries keep its size).
	Boundary string `json:"boundary"`
	// Gaussian asks for a GaussianPSF.
	Gaussian *GaussianConfig `json:"gaussian,omitempty"`
	// Uniform asks for a UniformPSF.
	Uniform *UniformConfig `json:"uniform,omitempty"`
	// Line asks for a LinePSF.
	Line *LineConfig `json:"line,omitempty"`
	// Motion asks for a MotionPSF.
	Motion *MotionConfig `json:"motion,omitempty"`
	// PSF gives any kernel, of any size and parity.
	PSF *PSF `json:"psf,omitempty"`
	// Centre says which entry of PSF is the centre, (Rows/2, Cols/2) when it is absent. It has no effect on "valid".
	Centre *Centre `json:"centre,omitempty"`
	// Normalise divides PSF by its sum; otherwise it is used as it is.
	Normalise bool `json:"normalise,omitempty"`
	// Cut is the fraction of the largest singular value up to which the pseudo-inverse of a circular or separable blur
	// takes one for zero; 0 stands for 1e-8.
	Cut float64 `json:"cut,omitempty"`
}

// GaussianConfig holds the arguments of GaussianPSF.
type GaussianConfig struct {
	Size int     `json:"size"` // pixels, odd
	Std  float64 `json:"std"`  // pixels
}

// UniformConfig holds the arguments of UniformPSF.
type UniformConfig struct {
	Rows int `json:"rows"`
	Cols int `json:"cols"`
}

// LineConfig holds the arguments of LinePSF.
type LineConfig struct {
	Length float64 `json:"length"` // pixels
	Angle  float64 `json:"angle"`  // degrees
}

// MotionConfig holds the arguments of MotionPSF.
type MotionConfig struct {
	Size      int     `json:"size"`      // pixels
	Intensity float64 `json:"intensity"` // 0 to 1
	Seed      uint64  `json:"seed"`
}

// Kind returns "blur".
func (BlurConfig) Kind() string { return "blur" }

// Validate names the field that is wrong.
func (c BlurConfig) Validate(in autodiff.Shape) error {
	if in.Rank() != 3 || in.Size() == 0 {
		return config.Errorf("blur", "shape", "an image %v is not [C,H,W] with pixels", in)
	}
	k := config.Check("blur")
	k.Name("boundary", c.Boundary, "circular", "zero", "reflect", "valid")
	if err := k.Err(); err != nil {
		return err
	}
	if !(c.Cut >= 0 && c.Cut < 1) {
		return config.Errorf("blur", "cut", "%v is not in [0,1)", c.Cut)
	}
	given := 0
	for _, ok := range []bool{c.Gaussian != nil, c.Uniform != nil, c.Line != nil, c.Motion != nil, c.PSF != nil} {
		if ok {
			given++
		}
	}
	if given != 1 {
		return config.Errorf("blur", "gaussian, uniform, line, motion, psf", "%d are given where exactly one belongs", given)
	}
	if err := c.bounds(min(1<<12, 1+4*max(in.Dim(1), in.Dim(2)))); err != nil {
		return err
	}
	k.That(c.PSF != nil || c.Centre == nil, "centre", "given", "be left out, or a psf be given")
	k.That(c.PSF != nil || !c.Normalise, "normalise", c.Normalise, "be left out, or a psf be given")
	if err := k.Err(); err != nil {
		return err
	}
	p, err := c.kernel()
	if err == nil && c.Boundary == "valid" && (p.Rows > in.Dim(1) || p.Cols > in.Dim(2)) {
		return config.Errorf("blur", "boundary", "is valid, but a kernel of %d x %d lies nowhere inside an image %v", p.Rows, p.Cols, in)
	}
	return err
}

// bounds checks the numbers that describe the kernel, whose extents are at most largest.
func (c BlurConfig) bounds(largest int) error {
	k := config.Check("blur")
	if g := c.Gaussian; g != nil {
		k.Int("gaussian.size", g.Size, 1, largest)
		k.That(g.Size%2 == 1, "gaussian.size", g.Size, "be odd")
		k.Float("gaussian.std", g.Std, config.Tiny, config.Huge)
	}
	if u := c.Uniform; u != nil {
		k.Int("uniform.rows", u.Rows, 1, largest)
		k.Int("uniform.cols", u.Cols, 1, largest)
	}
	if l := c.Line; l != nil {
		k.Float("line.length", l.Length, 0, float64(largest))
		k.Float("line.angle", l.Angle, -1e6, 1e6)
	}
	if m := c.Motion; m != nil {
		k.Int("motion.size", m.Size, 1, largest)
		k.Float("motion.intensity", m.Intensity, 0, 1)
	}
	return k.Err()
}

// Kernel returns the point-spread function that the fields describe. Call Validate first.
func (c BlurConfig) Kernel() (PSF, error) {
	switch {
	case c.Gaussian != nil:
		return GaussianPSF(c.Gaussian.Size, c.Gaussian.Std), nil
	case c.Uniform != nil:
		return UniformPSF(c.Uniform.Rows, c.Uniform.Cols), nil
	case c.Line != nil:
		return LinePSF(c.Line.Length, c.Line.Angle), nil
	case c.Motion != nil:
		p := MotionPSF(c.Motion.Size, c.Motion.Intensity, c.Motion.Seed)
		return p, p.validate("blur", "motion")
	}
	if err := c.PSF.validate("blur", "psf"); err != nil || !c.Normalise {
		return *c.PSF, err
	}
	return c.PSF.ofSumOne()
}

// kernel returns the point-spread function with its centre.
func (c BlurConfig) kernel() (kernel, error) {
	p, err := c.Kernel()
	if err != nil {
		return kernel{}, err
	}
	k := kernel{PSF: p, row: p.Rows / 2, col: p.Cols / 2}
	switch {
	case c.Centre == nil:
	case c.Centre.Centroid:
		k.row, k.col = p.centroid()
		if c.Centre.Row != 0 || c.Centre.Col != 0 {
			err = config.Errorf("blur", "centre", "is the centroid and entry (%d,%d); it must be one of them", c.Centre.Row, c.Centre.Col)
		}
	default:
		k.row, k.col = c.Centre.Row, c.Centre.Col
		check := config.Check("blur")
		check.Int("centre[0]", k.row, 0, p.Rows-1)
		check.Int("centre[1]", k.col, 0, p.Cols-1)
		err = check.Err()
	}
	return k, err
}

// Build returns a *Blur for the circular boundary, and for the others a *BlurSeparable when the kernel is a product of a
// column and a row, as Gaussian and uniform ones are, and the extents are at most 1024, and a *BlurPadded when not, for
// images of shape in, [C,H,W].
func (c BlurConfig) Build(in autodiff.Shape) (inverse.Operator, error) {
	if err := c.Validate(in); err != nil {
		return nil, err
	}
	k, err := c.kernel()
	if err != nil {
		return nil, err
	}
	if c.Boundary == "circular" {
		return newBlur(in, c, k), nil
	}
	padded := newBlurPadded(in, c, k)
	if column, row, ok := k.factors(); ok && max(in.Dim(1), in.Dim(2)) <= mostSeparable {
		return newBlurSeparable(padded, c, k, column, row), nil
	}
	return padded, nil
}

// cut returns Cut or what stands for it.
func (c BlurConfig) cut() float64 {
	if c.Cut == 0 {
		return inverse.RelativeCut
	}
	return c.Cut
}

func init() { inverse.Register(BlurConfig{Boundary: "circular"}) }
