package diffusion

import (
	"errors"
	"fmt"

	"tweedie/internal/config"
)

// NewParameterization makes the preconditioning for one kind of network output from the noise levels that the network
// was trained on. levels is nil where the description of a network gives no schedule.
type NewParameterization func(levels Levels) (Preconditioning, error)

var parameterizations = config.NewNames("diffusion", "parameterization",
	config.Entry[NewParameterization]{Name: "eps", Value: onLevels(func(l Levels) Preconditioning { return Eps{l} })},
	config.Entry[NewParameterization]{Name: "v", Value: onLevels(func(l Levels) Preconditioning { return V{l} })},
	config.Entry[NewParameterization]{Name: "x0", Value: onLevels(func(l Levels) Preconditioning { return X0{l} })},
	config.Entry[NewParameterization]{Name: "score", Value: onLevels(func(l Levels) Preconditioning { return ScoreOutput{l} })},
)

// onLevels returns build as a NewParameterization that refuses nil levels.
func onLevels(build func(Levels) Preconditioning) NewParameterization {
	return func(l Levels) (Preconditioning, error) {
		if l == nil {
			return nil, errors.New("it needs a schedule")
		}
		return build(l), nil
	}
}

// RegisterParameterization makes a kind of network output of the caller's own known to Parameterize, beside "eps", "v",
// "x0" and "score". A kind that is taken is an error.
func RegisterParameterization(kind string, build NewParameterization) error {
	return parameterizations.Register(kind, build)
}

// Parameterizations lists the registered kinds of network output.
func Parameterizations() []string { return parameterizations.List() }

// Parameterize returns the preconditioning of a network whose output is of the given kind, "eps". levels may be nil for
// a kind that needs none. The error lists the known kinds when this one is not among them.
func Parameterize(kind string, levels Levels) (Preconditioning, error) {
	build, ok := parameterizations.Get(kind)
	if !ok {
		return nil, fmt.Errorf("parameterization %q is none of %s", kind, parameterizations)
	}
	return build(levels)
}
