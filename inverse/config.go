package inverse

import (
	"context"

	"tweedie/autodiff"
	"tweedie/internal/arrays"
	"tweedie/internal/config"
)

// Config describes an operator as data: a plain struct with JSON tags, used by value.
type Config interface {
	// Kind returns the name under which the config is registered, as in "blur".
	Kind() string
	// Validate returns a *FieldError that says what is wrong for images of shape in, or nil.
	Validate(in autodiff.Shape) error
	// Build validates and makes the operator for images of shape in.
	Build(in autodiff.Shape) (Operator, error)
}

// FieldError says which field of a description is wrong, and what would be right.
type FieldError = config.FieldError

var operators = config.Registry[Config]{What: "operator", Sorted: true}

// Register makes Decode read configs of the type of defaults under the kind defaults.Kind(). Fields that are absent
// from the JSON keep the values that they have in defaults. It panics when the kind is taken.
func Register[C Config](defaults C) {
	if err := operators.Register(defaults); err != nil {
		panic(&autodiff.ValueError{Op: "inverse.Register", Msg: err.Error()})
	}
}

// Kinds lists the registered kinds of operator in alphabetical order.
func Kinds() []string { return operators.Kinds() }

// Decode builds the operator that data describes for images of shape in:
//
//	{"kind": "block-average", "rows": 2, "cols": 2}
//
// An unknown kind or field is an error, as is what Validate finds. A kind is known once its package is imported;
// tweedie/inverse/all imports all that ship.
func Decode(data []byte, in autodiff.Shape) (Operator, error) {
	c, err := DecodeConfig(data)
	if err != nil {
		return nil, err
	}
	return c.Build(in)
}

// DecodeFrom is Decode in which arrays may stand in files, whose paths are relative to the folder dir: a list of numbers in a
// description may be the name of a file, and an Array is read. A picture is [1,H,W] with 0 for black and 1 for white.
func DecodeFrom(ctx context.Context, dir string, data []byte, in autodiff.Shape) (Operator, error) {
	c, err := DecodeConfigFrom(ctx, dir, data)
	if err != nil {
		return nil, err
	}
	return c.Build(in)
}

// DecodeConfigFrom is DecodeConfig in which arrays may stand in files, as in DecodeFrom.
func DecodeConfigFrom(ctx context.Context, dir string, data []byte) (Config, error) {
	return operators.DecodeFrom(data, folder(ctx, dir, mostList))
}

// mostList bounds a list of numbers in a file that an operator names: 512 MiB.
const mostList = 1 << 26

// folder is the source of the arrays that a description names, of whose lists none has more than most numbers.
func folder(ctx context.Context, dir string, most int) arrays.Dir {
	return arrays.Dir{Ctx: ctx, Path: dir, Use: arrays.Use{Hi: 1, Gray: true}, List: most}
}

// DecodeConfig reads the description of an operator without building it.
func DecodeConfig(data []byte) (Config, error) { return operators.Decode(data) }

// Encode writes a description that DecodeConfig reads.
func Encode(c Config) ([]byte, error) { return operators.Encode(c) }

// Nested is a Config inside another one; in JSON it is the object that Encode writes.
type Nested struct{ Config }

// Outline says what a Nested is in JSON.
func (Nested) Outline() string { return "operator" }

// MarshalJSON writes the description with its kind.
func (n Nested) MarshalJSON() ([]byte, error) {
	if n.Config == nil {
		return []byte("null"), nil
	}
	return Encode(n.Config)
}

// UnmarshalJSON reads what DecodeConfig does; null is no description.
func (n *Nested) UnmarshalJSON(data []byte) error { return n.DecodeFrom(data, nil) }

// DecodeFrom reads what UnmarshalJSON does, and the arrays that the description names.
func (n *Nested) DecodeFrom(data []byte, source config.Source) (err error) {
	if string(data) == "null" {
		return nil
	}
	n.Config, err = operators.DecodeFrom(data, source)
	return err
}
