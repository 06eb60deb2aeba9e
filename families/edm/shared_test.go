package edm_test

import (
	"tweedie/autodiff"
)

type (
	scope = autodiff.Scope
	vr    = autodiff.Var
)

var sh = autodiff.S
