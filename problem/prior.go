package problem

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"tweedie/families"
	"tweedie/internal/config"
	"tweedie/prior"
	"tweedie/zoo"
)

// PriorNames lists the names of the priors inside the program and of all cards.
func PriorNames() []string {
	names := prior.Names()
	if sh, err := zoo.DefaultShelf(); err == nil {
		names = append(names, sh.Names()...)
	}
	return names
}

// OpenPrior opens the prior that which names: one of PriorNames, one in a checkpoint file, or one described by a file of JSON;
// of a network with classes that of one class, and without a class that of a network without. The error is a
// *config.FieldError with the field "class" when the class is missing or makes no sense, and with the field "size" when the
// network does not take images of this size.
func OpenPrior(which Prior) (*prior.Prior, error) {
	name, class := which.Name, which.Class
	o := prior.Options{Class: class}
	if len(which.Size) > 0 {
		if err := checkSize(which.Size); err != nil {
			return nil, err
		}
		o.Extents = which.Size
	}
	p, err := zoo.Open(name, o)
	if e, ok := errors.AsType[*families.ClassError](err); ok {
		switch {
		case e.Class == nil:
			return nil, config.Errorf("", "class", "is missing; %s has %d classes, numbered from 0", name, e.Classes)
		case e.Classes == 0:
			return nil, config.Errorf("", "class", "is %d; %s has no classes", *e.Class, name)
		}
		return nil, config.Errorf("", "class", "is %d; %s has %d classes, numbered from 0", *e.Class, name, e.Classes)
	}
	if errors.Is(err, fs.ErrNotExist) {
		if near := config.Nearest(name, PriorNames()); near != "" {
			return nil, fmt.Errorf("%w; did you mean %s?", err, near)
		}
	}
	if p != nil && class != nil {
		p.Name = fmt.Sprintf("%s, class %d", p.Name, *class)
	}
	return p, err
}

// checkSize refuses extents of which no image is.
func checkSize(size []int) error {
	k := config.Check("")
	n, ok := config.Size(size...)
	k.That(ok && n >= 1 && n <= config.MostInput, "size", size, "have positive extents, which give at most %d pixels", config.MostInput)
	return k.Err()
}

// known reports whether a prior is known by a name rather than by its file.
func known(name string) bool { return slices.Contains(PriorNames(), name) }
