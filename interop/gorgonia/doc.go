// Package gorgonia shares arrays with gorgonia.org/tensor, and compares derivatives with those of gorgonia.org/gorgonia.
//
// Arrays. A *tensor.Dense is a slice with a shape and strides; an array of this module is a slice with a shape,
//
//	element (i, j, k) of [I,J,K] = data[(i J + j) K + k].
//
// Where the strides of a Dense are these and it is not a view, the two share memory and nothing is copied: what one
// side writes the other sees. Everything else (slices, transposes, column-major arrays) is materialised, that is
// copied element by element in row-major order, and the caller is told. Of a view no raw memory is ever taken.
//
//	slice  ->  Dense   Dense[T]    shares               Dense  ->  slice   Host[T]     shares, or materialises
//	Param  ->  Dense   FromParam   shares               Dense  ->  Param   ToParam     shares, or materialises
//	Var    ->  Dense   FromVar     shares until Close   Dense  ->  Var     Const, Set  copy
//
// A slice of Host is what checkpoints.FromFloat32 and FromFloat64 take, so a view reaches a file as what it shows.
//
// Oracle. For a loss L = <F(x), p> with a random p, Check compares L and dL/dx of an op with those of Gorgonia, which
// shares no line of code with it: float64, one fresh graph a loss, first order only. Every op is compared by a row
// or stands in Skipped with the reason, and a test holds it to that.
//
// Kept away from, as wrong in Gorgonia 0.9.18 and tensor 0.9.24 (a test holds each but the first to be so): every
// derivative of second order; the gradient of InverseSqrt; AveragePool2D, which divides by the number of windows;
// LogSumExp; Reshape, which shares memory that is overwritten before a gradient has read it; sums over axis 2 of
// arrays of rank 4; products and npy files of views. Nothing else of this module imports this package, and no program
// of it depends on Gorgonia.
package gorgonia

// Both modules refuse to start on current versions of Go with an older version of this one.
import _ "go4.org/unsafe/assume-no-moving-gc"
