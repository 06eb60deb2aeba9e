// Package all registers every family that ships.
package all

import (
	_ "tweedie/families/adm"
	_ "tweedie/families/convscore"
	_ "tweedie/families/denoisers"
	_ "tweedie/families/denoisingdiffusion"
	_ "tweedie/families/diffusers"
	_ "tweedie/families/dpi"
	_ "tweedie/families/edm"
	_ "tweedie/families/mlp"
	_ "tweedie/families/scoreprior"
	_ "tweedie/families/scoresde"
)
