package autodiff

import "fmt"

// Var is a handle to a tensor that lives in a Scope. It is a small value; the zero Var stands for "no value".
// Using a Var after its scope was closed panics with a *LifetimeError.
type Var struct {
	n   *node
	gen uint32
}

// node holds the state behind a Var: shape, storage, and, when it is on a tape, the call that made it.
type node struct {
	gen    uint32
	dt     DType
	keep   bool // kept by the Close in progress
	read   bool // some VJP or JVP on the tape reads its values
	input  bool // an input of a call on the tape, which needs its shape
	inner  bool // on the tape for the rules alone: the scope that made it is closed and did not keep it
	slots  int  // cotangent slots that hold it during a sweep
	at     int  // position on the tape
	serial uint64
	shape  Shape
	buf    *buffer
	tape   *tape
	scope  *Scope
	param  *Param
	op     *Op
	call   Call
	module string // path and op, where an arena is traced
}

// IsZero reports whether v is the zero Var.
func (v Var) IsZero() bool { return v.n == nil }

func (v Var) node(op, module string) *node {
	if v.n == nil {
		panic(&LifetimeError{Op: op, Module: module, Msg: "the zero Var was used as a value"})
	}
	if v.n.gen != v.gen {
		panic(&LifetimeError{Op: op, Module: module, Msg: "the Var was used after its Scope was closed; keep it with Close(keep...)"})
	}
	return v.n
}

func (v Var) data(op, module string) *buffer {
	n := v.node(op, module)
	if n.buf == nil {
		panic(&LifetimeError{Op: op, Module: module, Msg: fmt.Sprintf("the storage of %v, made by %q, was given back when its Scope closed; keep it, or let the op declare it in Reads", n.shape, n.name())})
	}
	if n.buf.f32 == nil && n.buf.f64 == nil {
		panic(&ValueError{Op: op, Module: module, Msg: "a Plan scope has shapes only, no values"})
	}
	return n.buf
}

func (n *node) name() string {
	if n.op != nil {
		return n.op.Name
	}
	return "input"
}

// Shape returns the extent of every axis.
func (v Var) Shape() Shape { return v.node("shape", "").shape }

// Dim returns the extent of axis i; negative axes count from the end.
func (v Var) Dim(i int) int { return v.Shape().Dim(i) }

// Rank returns the number of axes.
func (v Var) Rank() int { return v.Shape().Rank() }

// Size returns the number of elements.
func (v Var) Size() int { return v.Shape().Size() }

// DType returns the element type.
func (v Var) DType() DType { return v.node("dtype", "").dt }

// Set64 copies src into v, converting when v is F32. It panics when the lengths differ.
func (v Var) Set64(src []float64) { set(v, src) }

// Set32 copies src into v, converting when v is F64. It panics when the lengths differ.
func (v Var) Set32(src []float32) { set(v, src) }

// Float64s returns a copy of v in row-major order, converted when v is F32.
func (v Var) Float64s() []float64 {
	out := make([]float64, v.Size())
	v.CopyTo64(out)
	return out
}

// CopyTo64 copies v into dst, converting when v is F32. It panics when the lengths differ.
func (v Var) CopyTo64(dst []float64) { copyTo(v, dst) }

// CopyTo32 copies v into dst, converting when v is F64. It panics when the lengths differ.
func (v Var) CopyTo32(dst []float32) { copyTo(v, dst) }

// Scalar returns the value of a Var of one element.
func (v Var) Scalar() float64 {
	b := v.data("scalar", "")
	v.sameLen("scalar", 1)
	if v.n.dt == F64 {
		return b.f64[0]
	}
	return float64(b.f32[0])
}

func set[T float32 | float64](v Var, src []T) {
	b := v.data("set", "")
	v.sameLen("set", len(src))
	if v.n.dt == F64 {
		convert(b.f64, src)
	} else {
		convert(b.f32, src)
	}
}

func copyTo[T float32 | float64](v Var, dst []T) {
	b := v.data("copy", "")
	v.sameLen("copy", len(dst))
	if v.n.dt == F64 {
		convert(dst, b.f64[:len(dst)])
	} else {
		convert(dst, b.f32[:len(dst)])
	}
}

func convert[D, S float32 | float64](dst []D, src []S) {
	dst = dst[:len(src)]
	for i, x := range src {
		dst[i] = D(x)
	}
}

func (v Var) sameLen(op string, n int) {
	if size := v.n.shape.Size(); size != n {
		panic(&ShapeError{Op: op, Shapes: []Shape{v.n.shape}, Msg: fmt.Sprintf("%d values were given for %d elements", n, size)})
	}
}

// Host returns the storage of v itself, row-major, for an op's Eval on the host. T must be v's element type.
func Host[T float32 | float64](v Var) []T {
	b := v.data("host", "")
	n := v.n.shape.Size()
	var s []T
	switch p := any(&s).(type) {
	case *[]float32:
		if v.n.dt == F32 {
			*p = b.f32[:n]
			return s
		}
	case *[]float64:
		if v.n.dt == F64 {
			*p = b.f64[:n]
			return s
		}
	}
	panic(&ValueError{Op: "host", Msg: fmt.Sprintf("the Var is %v", v.n.dt)})
}
