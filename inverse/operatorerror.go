package inverse

import "errors"

// OperatorError says that an operator failed in the middle of a run, as one does whose program has died. Apply, Adjoint
// and VJP have no error to return, so they panic with it, and CatchOperator makes an error of it at the door of a run.
type OperatorError struct {
	Op  string // the operator's name
	Err error
}

func (e *OperatorError) Error() string { return e.Op + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *OperatorError) Unwrap() error { return e.Err }

// CatchOperator turns a panic with an *OperatorError into *err; every other panic goes on. Use it as
//
//	func F() (err error) {
//		defer inverse.CatchOperator(&err)
//		...
func CatchOperator(err *error) {
	r := recover()
	if r == nil {
		return
	}
	e, ok := r.(error)
	var failed *OperatorError
	if !ok || !errors.As(e, &failed) {
		panic(r)
	}
	*err = e
}
