package main

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/inverse"
)

// MirrorConfig describes a camera behind a mirror: it sees every row [W] from right to left and measures every Step-th
// pixel of it, [C,H,W] to [C,H,ceil(W/Step)].
type MirrorConfig struct {
	Step int `json:"step"`
}

func init() { inverse.Register(MirrorConfig{Step: 2}) }

// Kind returns "mirror".
func (MirrorConfig) Kind() string { return "mirror" }

// Validate returns an error unless in is an image [C,H,W] of at least Step columns.
func (c MirrorConfig) Validate(in autodiff.Shape) error {
	if in.Rank() != 3 {
		return &inverse.FieldError{Kind: c.Kind(), Field: "shape", Problem: fmt.Sprintf("is %v; it must be an image [C,H,W]", in)}
	}
	if c.Step < 1 || c.Step > in.Dim(2) {
		return &inverse.FieldError{Kind: c.Kind(), Field: "step", Problem: fmt.Sprintf("is %d; it must lie between 1 and %d", c.Step, in.Dim(2))}
	}
	return nil
}

// Build returns a *Mirror for images of shape in.
func (c MirrorConfig) Build(in autodiff.Shape) (inverse.Operator, error) {
	if err := c.Validate(in); err != nil {
		return nil, err
	}
	out := autodiff.S(in.Dim(0), in.Dim(1), (in.Dim(2)+c.Step-1)/c.Step)
	return &Mirror{Base: inverse.BaseOf(c, in, out), step: c.Step, width: in.Dim(2), seen: out.Dim(2)}, nil
}

// Mirror is the operator of a MirrorConfig. Its name, shapes and description come from Base.
type Mirror struct {
	inverse.Base
	step, width, seen int
}

// Apply copies the pixels that the camera sees.
func (o *Mirror) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	for i := range dst {
		dst[i] = x[o.pixel(i)]
	}
}

// Adjoint puts every measurement at its pixel and zero elsewhere.
func (o *Mirror) Adjoint(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	clear(dst)
	for i, v := range y {
		dst[o.pixel(i)] = v
	}
}

// pixel returns where in an image measurement i is taken.
func (o *Mirror) pixel(i int) int {
	row, col := i/o.seen, i%o.seen
	return (row+1)*o.width - 1 - col*o.step
}
