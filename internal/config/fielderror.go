package config

import (
	"errors"
	"fmt"
	"strings"

	"tweedie/internal/input"
)

// FieldError says which field of a configuration is wrong, and what would be right.
type FieldError struct {
	// Kind names what is configured, "blur"; it is empty where the caller says so.
	Kind string
	// Field is the path of the field by its names in JSON, "ops[1].gaussian.std".
	Field string
	// Problem says what is wrong. One that begins with "is" has the field for its subject: "is 0; it must be positive".
	Problem string

	hint, near string // how to propose the field near, and its path; both empty for no proposal
	cause      error  // of a type that reads itself
}

// Error returns the kind, the field, the problem, and a proposal where there is one.
func (e *FieldError) Error() string {
	text, field := e.Problem, input.Name(e.Field)
	switch is := strings.HasPrefix(e.Problem, "is "); {
	case is && e.Field == "":
		text = "the value " + text
	case is:
		text = field + " " + text
	case e.Field != "":
		text = field + ": " + text
	}
	if e.Kind != "" {
		text = e.Kind + ": " + text
	}
	if e.near != "" {
		text += fmt.Sprintf(e.hint, input.Name(e.near))
	}
	return text
}

// Unwrap returns the error of a type that reads itself, nil where there is none.
func (e *FieldError) Unwrap() error { return e.cause }

// Errorf returns the *FieldError of a field.
func Errorf(kind, field, format string, args ...any) error {
	return &FieldError{Kind: kind, Field: field, Problem: fmt.Sprintf(format, args...)}
}

// Named returns err as an error of what is called kind: a *FieldError without a kind gets this one, one that has it already
// stays, and any other error is wrapped.
func Named(kind string, err error) error {
	if err == nil {
		return nil
	}
	e, ok := err.(*FieldError)
	if ok && e.Kind == kind {
		return err
	}
	if ok && e.Kind == "" {
		named := *e
		named.Kind = kind
		return &named
	}
	return fmt.Errorf("%s: %w", kind, err)
}

// Below returns err as an error inside the field called path: the path of a *FieldError begins there, and its kind is
// dropped, which the path stands for.
func Below(path string, err error) error {
	if err == nil {
		return nil
	}
	if path == "" {
		return err
	}
	var e *FieldError
	if !errors.As(err, &e) {
		return &FieldError{Field: path, Problem: oneLine(err.Error()), cause: err}
	}
	inside := *e
	inside.Kind, inside.Field = "", join(path, e.Field)
	if e.near != "" {
		inside.near = join(path, e.near)
	}
	return &inside
}

// join returns the path of field below path.
func join(path, field string) string {
	if path == "" || field == "" || field[0] == '[' {
		return path + field
	}
	return path + "." + field
}

// oneLine returns text with its line breaks as spaces.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
