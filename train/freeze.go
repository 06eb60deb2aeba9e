package train

import (
	"fmt"
	"path"

	"tweedie/autodiff"
	"tweedie/internal/input"
)

// Freeze makes the parameters whose names match one of the patterns, of path.Match, constants: they get no gradient and
// no step. It returns those that were trainable before. A pattern that is none, and one without a match, is an error
// that begins with it.
func Freeze(params []*autodiff.Param, patterns ...string) (frozen []*autodiff.Param, err error) {
	for _, pattern := range patterns {
		found := false
		for _, p := range params {
			ok, err := path.Match(pattern, p.Name())
			if err != nil {
				return frozen, fmt.Errorf("%q: this is no pattern; * stands for any letters, ? for one, [ab] for one of these", pattern)
			}
			found = found || ok
			if ok && p.Trainable() {
				p.SetTrainable(false)
				frozen = append(frozen, p)
			}
		}
		if !found {
			var names []string
			for _, p := range params {
				names = append(names, p.Name())
			}
			return frozen, fmt.Errorf("%q matches no parameter; there are %s", pattern, input.List(names))
		}
	}
	return frozen, nil
}
