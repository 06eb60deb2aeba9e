package families

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/internal/absent"
	"tweedie/layers"
)

// Family is one kind of networks. A Family that is a Reader, too, reads files that others publish.
type Family interface {
	// Name returns the name of the family, "adm".
	Name() string
	// Architectures lists the networks that native files of the family name, and that can be trained.
	Architectures() []Architecture
}

// Architecture is a network that is built from a config.
type Architecture struct {
	// Name stands in native files and in the "architecture" of a training's config.
	Name string
	// Build makes the network of a config for images of a shape, [C,W], [C,H,W] or [C,D,H,W], with parameters named and
	// seeded by the path, and returns the config with every effective field. A nil config means the default network, where
	// there is one. Decoding is strict: an unknown field is an error, as is a network that does not return images of the
	// shape.
	Build func(config json.RawMessage, shape []int, at layers.Path) (Network, json.RawMessage, error)
	// WithClasses returns a config with room for n classes, as many as it has where it has some. It is nil for a network that
	// takes no classes.
	WithClasses func(config json.RawMessage, n int) (json.RawMessage, error)
}

// Network is a diffusion.Network that also returns its parameters. It may be Conditional, a Learner or an Inserter, too.
type Network interface {
	diffusion.Network
	Params() []*autodiff.Param
}

// Marked is a Family whose files are known by the names of their tensors.
type Marked interface {
	Family
	// Marks are sets of names of tensors; a network is of the family when all of one set follow some prefix.
	Marks() [][]string
}

// Examiner is a Marked family that looks at more than names.
type Examiner interface {
	Marked
	// Fits reports whether the tensors of a set of Marks, after a prefix, are those of a network of the family.
	Fits(f *checkpoints.File, marks []string, prefix string) bool
}

// Reader is a Family of networks that others publish.
type Reader interface {
	Marked
	// Blank returns the network that s.Config describes, or that the file describes itself, without values.
	Blank(f *checkpoints.File, s Source) (Original, error)
	// Tensors returns the tensors of a network of Blank in the file, under the names and in the layout of its parameters.
	Tensors(f *checkpoints.File, s Source) (*checkpoints.File, error)
}

// ClosedForm is a Marked family whose files hold a distribution in closed form.
type ClosedForm interface {
	Marked
	// ClosedForm returns the distribution in a file, whose values are those of the images, and what images they are.
	ClosedForm(f *checkpoints.File) (exact.Distribution, Spec, error)
}

// Inferrer is a Reader that reads the config of a network off its tensors.
type Inferrer interface {
	Reader
	// Infer returns what the tensors after a prefix tell. The error says why they are no network's.
	Infer(f *checkpoints.File, prefix string) (Inference, error)
}

// Inference is what the tensors of a file tell about the config of their network.
type Inference struct {
	Config  json.RawMessage // as far as it is known, as Blank takes it
	Presets []string        // published networks with these tensors
	Open    []string        // fields that the tensors leave open
}

// Preseted is a Reader whose published networks have names, which stand for their configs.
type Preseted interface{ Presets() []string }

// Accepter is a Reader that reads files with the tensors of other families when it is asked for by name.
type Accepter interface{ Accepts() []string }

// Averager is a Reader that finds averaged weights itself; for any other Load puts averages without names in the place of
// weights.
type Averager interface{ FindsAverages() }

// Describing is a Reader some of whose files say everything about themselves as priors of images in [0, 1].
type Describing interface {
	// Describes reports whether a file, whose tensors follow the prefix, does.
	Describes(f *checkpoints.File, prefix string) bool
}

var registry struct {
	sync.RWMutex
	families []Family
}

// Register makes a family known. Where the tensors of two fit, the one registered first is recognised. It panics when the
// name of the family or of one of its architectures is taken.
func Register(f Family) {
	fail := func(format string, args ...any) {
		panic(&autodiff.ValueError{Op: "families.Register", Msg: fmt.Sprintf(format, args...)})
	}
	if absent.Is(f) {
		fail("the family is nil")
	}
	registry.Lock()
	defer registry.Unlock()
	taken := map[string]bool{}
	for _, g := range registry.families {
		if g.Name() == f.Name() {
			fail("family %q is registered already", f.Name())
		}
		for _, a := range g.Architectures() {
			taken[a.Name] = true
		}
	}
	for _, a := range f.Architectures() {
		if taken[a.Name] {
			fail("architecture %q is registered already", a.Name)
		}
	}
	registry.families = append(registry.families, f)
}

// all returns the families in the order of their registration.
func all() []Family {
	registry.RLock()
	defer registry.RUnlock()
	return slices.Clone(registry.families)
}

// Readable returns the names of the families whose published files are read, in alphabetical order.
func Readable() (names []string) {
	for _, f := range all() {
		if _, ok := f.(Reader); ok {
			names = append(names, f.Name())
		}
	}
	slices.Sort(names)
	return names
}

// reader returns the Reader called name.
func reader(name string) (Reader, error) {
	for _, f := range all() {
		if r, ok := f.(Reader); ok && f.Name() == name {
			return r, nil
		}
	}
	return nil, fmt.Errorf("families: networks of family %q cannot be built; those that can: %s", name, strings.Join(Readable(), " "))
}

// Presets returns the names of published networks of all families that stand for their configs, sorted.
func Presets() (names []string) {
	for _, f := range all() {
		if p, ok := f.(Preseted); ok {
			names = append(names, p.Presets()...)
		}
	}
	slices.Sort(names)
	return names
}
