// Package mri holds the operators of magnetic resonance imaging, where a scanner measures Fourier coefficients.
//
//	dft   y_k = g sum_x x exp(-2 pi i k x) for the frequencies k that are kept, real parts first, then imaginary parts
//
// Importing it registers them with package inverse under this kind. Images are real, [C,H,W].
package mri
