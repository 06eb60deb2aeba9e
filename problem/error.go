package problem

import (
	"strings"

	"tweedie/internal/input"
)

// Error says which field of which file is wrong, and what would be right.
type Error struct {
	Path  string // of the problem file; empty when there is none
	Field string // by its name in JSON: "operator", "simulate.image"
	Err   error
}

// Error returns the file, the field and the problem.
func (e *Error) Error() string {
	text, joint := strings.TrimPrefix(e.Err.Error(), e.Field+": "), ": "
	if strings.HasPrefix(text, "is ") {
		joint = " "
	}
	if e.Field != "" {
		text = e.Field + joint + text
	}
	if e.Path != "" {
		text = input.Name(e.Path) + ": " + text
	}
	return text
}

// Unwrap returns what is wrong with the field.
func (e *Error) Unwrap() error { return e.Err }

// at returns err as an error of a field; nil stays nil.
func at(field string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Field: field, Err: err}
}
