package kernel

import "tweedie/internal/par"

type binaryScalarJob[T Float] struct {
	op     BinaryOp
	size   int
	dst, a []T
	b      T
}

var binaryScalarJobs freeList

// BinaryScalar computes dst[i] = op(a[i], b) for a number b; dst may be a.
func BinaryScalar[T Float](op BinaryOp, dst, a []T, b T) {
	sized("BinaryScalar", "a", len(a), len(dst))
	if op >= binaryOps {
		panic(&ArgError{"BinaryScalar", "no operation " + op.String()})
	}
	j := take[T, binaryScalarJob[T]](&binaryScalarJobs)
	*j = binaryScalarJob[T]{op, block, dst, a, b}
	if op.dear() {
		j.size = dearBlock
	}
	par.Do(blocksOf(len(dst), j.size), j)
	give[T](&binaryScalarJobs, j)
}

func (j *binaryScalarJob[T]) Block(i int) {
	lo := i * j.size
	hi := min(lo+j.size, len(j.dst))
	binaryScalar(j.op, j.dst[lo:hi], j.a[lo:hi], j.b)
}
