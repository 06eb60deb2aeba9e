package problem

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"tweedie/checkpoints"
	"tweedie/internal/config"
	"tweedie/zoo"
)

// PriorNames lists the names of the priors inside the program and of all cards.
func PriorNames() []string {
	names := zoo.Names()
	if sh, err := zoo.DefaultShelf(); err == nil {
		names = append(names, sh.Names()...)
	}
	return names
}

// OpenPrior opens the prior with a name of PriorNames, in a checkpoint file, or described by a file of JSON; of a network
// with classes that of one class, numbered from 0, and with class nil that of a network without. The error is a
// *config.FieldError with the field "class" when the class is missing or makes no sense.
func OpenPrior(name string, class *int) (*zoo.Prior, error) {
	sh, err := zoo.DefaultShelf()
	if err != nil {
		return nil, err
	}
	if c := sh.Cards[name]; c != nil {
		return sh.Open(c, class)
	}
	if class == nil {
		p, err := openPrior(name)
		if n := classesIn(name); err != nil && n > 0 {
			return nil, config.Errorf("", "class", "is missing; %s has %d classes, numbered from 0", name, n)
		}
		return p, err
	}
	n := classesIn(name)
	if n == 0 {
		if _, err := openPrior(name); err != nil {
			return nil, err
		}
		return nil, config.Errorf("", "class", "is %d; %s has no classes", *class, name)
	}
	if *class < 0 || *class >= n {
		return nil, config.Errorf("", "class", "is %d; %s has %d classes, numbered from 0", *class, name, n)
	}
	f, err := checkpoints.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return zoo.OfClass(fmt.Sprintf("%s, class %d", name, *class), f, *class)
}

// openPrior is zoo.Open that proposes the nearest name.
func openPrior(name string) (*zoo.Prior, error) {
	p, err := zoo.Open(name)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return p, err
	}
	if near := config.Nearest(name, PriorNames()); near != "" {
		return nil, fmt.Errorf("%w; did you mean %s?", err, near)
	}
	return nil, err
}

// classesIn is the number of classes of the network in a file; 0 for none, and for what is no such file.
func classesIn(name string) int {
	f, err := checkpoints.Open(name)
	if err != nil {
		return 0
	}
	defer f.Close()
	return zoo.Classes(f)
}

// known reports whether a prior is known by a name rather than by its file.
func known(name string) bool { return slices.Contains(PriorNames(), name) }
