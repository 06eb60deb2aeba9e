package infer

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"

	"tweedie/internal/config"
)

// Kind describes a method to programs that list, decode and run methods by name.
type Kind struct {
	Name       string // in commands and files, what Method.Name returns: "red-diff"
	Title      string // as the method's authors write it: "RED-diff"
	Text       string // says in one line what the method does
	Spread     string // of its results: PosteriorSpread, BiasedSpread or RestartSpread
	KeepsState bool   // whether it takes a Run with a State file

	// New returns the method with the defaults for p: the values of its images, their number of pixels, their spread. It
	// must not keep p, whose Likelihood and Prior may be nil. A method that is not of the demonstration may ignore e.
	New func(p *Problem, e Effort) Method

	// Describe says in a few sentences what a run of m, which New returned and a user changed, does and spends. It may be
	// nil, for which Text stands.
	Describe func(m Method) string

	// Shorten returns m as a run of so many steps, or rounds, on batches of so many samples, for timings of one Step. It
	// is nil when the method cannot be cut short.
	Shorten func(m Method, steps, samples int) Method
	// Step names what Shorten counts: "A round of DPnP".
	Step string
}

// Effort says how much a run may spend. The efforts of the demonstration come with settings of their own.
type Effort int

const (
	Standard Effort = iota // the defaults of the command solve and of a library's caller
	Page                   // demonstration: one image, looked at
	Table                  // demonstration: one of many images, counted
	Full                   // demonstration: one image, for as long as a good answer takes
	Plane                  // demonstration: two dimensions and two modes, with an exact posterior
)

// FewPixels separates small images, which have fewer pixels, from large ones in the efforts of the demonstration.
const FewPixels = 256

var registry struct {
	sync.RWMutex
	kinds []Kind
}

// Register makes a method known to Kinds, KindOf and DecodeMethod, and so to every verb of the command. Call it from an
// init function. It panics when the name is taken, or when Name, Title, Text or New is missing.
func Register(k Kind) {
	registry.Lock()
	defer registry.Unlock()
	if k.Name == "" || k.Title == "" || k.Text == "" || k.New == nil {
		panic(fmt.Sprintf("infer.Register: the kind %q needs a Name, a Title, a Text and New", k.Name))
	}
	at, taken := slices.BinarySearchFunc(registry.kinds, k.Name, byName)
	if taken {
		panic(fmt.Sprintf("infer.Register: a method %q is registered already", k.Name))
	}
	registry.kinds = slices.Insert(registry.kinds, at, k)
}

func byName(k Kind, name string) int { return strings.Compare(k.Name, name) }

// Kinds returns the registered methods in the alphabetical order of their names. Package infer/all registers the
// methods of this project.
func Kinds() []Kind {
	registry.RLock()
	defer registry.RUnlock()
	return slices.Clone(registry.kinds)
}

// Names returns the names of Kinds.
func Names() []string {
	var names []string
	for _, k := range Kinds() {
		names = append(names, k.Name)
	}
	return names
}

// KindOf returns the method of a name. For an unknown one it returns a *config.FieldError that lists all and proposes
// the nearest.
func KindOf(name string) (Kind, error) {
	kinds := Kinds()
	if at, ok := slices.BinarySearchFunc(kinds, name, byName); ok {
		return kinds[at], nil
	}
	if len(kinds) == 0 {
		return Kind{}, config.Errorf("method", "", "is %.100q, and no method is registered; import tweedie/infer/all", name)
	}
	c := config.Check("method")
	c.Name("", name, Names()...)
	return Kind{}, c.Err()
}

// DecodeMethod returns the method of a name with its defaults for p, changed by the fields of a JSON object; empty
// fields change nothing. A field that the method does not have, or a value that it refuses, is an error that names it.
func DecodeMethod(name string, fields []byte, p *Problem, e Effort) (Method, error) {
	k, err := KindOf(name)
	if err != nil {
		return nil, err
	}
	return k.Decode(fields, p, e)
}

// Decode returns New(p, e) changed by the fields of a JSON object, as DecodeMethod does.
func (k Kind) Decode(fields []byte, p *Problem, e Effort) (Method, error) {
	m := k.New(p, e)
	if len(bytes.TrimSpace(fields)) > 0 {
		var err error
		if m, err = config.Onto(m, fields); err != nil {
			return nil, err
		}
	}
	return m, m.Validate()
}

// About says in a few sentences what a run of m does.
func (k Kind) About(m Method) string {
	if k.Describe == nil {
		return k.Text
	}
	return k.Describe(m)
}

// Title returns the name of a method as its authors write it, or the name itself when no such method is registered.
func Title(name string) string {
	if k, err := KindOf(name); err == nil {
		return k.Title
	}
	return name
}
