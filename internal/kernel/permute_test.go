package kernel

import (
	"fmt"
	"testing"
)

func TestPermute(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		checkPermute[float32](t)
		checkPermute[float64](t)
	})
}

func checkPermute[T Float](t *testing.T) {
	r := newRand(17)
	for round := range 300 {
		rank := r.IntN(6)
		order := r.Perm(rank)
		from, stride := make([]int, rank), make([]int, rank) // sizes and strides of x
		n := 1
		for i := rank - 1; i >= 0; i-- {
			from[i] = 1 + r.IntN(6)
			if r.IntN(5) == 0 && n < 3000 {
				from[i] += 60 + r.IntN(20)
			}
			stride[i] = n
			n *= from[i]
		}
		dims, strides := make([]int, rank), make([]int, rank)
		size := 1
		for i, a := range order {
			dims[i], strides[i] = from[a], stride[a]
			if round%5 == 0 && r.IntN(3) == 0 {
				strides[i] = 0 // broadcast
			}
			size *= dims[i]
		}
		x := make([]T, n)
		for i := range x {
			x[i] = T(i)
		}
		got := guard[T](size)
		Permute(got.x, x, dims, strides)
		what := fmt.Sprint("Permute ", dims, strides)
		got.check(t, what)
		for i, v := range got.x {
			at := 0
			for d, rest := rank-1, i; d >= 0; d-- {
				at, rest = at+rest%dims[d]*strides[d], rest/dims[d]
			}
			if v != x[at] {
				t.Fatalf("%s: [%d] = %v, want %v", what, i, v, x[at])
			}
		}
	}
}

func ExamplePermute() {
	y := make([]float64, 6) // the transpose of a 2 x 3 array
	Permute(y, []float64{1, 2, 3, 4, 5, 6}, []int{3, 2}, []int{1, 3})
	fmt.Println(y)
	// Output: [1 4 2 5 3 6]
}
