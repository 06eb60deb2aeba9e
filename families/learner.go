package families

import (
	"tweedie/autodiff"
	"tweedie/rng"
)

// Learner is a Network that training tells the class of each image, or that has dropout.
type Learner interface {
	Network
	// Classes returns the number of classes, 0 for none.
	Classes() int
	// Learn evaluates the network with the class of each sample, nil for a network without classes, and with dropout,
	// whose masks follow from key; a nil key is for evaluation without dropout.
	Learn(s *autodiff.Scope, x autodiff.Var, label []float64, class []int, key *rng.Key) autodiff.Var
}

// Classes returns the number of classes of a network, 0 for one that has none.
func Classes(net Network) int {
	if l, ok := net.(Learner); ok {
		return l.Classes()
	}
	return 0
}
