package edm

import (
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/layers"
	"tweedie/rng"
)

// plane is an image of one channel, zero outside.
type plane struct {
	n int
	v []float64
}

func (p plane) at(i, j int) float64 {
	if i < 0 || j < 0 || i >= p.n || j >= p.n {
		return 0
	}
	return p.v[i*p.n+j]
}

// correlate is y_ij = sum_ab w_ab x_(s i + a - pad, s j + b - pad), m values a side.
func correlate(x plane, w func(a, b int) float64, k, s, pad, m int) plane {
	y := plane{m, make([]float64, m*m)}
	for i := range m {
		for j := range m {
			for a := range k {
				for b := range k {
					y.v[i*m+j] += w(a, b) * x.at(s*i+a-pad, s*j+b-pad)
				}
			}
		}
	}
	return y
}

// TestEDMFilters: pyramids and blocks resample as the original's sums do, with a filter that is not symmetric: going down
// a correlation of stride 2, after the convolution where there is one, going up its transpose with four times the filter.
func TestEDMFilters(t *testing.T) {
	for _, f := range [][]float64{{1, 1}, {1, 3}, {1, 3, 2, 0.5}, {0.2, 1, 3, 2, 0.5, -0.1}} {
		sum := 0.0
		for _, v := range f {
			sum += v
		}
		k, pad := len(f), (len(f)-1)/2
		filter := func(a, b int) float64 { return f[a] * f[b] / (sum * sum) }
		c := Default("EDMPrecond", "SongUNet")
		c.Kwargs.ResampleFilter = f
		b := &builder{cfg: c, song: true}
		b.Path = layers.Root(rng.New(1))
		conv := b.halve("conv", 1, 1)
		w, bias := conv.Params()[0].Data(), conv.Params()[1].Data()
		bias[0] = 0.25
		x := plane{8, make([]float64, 64)}
		rng.New(2).Stream().FillNorm(x.v)

		down := correlate(x, filter, k, 2, pad, 4)
		wide := correlate(x, func(a, b int) float64 { return float64(w[3*a+b]) }, 3, 1, 1+pad, 8+2*pad)
		convolved := correlate(wide, filter, k, 2, 0, 4)
		for i := range convolved.v {
			convolved.v[i] += 0.25
		}
		up := plane{16, make([]float64, 256)}
		for i := range 8 {
			for j := range 8 {
				for a := range k {
					for b := range k {
						if r, s := 2*i+a-pad, 2*j+b-pad; r >= 0 && s >= 0 && r < 16 && s < 16 {
							up.v[16*r+s] += 4 * filter(a, b) * x.at(i, j)
						}
					}
				}
			}
		}
		for name, k := range map[string]struct {
			layer layers.Layer
			want  plane
		}{"down": {b.resample("down", "down"), down}, "up": {b.resample("up", "up"), up}, "convolved and down": {conv, convolved}} {
			if b.Err != nil {
				t.Fatal(b.Err)
			}
			s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
			y := k.layer.Forward(s, s.Const64(autodiff.S(1, 1, 8, 8), x.v))
			if y.Shape() != autodiff.S(1, 1, k.want.n, k.want.n) {
				t.Fatalf("%v %s: %v, want side %d", f, name, y.Shape(), k.want.n)
			}
			got := make([]float64, y.Size())
			y.CopyTo64(got)
			for i, v := range got {
				if !(math.Abs(v-k.want.v[i]) <= 1e-6) {
					t.Errorf("%v %s: value %d is %g, want %g", f, name, i, v, k.want.v[i])
					break
				}
			}
			s.Close()
		}
	}
}
