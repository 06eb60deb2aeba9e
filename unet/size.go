package unet

import (
	"fmt"

	"tweedie/autodiff"
)

// Misfit says what is wrong with x as images with two spatial axes for a network with the given levels.
func Misfit(x autodiff.Shape, channels, levels int) string {
	switch {
	case x.Rank() != 4:
		return "want [B,C,H,W]"
	case x.Dim(1) != channels:
		return fmt.Sprintf("want %d channels", channels)
	}
	return Uneven(x, 2, levels)
}

// Uneven says which extents of x, from axis first on, cannot be halved between the levels.
func Uneven(x autodiff.Shape, first, levels int) string {
	m := 1 << (levels - 1)
	legal, ok := x, x.Size() > 0
	for i := first; i < x.Rank(); i++ {
		if n := x.Dim(i); n < m || n%m != 0 {
			ok, legal = false, legal.With(i, Nearest(n, m))
		}
	}
	if ok {
		return ""
	}
	return fmt.Sprintf("%d levels need extents that are multiples of %d; the nearest size is %v; pad or crop to it", levels, m, legal.Tail(2))
}

// Nearest returns the positive multiple of m nearest to n, the larger of two.
func Nearest(n, m int) int { return max(m, (n+m/2)/m*m) }

// Fits panics with misfit, what is wrong with images of shape x, or because there is not one label a sample.
func Fits(s *autodiff.Scope, x autodiff.Shape, misfit string, labels int) {
	if misfit == "" && x.Dim(0) != labels {
		misfit = fmt.Sprintf("%d labels for %d samples", labels, x.Dim(0))
	}
	if misfit != "" {
		panic(&autodiff.ShapeError{Op: "unet", Module: s.Path(), Shapes: []autodiff.Shape{x}, Msg: misfit})
	}
}
