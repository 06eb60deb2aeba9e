package diffusion

import "tweedie/internal/nonfinite"

// NonFiniteError says where samples or their densities became NaN, infinite, or too large to compute with.
type NonFiniteError = nonfinite.Error
