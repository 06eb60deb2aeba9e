package kernel

import (
	"math"
	"testing"
)

// The exponential of a strip is right to 2^-23 and the rounding of its argument; sums over many rows are right too.
func TestColumnExp(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for _, rows := range []int{1, 2, 7, 255, 256, 257, 5000} {
			const width = 32
			x := normal[float32](newRand(74), rows*width)
			for i := range x {
				x[i] *= 20
			}
			most, sum := make([]float32, width), make([]float32, width)
			fill(most, float32(math.Inf(-1)))
			columnMax(most, x)
			want, total, top := wide64(x), make([]float64, width), make([]float64, width)
			for l := range top {
				top[l] = math.Inf(-1)
			}
			for i, v := range want {
				top[i%width] = max(top[i%width], v)
			}
			near(t, "maximum", most, top, 0, 0)
			g := guard[float32](len(x))
			copy(g.x, x)
			columnExp(g.x, most, sum)
			g.check(t, "columnExp")
			for i, v := range want {
				v -= top[i%width]
				e := math.Exp(v)
				if d := math.Abs(float64(g.x[i]) - e); !(d <= 1e-38+e*(0x1p-23-v*0x1p-24)) {
					t.Fatalf("exp(%v) is %v, want %v", v, g.x[i], e)
				}
				total[i%width] += e
			}
			near(t, "sum", sum, total, 0, 2e-6)
		}
	})
}
