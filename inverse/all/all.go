// Package all registers every operator and noise that ships with tweedie, for programs that read descriptions:
//
//	import _ "tweedie/inverse/all"
//
// A program that builds its operators in Go imports their packages alone.
package all

import (
	_ "tweedie/inverse/external" // external
	_ "tweedie/inverse/learned"  // blur-network
	_ "tweedie/inverse/mri"      // dft
	_ "tweedie/inverse/noises"   // poisson, rician, student, ...
	_ "tweedie/inverse/optics"   // block-average, blur, downsample, gaussian-rows, gray, hadamard, inpaint, intensity-blur, mosaic, tone
	_ "tweedie/inverse/phase"    // coded-diffraction, fourier-magnitude
)
