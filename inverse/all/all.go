// Package all registers every operator that ships with tweedie, for programs that read descriptions of operators:
//
//	import _ "tweedie/inverse/all"
//
// A program that builds its operators in Go imports their packages alone.
package all

import (
	_ "tweedie/inverse/external" // external
	_ "tweedie/inverse/mri"      // dft
	_ "tweedie/inverse/optics"   // block-average, blur, inpaint
)
