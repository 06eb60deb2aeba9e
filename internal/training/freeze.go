package training

import (
	"fmt"
	"path"

	"tweedie/autodiff"
)

// freeze makes the parameters whose names match one of the patterns, of path.Match, constants. A pattern without a match
// is an error.
func freeze(params []*autodiff.Param, patterns []string) (note string, err error) {
	frozen, values := 0, 0
	for _, pattern := range patterns {
		found := false
		for _, p := range params {
			ok, err := path.Match(pattern, p.Name())
			if err != nil {
				return "", fmt.Errorf("--freeze %q: this is no pattern; * stands for any letters, ? for one, [ab] for one of these", pattern)
			}
			found = found || ok
			if ok && p.Trainable() {
				p.SetTrainable(false)
				frozen, values = frozen+1, values+p.Shape().Size()
			}
		}
		if !found {
			var names []string
			for _, p := range params {
				names = append(names, p.Name())
			}
			return "", fmt.Errorf("--freeze %q matches no parameter; there are %s", pattern, some(names))
		}
	}
	if frozen > 0 {
		note = fmt.Sprintf("%d parameters with %d values are frozen", frozen, values)
	}
	return note, nil
}
