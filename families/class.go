package families

import "fmt"

// ClassError says that the class of a prior is missing, or none of the network's.
type ClassError struct {
	Class   *int // nil for a missing one
	Classes int  // of the network, 0 for none
}

// Error says what the class is and which there are.
func (e *ClassError) Error() string {
	switch {
	case e.Class == nil:
		return fmt.Sprintf("class is missing; the network has %d, numbered from 0", e.Classes)
	case e.Classes == 0:
		return fmt.Sprintf("class is %d; the network has no classes", *e.Class)
	}
	return fmt.Sprintf("class is %d; the network has %d, numbered from 0", *e.Class, e.Classes)
}

// CheckClass returns a *ClassError unless class is one of n, numbered from 0, or nil where n is 0.
func CheckClass(class *int, n int) error {
	if (class == nil) == (n == 0) && (class == nil || *class >= 0 && *class < n) {
		return nil
	}
	return &ClassError{class, n}
}
