package inverse

import (
	"fmt"

	"tweedie/internal/arrays"
	"tweedie/internal/config"
)

// Array is numbers with a shape in the description of an operator or a noise. In JSON it is one of
//
//	[[0.1, null], [0.3, 0.4]]             the numbers, nested by their shape; null is NaN, true is 1, false is 0
//	"psf.npy", "night.npz:psf", "p.fits"  a file; of an npz or a FITS file the array behind the colon
//	{"file": "night.npz", "member": "y"}  the same
//	{"real": [0.1, 0.2], "imag": [0, 1]}  complex numbers
//
// DecodeFrom and DecodeNoiseFrom read its file, and problem files are decoded so. Its method Real returns the numbers.
type Array = arrays.Array

// Numbers returns an Array that is written out.
func Numbers(shape []int, data []float64) *Array { return arrays.Numbers(shape, data) }

// Sparse is a matrix of which most entries are zero in the description of an operator: in JSON the name of a file of
// MatrixMarket or of scipy.sparse, or rows, cols, start, col and data in compressed rows. DecodeFrom reads its file.
type Sparse = arrays.Sparse

// File names a file in the description of an operator that the operator itself reads, such as the weights of a network. In JSON
// it is a string; DecodeFrom makes the path one from the folder of the description.
type File = arrays.File

// valuesOf returns the numbers of an array in the description of an operator, once judge has taken its shape, of which there
// must be as many as that says. The error names the field; complex numbers are one unless they are wanted.
func valuesOf(kind, field string, a Array, complexToo bool, judge func(shape []int, complex bool) error) (arrays.Values, error) {
	if a.Values.Complex && !complexToo {
		return arrays.Values{}, config.Named(kind, config.Below(field, fmt.Errorf("%s holds complex numbers; it must hold real ones", a.Name())))
	}
	v, err := a.Fitting(judge)
	if err != nil {
		return v, config.Named(kind, config.Below(field, err))
	}
	per := 1
	if v.Complex {
		per = 2
	}
	if n, ok := config.Size(append([]int{per}, v.Shape...)...); !ok || n != len(v.Data) {
		return v, config.Errorf(kind, field, "has %d numbers, which its shape %s does not hold", len(v.Data)/per, arrays.Extents(v.Shape))
	}
	return v, nil
}
