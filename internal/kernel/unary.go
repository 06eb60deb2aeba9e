package kernel

import (
	"fmt"
	"math"

	"tweedie/internal/par"
)

// UnaryOp names a function of one number.
type UnaryOp uint8

// Functions of one number.
const (
	Neg UnaryOp = iota
	Abs
	Sign // -1, 0, 1; NaN for NaN
	Square
	Sqrt
	Rsqrt // 1/sqrt(x)
	Recip // 1/x
	Exp
	Expm1
	Log
	Log1p
	Sin
	Cos
	Tanh
	Sigmoid  // 1/(1+exp(-x))
	SiLU     // x sigmoid(x)
	GELU     // x Phi(x), Phi the normal distribution function (the erf form)
	Softplus // log(1+exp(x))
	Erf
	siluGrad
	unaryOps
)

var unaryNames = [unaryOps]string{"Neg", "Abs", "Sign", "Square", "Sqrt", "Rsqrt", "Recip", "Exp", "Expm1", "Log", "Log1p",
	"Sin", "Cos", "Tanh", "Sigmoid", "SiLU", "GELU", "Softplus", "Erf", "SiLUGrad"}

// String returns the operation's name.
func (op UnaryOp) String() string {
	if op >= unaryOps {
		return fmt.Sprintf("UnaryOp(%d)", uint8(op))
	}
	return unaryNames[op]
}

// block is the number of elements in a block of cheap elementwise work, and
// dearBlock in a block of functions that cost tens of operations each.
const (
	block     = 1 << 14
	dearBlock = 1 << 12
)

// blocksOf returns the number of blocks of b elements that cover n.
func blocksOf(n, b int) int { return (n + b - 1) / b }

type unaryJob[T Float] struct {
	op     UnaryOp
	size   int
	dst, x []T
}

var unaryJobs freeList

func (j *unaryJob[T]) Block(i int) {
	lo := i * j.size
	hi := min(lo+j.size, len(j.dst))
	unary(j.op, j.dst[lo:hi], j.x[lo:hi])
}

// Unary computes dst[i] = op(x[i]); dst may be x.
//
// In float64, and in plain Go, the error is that of package math. In assembly that of a
// result r is at most k 2^-23 |r|, which is between k and 2 k units in the last place: k is
// 1/2 for Square, Sqrt and Recip; 1 for Exp and Rsqrt; 2 for Expm1, Log, Tanh, Sigmoid,
// SiLU and Erf; 3 for Log1p and Softplus; 5 for GELU. Denormals are zeros, as in any block
// of package par, but to Neg and Abs: as arguments, and as results and their factors, so that a result below
// 1.2e-38, or below 1.2e-36 of SiLU and GELU, may be zero. NaN gives NaN, an infinity the
// limit, and what overflows infinity.
// It panics with a *SizeError when the lengths differ.
func Unary[T Float](op UnaryOp, dst, x []T) {
	sized("Unary", "x", len(x), len(dst))
	if op >= unaryOps {
		panic(&ArgError{"Unary", "no operation " + op.String()})
	}
	size := dearBlock
	if op <= Recip && op != Rsqrt || isSingle[T]() && fast.unary[op] != nil {
		size = block
	}
	j := take[T, unaryJob[T]](&unaryJobs)
	j.op, j.size, j.dst, j.x = op, size, dst, x
	par.Do(blocksOf(len(dst), size), j)
	give[T](&unaryJobs, j)
}

// SiLUGrad computes dst[i] = d/dx silu(x) = s (1 + x (1-s)), s = sigmoid(x); dst may be x.
// In assembly the error is at most 3e-7 + 5e-7 |result|.
func SiLUGrad[T Float](dst, x []T) { Unary(siluGrad, dst, x) }

// unary is Unary on one block.
func unary[T Float](op UnaryOp, dst, x []T) {
	x = x[:len(dst)]
	if quick[T](len(dst)) && fast.unary[op] != nil {
		fast.unary[op](first(dst), first(x), len(dst))
		return
	}
	switch op {
	case Neg:
		for i, v := range x {
			dst[i] = -v
		}
	case Abs:
		for i, v := range x {
			dst[i] = T(math.Abs(float64(v)))
		}
	case Sign:
		for i, v := range x {
			switch {
			case v > 0:
				v = 1
			case v < 0:
				v = -1
			}
			dst[i] = v
		}
	case Square:
		for i, v := range x {
			dst[i] = v * v
		}
	case Sqrt:
		for i, v := range x {
			dst[i] = T(math.Sqrt(float64(v)))
		}
	case Rsqrt:
		for i, v := range x {
			dst[i] = T(1 / math.Sqrt(float64(v)))
		}
	case Recip:
		for i, v := range x {
			dst[i] = 1 / v
		}
	case Exp:
		each(dst, x, math.Exp)
	case Expm1:
		each(dst, x, math.Expm1)
	case Log:
		each(dst, x, math.Log)
	case Log1p:
		each(dst, x, math.Log1p)
	case Sin:
		each(dst, x, math.Sin)
	case Cos:
		each(dst, x, math.Cos)
	case Tanh:
		each(dst, x, math.Tanh)
	case Erf:
		each(dst, x, math.Erf)
	case Sigmoid:
		each(dst, x, sigmoid)
	case SiLU:
		each(dst, x, silu)
	case GELU:
		each(dst, x, gelu)
	case Softplus:
		each(dst, x, softplus)
	case siluGrad:
		each(dst, x, gradSiLU)
	}
}
