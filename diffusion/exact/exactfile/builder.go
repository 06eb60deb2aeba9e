package exactfile

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"tweedie/diffusion/exact"
	"tweedie/internal/arrays"
	_ "tweedie/internal/arrays/files" // the formats that ship
	"tweedie/internal/config"
)

// MaxElements bounds the elements of an image, and MaxNumbers those of one array.
const (
	MaxElements = 1 << 24
	MaxNumbers  = 1 << 27
)

// Builder reads the arrays of a file of a prior.
type Builder struct {
	// Shape of one image, and its number of elements.
	Shape    []int
	Elements int
	// Range is for Build to set where the kind has values of black and white of its own, as a box has.
	Range *[2]float64

	ctx  context.Context
	dir  string
	hash hash.Hash
}

// Values reads an array of finite real numbers, at most most of them.
func (b *Builder) Values(field string, a *Array, most int) (shape []int, data []float64, err error) {
	if a == nil {
		return nil, nil, config.Errorf("", field, "is missing")
	}
	v, err := a.In(b.dir).Read(b.ctx, arrays.Use{Most: most})
	switch {
	case err != nil:
		return nil, nil, config.Below(field, err)
	case v.Complex:
		return nil, nil, config.Errorf("", field, "holds complex numbers; it must hold real ones")
	case len(v.Data) == 0 || len(v.Data) > most:
		return nil, nil, config.Errorf("", field, "holds an array of shape %v; it must hold 1 to %d numbers", v.Shape, most)
	}
	fmt.Fprintf(b.hash, "%s %v\n", field, v.Shape)
	var raw []byte
	for i, x := range v.Data {
		if !(math.Abs(x) <= config.Huge) {
			return nil, nil, config.Errorf("", field, "holds %g as entry %d; every number must lie between %g and %g", x, i, -config.Huge, config.Huge)
		}
		raw = binary.LittleEndian.AppendUint64(raw[:0], math.Float64bits(x))
		b.hash.Write(raw)
	}
	return v.Shape, v.Data, nil
}

// Vector reads one number for each element of an image: an array of the image's shape, a list of as many numbers, or one
// number for all; without an array, otherwise stands for all.
func (b *Builder) Vector(field string, a *Array, otherwise float64) ([]float64, error) {
	data := []float64{otherwise}
	if a != nil {
		var shape []int
		var err error
		if shape, data, err = b.Values(field, a, b.Elements); err != nil {
			return nil, err
		}
		if ok := len(shape) == 0 || slices.Equal(shape, []int{b.Elements}) || slices.Equal(squeeze(shape), squeeze(b.Shape)); !ok {
			return nil, config.Errorf("", field, "holds an array of shape %v; it must be %v like an image, a list of %d, or one number", shape, b.Shape, b.Elements)
		}
	}
	if len(data) == 1 {
		data = slices.Repeat(data, b.Elements)
	}
	return data, nil
}

// squeeze returns a shape without its axes of one element.
func squeeze(shape []int) []int {
	return slices.DeleteFunc(slices.Clone(shape), func(n int) bool { return n == 1 })
}

// Matrix reads a matrix with a row for each element of an image and, unless columns is 0, as many columns as that.
func (b *Builder) Matrix(field string, a *Array, columns int) (*mat.Dense, error) {
	if columns > 0 && max(b.Elements, columns) > exact.MaxDense {
		return nil, config.Errorf("", field, "would be %d x %d for images of %v; at most %d x %[4]d is computed with: give a factor, a variance, or a smaller shape", b.Elements, columns, b.Shape, exact.MaxDense)
	}
	most := columns
	if columns == 0 {
		most = exact.MaxDense
	}
	shape, data, err := b.Values(field, a, b.most(most))
	if err != nil {
		return nil, err
	}
	if len(shape) != 2 || shape[0] != b.Elements || columns > 0 && shape[1] != columns {
		want := fmt.Sprintf("[%d,%d]", b.Elements, columns)
		if columns == 0 {
			want = fmt.Sprintf("[%d,R]", b.Elements)
		}
		return nil, config.Errorf("", field, "holds an array of shape %v; for images of %v it must be %s", shape, b.Shape, want)
	}
	return mat.NewDense(shape[0], shape[1], data), nil
}

// most returns the numbers of n images, MaxNumbers at most.
func (b *Builder) most(n int) int { return b.Elements * min(n, MaxNumbers/b.Elements) }

// Symmetric reads a symmetric matrix with a row for each element of an image.
func (b *Builder) Symmetric(field string, a *Array) (*mat.SymDense, error) {
	m, err := b.Matrix(field, a, b.Elements)
	if err != nil {
		return nil, err
	}
	top := 0.0
	for _, v := range m.RawMatrix().Data {
		top = math.Max(top, math.Abs(v))
	}
	s := mat.NewSymDense(b.Elements, nil)
	for i := range b.Elements {
		for j := range i + 1 {
			x, y := m.At(i, j), m.At(j, i)
			if math.Abs(x-y) > 1e-9*top {
				return nil, config.Errorf("", field, "holds %g at [%d,%d] and %g at [%[3]d,%[2]d]; it must be symmetric", x, i, j, y)
			}
			s.SetSym(i, j, (x+y)/2)
		}
	}
	return s, nil
}
