package checkpoints

import (
	"fmt"
	"slices"
	"strings"

	"tweedie/autodiff"
	"tweedie/internal/config"
)

// Match compares the names, shapes and types of a file's tensors with parameters, and returns what does not fit, as
// Load would report it. When it returns nothing, Load can still refuse NaN and Inf. It reads the header only.
func Match(f *File, params []*autodiff.Param, o LoadOptions) (problems []Problem) {
	wanted := make(map[string]bool, len(params))
	for _, p := range params {
		if wanted[p.Name()] {
			problems = append(problems, Problem{What: "named twice", Name: p.Name(), Network: p.Shape().String()})
		}
		wanted[p.Name()] = true
	}
	var unused []string
	for _, name := range f.Names() {
		if rest, ok := strings.CutPrefix(name, o.Prefix); ok && !wanted[rest] {
			unused = append(unused, rest)
		}
	}
	for _, p := range params {
		shape := p.Shape().Dims(nil)
		t := f.set.Find(o.Prefix + p.Name())
		switch {
		case t == nil:
			problem := Problem{What: "missing", Name: p.Name(), File: f.set.Refused[o.Prefix+p.Name()], Network: p.Shape().String()}
			if problem.File != "" {
				problem.What = "not read"
			} else if len(problems) < maxRows {
				problem.Nearest = config.NearestWithin(p.Name(), unused, len(p.Name())/2)
			}
			problems = append(problems, problem)
		case !t.DType.IsFloat():
			problems = append(problems, Problem{What: "not float", Name: p.Name(), File: describe(t), Network: p.Shape().String()})
		case !slices.Equal(t.Shape, shape):
			problems = append(problems, Problem{What: "wrong shape", Name: p.Name(), File: describe(t), Network: p.Shape().String()})
		}
	}
	for _, name := range unused {
		t, _ := f.Tensor(o.Prefix + name)
		problems = append(problems, Problem{What: "unused", Name: name, File: describe(t)})
	}
	return problems
}

func describe(t *Tensor) string {
	return fmt.Sprintf("%v [%s]", t.DType, strings.ReplaceAll(strings.Trim(fmt.Sprint(t.Shape), "[]"), " ", ","))
}
