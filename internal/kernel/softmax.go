package kernel

import (
	"math"

	"tweedie/internal/par"
)

type softmaxJob[T Float] struct {
	log      bool
	rows, n  int
	perBlock int
	dst, x   []T
}

var softmaxJobs freeList

// Softmax computes dst[r,i] = exp(x[r,i]-m) / sum_k exp(x[r,k]-m), m = max_k x[r,k];
// x and dst [rows,n]; dst may be x.
// The relative error in float32 is at most 1e-6.
func Softmax[T Float](dst, x []T, rows, n int) {
	sized("Softmax", "dst", len(dst), rows*n)
	runSoftmax("Softmax", false, dst, x, rows, n)
}

// LogSumExp computes dst[r] = m + log(sum_k exp(x[r,k]-m)), m = max_k x[r,k]; x [rows,n], dst [rows].
// An empty row gives -Inf. The error in float32 is at most 1e-6 (1 + |dst[r]|).
func LogSumExp[T Float](dst, x []T, rows, n int) {
	sized("LogSumExp", "dst", len(dst), rows)
	runSoftmax("LogSumExp", true, dst, x, rows, n)
}

func runSoftmax[T Float](op string, log bool, dst, x []T, rows, n int) {
	sized(op, "x", len(x), rows*n)
	if n == 0 {
		Fill(dst, T(math.Inf(-1)))
		return
	}
	j := take[T, softmaxJob[T]](&softmaxJobs)
	*j = softmaxJob[T]{log, rows, n, max(1, dearBlock/n), dst, x}
	par.Do(blocksOf(rows, j.perBlock), j)
	give[T](&softmaxJobs, j)
}

func (j *softmaxJob[T]) Block(i int) {
	for r := i * j.perBlock; r < min((i+1)*j.perBlock, j.rows); r++ {
		x := j.x[r*j.n : (r+1)*j.n]
		if j.log {
			j.dst[r] = logSumExp(x)
		} else {
			softmax(j.dst[r*j.n:(r+1)*j.n], x)
		}
	}
}

func softmax[T Float](dst, x []T) {
	sum := expSum(dst, x, maxRun(x))
	binaryScalar(Mul, dst, dst, T(1/sum))
}

// expSum computes dst[i] = exp(x[i] - shift) and returns the sum.
func expSum[T Float](dst, x []T, shift T) (sum float64) {
	if !quick[T](len(x)) {
		for i, v := range x {
			e := math.Exp(float64(v) - float64(shift))
			dst[i] = T(e)
			sum += e
		}
		return sum
	}
	for lo := 0; lo < len(x); lo += leaf {
		n := min(leaf, len(x)-lo)
		sum += float64(fast.expSum(first(dst[lo:]), first(x[lo:]), n, float32(shift)))
	}
	return sum
}

func logSumExp[T Float](x []T) T {
	m := float64(maxRun(x))
	if math.IsInf(m, 0) || math.IsNaN(m) {
		return T(m)
	}
	var sum float64
	e := borrow[T](min(leaf, len(x)))
	for lo := 0; lo < len(x); lo += leaf {
		part := x[lo:min(lo+leaf, len(x))]
		sum += expSum(e.buf[:len(part)], part, T(m))
	}
	e.free()
	return T(m + math.Log(sum))
}
