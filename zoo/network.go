package zoo

import (
	"fmt"
	"slices"
	"strings"

	"tweedie/autodiff"
	"tweedie/checkpoints"
)

// ForeignNetwork is a network of another project, evaluated as its own code does: without preconditioning of ours.
type ForeignNetwork interface {
	// Params returns the parameters, to which a file gives values.
	Params() []*autodiff.Param
	// Dims returns the number of spatial axes of the images.
	Dims() int
	// Check returns an *InputError about the first input that the network does not take: images of shape x [B,C,...],
	// times t [B] as the original's forward takes them, or labels y.
	Check(x autodiff.Shape, t []float64, y Labels) error
	// Forward evaluates the network once. It panics when Check has an error.
	Forward(s *autodiff.Scope, x autodiff.Var, t []float64, y Labels) autodiff.Var
}

// InputError says what is wrong with one input of an evaluation: "x", "t" or "labels".
type InputError struct {
	Input string
	Err   error
}

func (e *InputError) Error() string { return e.Input + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *InputError) Unwrap() error { return e.Err }

// Source says which network of a file is meant, and what it is.
type Source struct {
	Family    Family // "" for the one that the names of the tensors tell
	Prefix    string // what the names of its tensors begin with; "" to find out
	Config    string // JSON in the family's own vocabulary, or the name of a preset; "" when the file tells
	Raw       bool   // the weights of training, not their averages, where the file has both
	NonFinite bool   // take weights that are NaN or infinite
}

// networkReader reads the networks of one family. To add a family, write a file with one and name it in readers.
type networkReader struct {
	Family Family
	// Marks are sets of names; a network is of the family when all of one set follow some prefix.
	Marks [][]string
	// Accepts are other families with tensors of the same names, which are read as this one when it is asked for.
	Accepts []Family
	// Build is the network that s.Config describes, or the file itself, without values.
	Build func(f *checkpoints.File, s Source) (ForeignNetwork, error)
	// Tensors are the network's in the file, under the names and in the layout of the parameters of Build; nil for
	// those that follow s.Prefix.
	Tensors func(f *checkpoints.File, s Source) (*checkpoints.File, error)
	// Describe is a network of Build as a prior: the architecture that names its builder, and the Spec of a native
	// file; nil where no such network can be one.
	Describe func(net ForeignNetwork, d PriorOptions) (architecture string, spec Spec, err error)
}

// PriorOptions holds what a network does not know about the images that it is to be a prior of.
type PriorOptions struct {
	Extents   []int   // without channels; nil for those of training, where the config tells
	Class     *int    // what a network with classes sees
	Low, High float64 // values of the images that the network sees as the ends of its range
	Schedule  string  // noise schedule as JSON, where the family leaves it open
}

// readers are the families whose networks can be built. Where the names of two fit, the first is recognised.
var readers = []*networkReader{&readADM, &readScoreSDE, &readScorePrior, &readEDM, &readDiffusers, &readDenoisers}

// Readable returns the families whose networks can be built.
func Readable() (names []Family) {
	for _, r := range readers {
		names = append(names, r.Family)
	}
	return names
}

func reader(family Family) (*networkReader, error) {
	for _, r := range readers {
		if r.Family == family {
			return r, nil
		}
	}
	return nil, fmt.Errorf("zoo: networks of family %q cannot be built; those that can: %s", family, strings.Trim(fmt.Sprint(Readable()), "[]"))
}

// find is s with its family and prefix as the file has them. With a family that is given and tensors of none, what is
// given stays: the table of what does not fit says more.
func find(f *checkpoints.File, s Source) (*networkReader, Source, error) {
	var r *networkReader
	if s.Family != "" {
		var err error
		if r, err = reader(s.Family); err != nil {
			return nil, s, err
		}
	}
	family, prefix, err := Recognise(f, s.Prefix)
	switch {
	case err != nil && r != nil:
		return r, s, nil
	case err != nil:
		return nil, s, err
	case r != nil && family != r.Family && !slices.Contains(r.Accepts, family):
		return nil, s, fmt.Errorf("zoo: the family is said to be %s, and the tensors are those of %s", s.Family, family)
	}
	s.Prefix = prefix
	if r == nil {
		s.Family = family
		r, err = reader(family)
	}
	return r, s, err
}

// averaged is f with averages that have no names in the place of weights, where they are wanted. The reader of
// score_sde knows which tensors of its networks are not averaged, and does it itself.
func (s Source) averaged(f *checkpoints.File) (*checkpoints.File, error) {
	if s.Raw || s.Family == ScoreSDE {
		return f, nil
	}
	return Averages(f, s.Prefix)
}

// tensors are those of the network that s names, under the names of its parameters.
func (r *networkReader) tensors(f *checkpoints.File, s Source) (*checkpoints.File, error) {
	if r.Tensors == nil {
		return f.Sub(s.Prefix), nil
	}
	return r.Tensors(f, s)
}

// LoadNetwork returns the network that s names, with its weights. When tensors do not fit, the error is a
// *checkpoints.LoadError that lists all of them.
func LoadNetwork(f *checkpoints.File, s Source) (net ForeignNetwork, err error) {
	defer autodiff.Catch(&err)
	r, s, err := find(f, s)
	if err != nil {
		return nil, err
	}
	if f, err = s.averaged(f); err != nil {
		return nil, err
	}
	if net, err = r.Build(f, s); err != nil {
		return nil, err
	}
	held, err := r.tensors(f, s)
	if err != nil {
		return nil, err
	}
	return net, checkpoints.Load(held, net.Params(), checkpoints.LoadOptions{AllowNonFinite: s.NonFinite})
}

// MatchNetwork returns the network that s names, without values, and the list of tensors that do not fit it.
func MatchNetwork(f *checkpoints.File, s Source) (net ForeignNetwork, problems []checkpoints.Problem, err error) {
	defer autodiff.Catch(&err)
	r, s, err := find(f, s)
	if err != nil {
		return nil, nil, err
	}
	if net, err = r.Build(f, s); err != nil {
		return nil, nil, err
	}
	held, err := r.tensors(f, s)
	if err != nil {
		return nil, nil, err
	}
	return net, checkpoints.Match(held, net.Params(), checkpoints.LoadOptions{}), nil
}

// DescribeNetwork returns the network that s names, with its weights, and its description as a prior: the architecture
// whose builder makes it, and the Spec.
func DescribeNetwork(f *checkpoints.File, s Source, d PriorOptions) (net ForeignNetwork, architecture string, spec Spec, err error) {
	r, s, err := find(f, s)
	switch {
	case err != nil:
		return nil, "", spec, err
	case r.Describe == nil:
		return nil, "", spec, fmt.Errorf("zoo: networks of family %s cannot be described as priors", r.Family)
	case !(d.Low < d.High):
		return nil, "", spec, fmt.Errorf("zoo: values are %g to %g; want low < high", d.Low, d.High)
	}
	if net, err = LoadNetwork(f, s); err != nil {
		return nil, "", spec, err
	}
	if architecture, spec, err = r.Describe(net, d); err == nil {
		err = spec.Validate()
	}
	return net, architecture, spec, err
}
