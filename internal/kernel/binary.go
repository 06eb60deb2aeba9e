package kernel

import (
	"fmt"
	"math"

	"tweedie/internal/par"
)

// BinaryOp names a function of two numbers.
type BinaryOp uint8

// Functions of two numbers.
const (
	Add BinaryOp = iota
	Sub
	Mul
	Div
	Pow
	Max2  // NaN if either is
	Min2  // NaN if either is
	Atan2 // Atan2(y, x)
	Hypot
	Less   // 1 where a < b, else 0
	LessEq // 1 where a <= b, else 0
	binaryOps
)

var binaryNames = [binaryOps]string{"Add", "Sub", "Mul", "Div", "Pow", "Max2", "Min2", "Atan2", "Hypot", "Less", "LessEq"}

// String returns the operation's name.
func (op BinaryOp) String() string {
	if op >= binaryOps {
		return fmt.Sprintf("BinaryOp(%d)", uint8(op))
	}
	return binaryNames[op]
}

// dear reports whether op costs tens of operations.
func (op BinaryOp) dear() bool { return op == Pow || op == Atan2 || op == Hypot }

type binaryJob[T Float] struct {
	op        BinaryOp
	size      int
	dst, a, b []T
}

var binaryJobs freeList

func (j *binaryJob[T]) Block(i int) {
	lo := i * j.size
	hi := min(lo+j.size, len(j.dst))
	binary(j.op, j.dst[lo:hi], j.a[lo:hi], j.b[lo:hi])
}

// Binary computes dst[i] = op(a[i], b[i]); dst may be a or b.
func Binary[T Float](op BinaryOp, dst, a, b []T) {
	sized("Binary", "a", len(a), len(dst))
	sized("Binary", "b", len(b), len(dst))
	if op >= binaryOps {
		panic(&ArgError{"Binary", "no operation " + op.String()})
	}
	size := block
	if op.dear() {
		size = dearBlock
	}
	j := take[T, binaryJob[T]](&binaryJobs)
	j.op, j.size, j.dst, j.a, j.b = op, size, dst, a, b
	par.Do(blocksOf(len(dst), size), j)
	give[T](&binaryJobs, j)
}

// binary is Binary on one block.
func binary[T Float](op BinaryOp, dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	if quick[T](len(dst)) && fast.binary[op] != nil {
		fast.binary[op](first(dst), first(a), first(b), len(dst))
		return
	}
	switch op {
	case Add:
		for i, v := range a {
			dst[i] = v + b[i]
		}
	case Sub:
		for i, v := range a {
			dst[i] = v - b[i]
		}
	case Mul:
		for i, v := range a {
			dst[i] = v * b[i]
		}
	case Div:
		for i, v := range a {
			dst[i] = v / b[i]
		}
	default:
		for i, v := range a {
			dst[i] = apply(op, v, b[i])
		}
	}
}

// apply is one element of a binary operation.
func apply[T Float](op BinaryOp, a, b T) T {
	switch op {
	case Add:
		return a + b
	case Sub:
		return a - b
	case Mul:
		return a * b
	case Div:
		return a / b
	case Pow:
		return T(math.Pow(float64(a), float64(b)))
	case Max2:
		return max(a, b)
	case Min2:
		return min(a, b)
	case Atan2:
		return T(math.Atan2(float64(a), float64(b)))
	case Hypot:
		return T(math.Hypot(float64(a), float64(b)))
	case Less:
		if a < b {
			return 1
		}
	case LessEq:
		if a <= b {
			return 1
		}
	}
	return 0
}
