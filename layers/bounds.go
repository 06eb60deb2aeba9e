package layers

import (
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/internal/config"
)

// Bounds of what a module's configuration may ask for, beyond any network.
const (
	MostExtent = 1 << 28 // of one axis of a parameter
	mostDim    = 1 << 17 // of the features of a label
	mostKernel = 1 << 12 // of a kernel
	mostPad    = 1 << 16 // strides, dilations and padding
	mostBlocks = 1 << 12 // modules in a row
)

// MostValues bounds the values of one parameter, and of a network that is given values.
const MostValues int64 = 1 << 31

// Fits refuses a parameter of a module of the given kind at p when an extent is not within 1 to MostExtent, or when there
// are more than MostValues values. It allocates nothing.
func (p Path) Fits(kind string, extents ...int) error {
	size := 1.0
	for _, n := range extents {
		if n < 1 || n > MostExtent {
			return p.Errorf(kind, "a parameter of extents %v: want each in 1..%d", extents, MostExtent)
		}
		size *= float64(n)
	}
	if _, ok := config.Size(extents...); !ok || size > float64(MostValues) {
		return p.Errorf(kind, "a parameter of extents %v takes %.3g GiB: want at most %d", extents, size*4/(1<<30), 4*MostValues>>30)
	}
	return nil
}

// CheckSize refuses a network of more than MostValues values, which a blank one tells before any is allocated.
func CheckSize(network string, params []*autodiff.Param) error {
	n := 0.0
	for _, p := range params {
		size := 1.0
		for _, d := range p.Shape().Dims(nil) {
			size *= float64(d)
		}
		n += size
	}
	if n > float64(MostValues) {
		return &Error{Kind: network, Msg: fmt.Sprintf("the config asks for %.3g parameters, %.3g GiB; at most 2^31 are built", n, n*4/(1<<30))}
	}
	return nil
}

// positive reports whether v is positive and not beyond any constant of a network.
func positive(v float64) bool { return v > 0 && v <= config.Huge }

// finite reports whether v is a number that single precision can square.
func finite(v float64) bool { return math.Abs(v) <= config.Huge }

// axes refuses a number of spatial axes that is not within least to 3.
func (p Path) axes(kind string, dims, least int) error {
	if dims < least || dims > 3 {
		return p.Errorf(kind, "dims %d: want %d to 3 spatial axes", dims, least)
	}
	return nil
}
