// Package all registers every method of this project, when it is imported for its side effect:
//
//	import _ "tweedie/infer/all"
package all

import _ "tweedie/infer"
