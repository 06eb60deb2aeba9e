package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"tweedie/internal/config"
	"tweedie/prior"
	"tweedie/problem"
)

// noClass is the value of --class where the prior has none.
const noClass = -1

// priorUsage says what --prior may be.
const priorUsage = "name of a prior (see 'tweedie zoo list'), a checkpoint file, or a JSON file that describes a closed form"

// classFlag declares --class.
func classFlag(fl *pflag.FlagSet, class *int) {
	fl.IntVar(class, "class", noClass, "class of the images, for a prior that was trained with --classes")
}

// sizeFlag declares --size.
func sizeFlag(fl *pflag.FlagSet, size *[]int) {
	fl.IntSliceVar(size, "size", nil, "extents of the images, such as 64,64, for a prior whose network takes any (default: the prior's own)")
}

// openPriorOf opens the prior of --prior; of a network with classes that of one of them, and of one for images of any size that
// of the given size, nil for its own.
func openPriorOf(name string, class int, size []int) (*prior.Prior, error) {
	chosen, err := chosenClass(class)
	if err != nil {
		return nil, err
	}
	p, err := problem.OpenPrior(problem.Prior{Name: name, Class: chosen, Size: size})
	if e, ok := errors.AsType[*config.FieldError](err); ok && (e.Field == "class" || e.Field == "size") {
		return nil, config.Errorf("", "--"+e.Field, "%s", e.Problem)
	}
	return p, err
}

// chosenClass is the value of --class, nil for none.
func chosenClass(class int) (*int, error) {
	switch {
	case class < noClass:
		return nil, fmt.Errorf("--class is %d; classes are numbered from 0", class)
	case class == noClass:
		return nil, nil
	}
	return &class, nil
}
