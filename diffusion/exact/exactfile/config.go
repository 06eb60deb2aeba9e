package exactfile

import (
	"tweedie/diffusion/exact"
	"tweedie/internal/arrays"
	"tweedie/internal/config"
)

// Array is numbers written out in a file or in a file of numpy beside it.
type Array = arrays.Array

// Config describes a prior: a struct with JSON tags that embeds Image.
type Config interface {
	config.Kinder
	// Images returns the fields that every kind has.
	Images() Image
	// Build makes the law of an image, or of its coefficients when Image has Linear. It reads its arrays through b, in
	// the same order each time.
	Build(b *Builder) (exact.Distribution, error)
}

// Image is the fields that every kind has.
type Image struct {
	// Shape of one image, [C,H,W], [C,W] or [C,D,H,W].
	Shape []int `json:"shape"`
	// Range is of the values of images, from black to white. Left out, it is that of a box, or two deviations to each
	// side of the mean. A law without a variance needs it, and a quarter of it then stands for the deviation.
	Range *[2]float64 `json:"range,omitempty"`
	// Linear makes an image of what the other fields describe, its coefficients or increments.
	Linear *Linear `json:"linear,omitempty"`
}

// Images returns i.
func (i Image) Images() Image { return i }

var registry = config.Of[Config]("prior", GaussianConfig{}, MixtureConfig{}, BoxConfig{}, SeparableConfig{}, EmpiricalConfig{})

// Register makes a kind known, whose defaults are those of c. A kind that is taken is an error.
func Register(c Config) error { return registry.Register(c) }

// Kinds lists the kinds of priors.
func Kinds() []string { return registry.Kinds() }

// validate names the first field that is wrong.
func (i Image) validate(kind string) (elements int, err error) {
	if len(i.Shape) < 2 || len(i.Shape) > 4 {
		return 0, config.Errorf(kind, "shape", "is %v; it must be [C,H,W], [C,W] or [C,D,H,W]", i.Shape)
	}
	elements = 1
	for _, n := range i.Shape {
		if n < 1 || n > MaxElements/elements {
			return 0, config.Errorf(kind, "shape", "is %v; every extent must be positive and their product at most %d", i.Shape, MaxElements)
		}
		elements *= n
	}
	if r := i.Range; r != nil {
		c := config.Check(kind)
		c.Floats("range", r[:], -config.Huge, config.Huge)
		c.That(r[0] < r[1], "range", *r, "ascend")
		err = c.Err()
	}
	return elements, err
}
