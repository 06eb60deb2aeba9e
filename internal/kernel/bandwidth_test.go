package kernel

import (
	"fmt"
	"testing"
	"time"

	"tweedie/internal/par"
)

// copyJob copies in blocks, as the kernels that move memory do.
type copyJob struct{ dst, src []float32 }

func (j *copyJob) Block(i int) {
	lo, hi := i*block, min((i+1)*block, len(j.src))
	copy(j.dst[lo:hi], j.src[lo:hi])
}

// copyRate is the best rate of copying n numbers, in bytes read and written a second.
func copyRate(n int) float64 {
	j := &copyJob{make([]float32, n), make([]float32, n)}
	best := 0.0
	for range 50 {
		begin := time.Now()
		par.Do(blocksOf(n, block), j)
		best = max(best, float64(8*n)/time.Since(begin).Seconds())
	}
	return best
}

// BenchmarkMemory is the kernels that memory bounds at the sizes of a U-Net, as a fraction of the rate of copying as much,
// measured just before.
func BenchmarkMemory(b *testing.B) {
	for _, s := range [][3]int{{8, 64, 1024}, {8, 128, 256}, {8, 128, 64}, {1, 64, 1024}} {
		n, c, area := s[0], s[1], s[2]
		size := n * c * area
		r := newRand(1)
		x, y, z := normal[float32](r, size), normal[float32](r, size), normal[float32](r, size)
		wide := make([]float64, size)
		dst, gamma := make([]float32, size), normal[float32](r, c)
		for _, k := range []struct {
			name  string
			words int
			f     func()
		}{
			{"Add", 3, func() { Binary(Add, dst, x, y) }},
			{"SiLU", 2, func() { Unary(SiLU, dst, x) }},
			{"GroupNormSiLU", 2, func() { GroupNorm(dst, x, gamma, gamma, n, c, area, 32, 1e-5, true) }},
			{"Softmax", 2, func() { Softmax(dst, x, size/area, area) }},
			{"Transpose", 2, func() { Permute(dst, x, []int{n, area, c}, []int{c * area, 1, area}) }},
			{"SumRows", 1, func() { Sum(dst[:n*c], x, n*c, area, 1) }},
			{"Dot", 2, func() { Dot(x, y) }},
			{"Adam", 7, func() { Adam(x, y, z, z, 1e-3, 0.9, 0.999, 1e-8, 0, 1, 1) }},
			{"Mix", 5, func() { Mix(wide, x, 0.999) }},
		} {
			b.Run(fmt.Sprintf("%s/%dx%dx%d/%s", Path(), n, c, area, k.name), func(b *testing.B) {
				peak := copyRate(size)
				for b.Loop() {
					k.f()
				}
				rate := float64(4*size*k.words) * float64(b.N) / b.Elapsed().Seconds()
				b.ReportMetric(rate/1e9, "GB/s")
				b.ReportMetric(rate/peak, "of-copy")
			})
		}
	}
}
