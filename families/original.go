package families

import (
	"errors"
	"fmt"
	"slices"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/layers"
)

// Original is a network of another project, evaluated as its own code does: without preconditioning of ours.
type Original interface {
	// Params returns the parameters, to which a file gives values.
	Params() []*autodiff.Param
	// Dims returns the number of spatial axes of the images.
	Dims() int
	// Check returns an *InputError about the first input that the network does not take: images of shape x [B,C,...],
	// times t [B] as the original's forward takes them, or labels y.
	Check(x autodiff.Shape, t []float64, y Labels) error
	// Forward evaluates the network once. It panics when Check has an error.
	Forward(s *autodiff.Scope, x autodiff.Var, t []float64, y Labels) autodiff.Var
	// Describe returns the network as a prior: the architecture that builds it, and the Spec of a native file. The error
	// says why it cannot be one.
	Describe(o PriorOptions) (architecture string, spec Spec, err error)
	// Network returns the network with its own parameters, as the architecture of Describe builds it.
	Network() Network
}

// InputError says what is wrong with one input of an evaluation: "x", "t" or "labels".
type InputError struct {
	Input string
	Err   error
}

// Error returns the name of the input and what is wrong with it.
func (e *InputError) Error() string { return e.Input + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *InputError) Unwrap() error { return e.Err }

// CheckUnlabelled is the Check of an Original that is net itself, a network without classes that takes the images which it can
// be evaluated at.
func CheckUnlabelled(net Network, x autodiff.Shape, t []float64, y Labels) error {
	if !y.None() {
		return &InputError{"labels", errors.New("the network has no classes")}
	}
	_, err := layers.OutShape(func(s *autodiff.Scope, x autodiff.Var) autodiff.Var { return net.Forward(s, x, t) }, x)
	if err != nil {
		return &InputError{"x", err}
	}
	return nil
}

// Source says which network of a file is meant, and what it is.
type Source struct {
	Family    string // "" for the one that the names of the tensors tell
	Prefix    string // what the names of its tensors begin with; "" to find out
	Config    string // JSON in the family's own vocabulary, or the name of a preset; "" when the file tells
	Raw       bool   // the weights of training, not their averages, where the file has both
	NonFinite bool   // take weights that are NaN or infinite
}

// PriorOptions holds what a network does not know about the images that it is to be a prior of.
type PriorOptions struct {
	Extents   []int   // without channels; nil for those of training, where the config tells
	Class     *int    // what a network with classes sees
	Low, High float64 // values of the images that the network sees as the ends of its range
	Schedule  string  // noise schedule as JSON, where the family leaves it open
}

// find is s with its family and prefix as the file has them. With a family that is given and tensors of none, what is
// given stays: the table of what does not fit says more.
func find(f *checkpoints.File, s Source) (Reader, Source, error) {
	var r Reader
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
	case r != nil && family != r.Name() && !accepts(r, family):
		return nil, s, fmt.Errorf("families: the family is said to be %s, and the tensors are those of %s", s.Family, family)
	}
	s.Prefix = prefix
	if r == nil {
		s.Family = family
		r, err = reader(family)
	}
	return r, s, err
}

// averaged is f with averages that have no names in the place of weights, where they are wanted.
func (s Source) averaged(f *checkpoints.File, r Reader) (*checkpoints.File, error) {
	if _, itself := r.(Averager); itself || s.Raw {
		return f, nil
	}
	return Averages(f, s.Prefix)
}

// accepts reports whether r reads files of another family when it is asked for.
func accepts(r Reader, family string) bool {
	a, ok := r.(Accepter)
	return ok && slices.Contains(a.Accepts(), family)
}

// Load returns the network that s names, with its weights. When tensors do not fit, the error is a
// *checkpoints.LoadError that lists all of them.
func Load(f *checkpoints.File, s Source) (_ Original, err error) {
	defer autodiff.Catch(&err)
	net, held, err := native(f, s)
	if net == nil && err == nil {
		net, held, err = foreign(f, s, true)
	}
	if err != nil {
		return nil, err
	}
	return net, checkpoints.Load(held, net.Params(), checkpoints.LoadOptions{AllowNonFinite: s.NonFinite})
}

// Match returns the network that s names, without values, and the list of tensors that do not fit it.
func Match(f *checkpoints.File, s Source) (net Original, problems []checkpoints.Problem, err error) {
	net, held, err := Open(f, s)
	if err != nil {
		return nil, nil, err
	}
	return net, checkpoints.Match(held, net.Params(), checkpoints.LoadOptions{}), nil
}

// Open returns the network that s names, without values, and the tensors of the file under the names of its parameters, in
// their own types. Averages without names are not put in the place of weights.
func Open(f *checkpoints.File, s Source) (net Original, held *checkpoints.File, err error) {
	defer autodiff.Catch(&err)
	if net, held, err = native(f, s); net != nil || err != nil {
		return net, held, err
	}
	return foreign(f, s, false)
}

// foreign returns the network of another project that s names, without values, and its tensors; averages without names are
// put in the place of weights where they are asked for.
func foreign(f *checkpoints.File, s Source, averages bool) (net Original, held *checkpoints.File, err error) {
	r, s, err := find(f, s)
	if err != nil {
		return nil, nil, err
	}
	if averages {
		if f, err = s.averaged(f, r); err != nil {
			return nil, nil, err
		}
	}
	if net, err = r.Blank(f, s); err != nil {
		return nil, nil, err
	}
	held, err = r.Tensors(f, s)
	return net, held, err
}

// Describe returns the network that s names, with its weights, and its description as a prior: the architecture that
// builds it, and the Spec.
func Describe(f *checkpoints.File, s Source, o PriorOptions) (net Original, architecture string, spec Spec, err error) {
	if !(o.Low < o.High) {
		return nil, "", spec, fmt.Errorf("families: values are %g to %g; want low < high", o.Low, o.High)
	}
	if net, err = Load(f, s); err != nil {
		return nil, "", spec, err
	}
	if architecture, spec, err = net.Describe(o); err == nil {
		err = spec.Validate()
	}
	return net, architecture, spec, err
}
