package autodiff

import (
	"errors"
	"fmt"
	"strings"
)

// ShapeError says that an op was given shapes it cannot take.
type ShapeError struct {
	Op     string  // the op's name
	Module string  // path of the module that called it, "unet.down.0.conv1"
	Shapes []Shape // shapes of the inputs
	Msg    string  // what was wrong and what would be right
}

func (e *ShapeError) Error() string { return describe(e.Op, e.Module, e.Shapes, e.Msg) }

// LifetimeError says that something was used outside its lifetime: a Var after its Scope was closed, a Var whose values
// went back to the Arena when a recorded child scope was closed or VJPLast had passed it, the zero Var, a closed Scope,
// or a Scope or Arena that nobody made.
type LifetimeError struct {
	Op, Module, Msg string
}

func (e *LifetimeError) Error() string { return describe(e.Op, e.Module, nil, e.Msg) }

// ValueError says that a value, a mode or a type was wrong where the shapes were right.
type ValueError struct {
	Op, Module, Msg string
}

func (e *ValueError) Error() string { return describe(e.Op, e.Module, nil, e.Msg) }

func describe(op, module string, shapes []Shape, msg string) string {
	var b strings.Builder
	if module != "" {
		b.WriteString(module)
		b.WriteString(": ")
	}
	b.WriteString(op)
	for i, s := range shapes {
		sep := " x "
		if i == 0 {
			sep = " of "
		}
		b.WriteString(sep)
		b.WriteString(s.String())
	}
	b.WriteString(": ")
	b.WriteString(msg)
	return b.String()
}

// Catch turns a typed panic of this package into *err; every other panic goes on. Use it as
//
//	func F() (err error) {
//		defer autodiff.Catch(&err)
//		...
func Catch(err *error) {
	r := recover()
	if r == nil {
		return
	}
	e, ok := r.(error)
	if !ok {
		panic(r)
	}
	var s *ShapeError
	var l *LifetimeError
	var v *ValueError
	if errors.As(e, &s) || errors.As(e, &l) || errors.As(e, &v) {
		*err = e
		return
	}
	panic(r)
}

// Errorf makes the *ShapeError of this call: op, module path and input shapes are filled in.
// Infer functions panic with it.
func (c *Call) Errorf(format string, args ...any) *ShapeError {
	e := &ShapeError{Op: c.op.Name, Module: c.scope.Path(), Msg: fmt.Sprintf(format, args...)}
	for _, v := range c.In {
		e.Shapes = append(e.Shapes, v.n.shape)
	}
	return e
}
