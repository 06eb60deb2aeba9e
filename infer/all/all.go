// Package all registers every method of this project when it is imported for its side effect, as image formats are:
//
//	import _ "tweedie/infer/all"
package all

import (
	_ "tweedie/infer/dpi"
	_ "tweedie/infer/dpnp"
	_ "tweedie/infer/reddiff"
)
