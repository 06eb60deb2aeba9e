package prior

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families"
	_ "tweedie/families/all" // the families that ship
	"tweedie/internal/input"
)

// Options says how a prior is opened. The zero Options is for a network without classes, with averaged weights.
type Options struct {
	Class   *int           // what a network with classes shows, from 0
	Extents []int          // of the images, without channels, for networks that take any; nil for those of the file
	Raw     bool           // the weights of training, not their averages, where the file has both
	DType   autodiff.DType // F64 evaluates the network in float64, at about ten times the cost
}

// Open returns the prior that name stands for: a name of Names, the path of a checkpoint file, or the path of a file of JSON
// that describes a closed form (package exactfile). Names of cards are for zoo.Open.
func Open(name string, o Options) (*Prior, error) {
	if raw, ok := embedded[name]; ok {
		f, err := checkpoints.Read(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			return nil, fmt.Errorf("prior: embedded prior %s: %w", name, err)
		}
		return FromFile(name, f, o)
	}
	if p := closedForm(name); p != nil {
		return o.closed(p)
	}
	_, err := input.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("prior: there is no prior named %q (known: %s): %w", name, strings.Join(Names(), ", "), fs.ErrNotExist)
	case err != nil:
		return nil, fmt.Errorf("prior: %w", err)
	}
	if described, err := isDescription(name); err != nil || described {
		if err != nil {
			return nil, fmt.Errorf("prior: %w", err)
		}
		p, err := fromDescription(name)
		if err != nil {
			return nil, err
		}
		return o.closed(p)
	}
	f, err := checkpoints.Open(name)
	if err != nil {
		return nil, fmt.Errorf("prior: this is not a checkpoint that a prior could be read from: %w", err)
	}
	defer f.Close()
	return FromFile(input.Name(name), f, o)
}

// closed returns p, a closed form, unless an option is given that it does not take.
func (o Options) closed(p *Prior) (*Prior, error) {
	switch {
	case o.Class != nil:
		return nil, fmt.Errorf("prior: %s: %w", p.Name, &families.ClassError{Class: o.Class})
	case o.Extents != nil:
		return nil, fmt.Errorf("prior: %s: extents are %v; a closed form has its own", p.Name, o.Extents)
	case o.Raw:
		return nil, fmt.Errorf("prior: %s: a closed form has no weights of training", p.Name)
	}
	return p, nil
}
