package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// convOf computes y, dx and dw in float64 by the definition.
func convOf(p ConvArgs, x, y, w []float32) (wy, wx, ww []float64) {
	wy, wx, ww = make([]float64, len(y)), make([]float64, len(x)), make([]float64, len(w))
	eachTerm(p, func(iy, ix, iw int) {
		wy[iy] += float64(x[ix]) * float64(w[iw])
		wx[ix] += float64(y[iy]) * float64(w[iw])
		ww[iw] += float64(y[iy]) * float64(x[ix])
	})
	return wy, wx, ww
}

// relative is the largest error over the largest value of want.
func relative(got []float32, want []float64) float64 {
	var worst, largest float64
	for i, v := range want {
		d := math.Abs(float64(got[i]) - v)
		if math.IsNaN(d) {
			return math.Inf(1)
		}
		worst, largest = max(worst, d), max(largest, math.Abs(v))
	}
	return worst / max(largest, 1e-30)
}

// filteringBound is what the largest error of F(m x m, 3x3) may be, over the largest result.
var filteringBound = map[int]float64{2: 2e-6, 4: 3e-5, doubling: 2e-6}

// checkFiltering compares F(m x m, 3x3) with the definition.
func checkFiltering(t *testing.T, r *rand.Rand, m int, p ConvArgs) {
	t.Helper()
	p = p.full("test")
	one := p
	one.N = 1
	x, y, w := normal[float32](r, p.N*p.C*volume(p.In)), normal[float32](r, p.N*p.K*volume(p.Out)), normal[float32](r, p.K*p.C*9)
	wy, wx, ww := convOf(p, x, y, w)
	gy, gx, gw := guard[float32](len(y)), guard[float32](len(x)), guard[float32](len(w))
	winograd(m, p, gy.x, x, w, false, Epilogue[float32]{})
	winograd(map[int]int{2: 2, 4: 4, doubling: halving}[m], turned(p), gx.x, y, w, true, Epilogue[float32]{})
	winogradGrad(m, p, gw.x, x, y)
	for _, c := range []struct {
		what string
		got  guarded[float32]
		want []float64
	}{{"y", gy, wy}, {"dx", gx, wx}, {"dw", gw, ww}} {
		what := fmt.Sprintf("F(%d) %s of %+v", m, c.what, p)
		c.got.check(t, what)
		if e := relative(c.got.x, c.want); !(e <= filteringBound[m]) {
			t.Fatalf("%s: error %.3g of the largest, allowed %.3g", what, e, filteringBound[m])
		}
	}
}

// Every small height and width, with channels up to 40, batches to 3 and paddings to 2; fewer in a short run.
func TestWinogradOfSmallShapes(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		r := newRand(21)
		for h := 1; h <= 20; h++ {
			for w := 1; w <= 20; w++ {
				for _, m := range []int{2, 4} {
					if (h*w+m)%7 != 0 && h != w && min(h, w) > 1 {
						continue
					}
					if testing.Short() && (h+2*w)%5 != 0 {
						continue
					}
					p := plain(1+r.IntN(3), 1+r.IntN(8), 1+r.IntN(8), 1, 3)
					if h*w < 40 {
						p.C, p.K = 1+r.IntN(40), 1+r.IntN(40)
					}
					p.In[0], p.In[1] = h, w
					checkFiltering(t, r, m, withOut(p))
					for i := range 2 {
						p.PadLo[i], p.PadHi[i] = r.IntN(3), 1+r.IntN(2)
					}
					if p = withOut(p); min(p.Out[0], p.Out[1]) > 0 {
						checkFiltering(t, r, m, p)
					}
				}
			}
		}
	})
}

// Many channels, several chunks of weights, parts of the depth, wide rows of tiles.
func TestWinogradOfLargeShapes(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		r := newRand(22)
		for _, p := range []ConvArgs{plain(1, 70, 120, 8, 3), plain(2, 8, 152, 24, 3), plain(1, 300, 6, 5, 3), plain(1, 6, 300, 6, 3), plain(1, 3, 5, 70, 3), plain(9, 30, 14, 4, 3)} {
			checkFiltering(t, r, 4, p)
			checkFiltering(t, r, 2, p)
		}
		wide := plain(1, 4, 3, 6, 3)
		wide.In[1] = 290
		checkFiltering(t, r, 4, withOut(wide))
		checkFiltering(t, r, 2, withOut(wide))
	})
}

// A sample alone is cut by output channels and a batch by tiles, here with two chunks of weights: the bits are the
// same, and near those of the direct path.
func TestWinogradCutEitherWay(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		r := newRand(25)
		p := plain(16, 256, 240, 12, 3)
		x, w := normal[float32](r, size(p, p.C, p.In)), normal[float32](r, p.K*p.C*9)
		y, direct, alone := make([]float32, size(p, p.K, p.Out)), make([]float32, size(p, p.K, p.Out)), make([]float32, size(p, p.K, p.Out)/p.N)
		one := p
		one.N = 1
		blocks := func(p ConvArgs) int {
			p = p.full("test")
			g := newTileGrid(&p, filterings[4], tilesFor(36, p.C))
			return g.count
		}
		if a, b := blocks(p), blocks(one); a < fewBlocks || b >= fewBlocks || 36*p.C*p.K <= weightsKept {
			t.Fatalf("%d blocks in all and %d of one sample, %d elements of weights", a, b, 36*p.C*p.K)
		}
		Conv(p, y, x, w)
		for n := range p.N {
			Conv(one, alone, x[n*len(x)/p.N:(n+1)*len(x)/p.N], w)
			sameBits(t, fmt.Sprintf("sample %d alone and in a batch", n), alone, y[n*len(alone):(n+1)*len(alone)])
		}
		p.Direct = true
		Conv(p, direct, x, w)
		want := make([]float64, len(direct))
		for i, v := range direct {
			want[i] = float64(v)
		}
		if e := relative(y, want); !(e <= filteringBound[4]) {
			t.Errorf("%.3g of the largest value away from the direct path", e)
		}
	})
}

func TestConvPlus(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		r := newRand(23)
		for _, on := range []bool{false, true} {
			for _, p := range []ConvArgs{plain(3, 6, 13, 9, 3), plain(2, 5, 30, 17, 1), plain(2, 300, 7, 6, 3), plain(2, 6, 5, 40, 3)} {
				p.Direct = !on
				f := p.full("test")
				x, w := normal[float32](r, p.N*p.C*volume(f.In)), normal[float32](r, p.K*p.C*volume(f.Kernel))
				y, want := make([]float32, p.N*p.K*volume(f.Out)), make([]float32, p.N*p.K*volume(f.Out))
				e := Epilogue[float32]{Bias: normal[float32](r, p.K), Shift: normal[float32](r, p.N*p.K), Residual: normal[float32](r, len(y))}
				Conv(p, want, x, w)
				ConvPlus(p, y, x, w, e)
				area := volume(f.Out)
				for i, v := range want {
					nk := i / area
					ideal := float64(v) + float64(e.Bias[nk%p.K]) + float64(e.Shift[nk]) + float64(e.Residual[i])
					if d := math.Abs(float64(y[i]) - ideal); !(d <= 1e-6*(math.Abs(float64(v))+8)) {
						t.Fatalf("winograd %v, %+v: [%d] = %v, want %v", on, p, i, y[i], ideal)
					}
				}
			}
		}
	})
}

func TestConvAlgorithm(t *testing.T) {
	strided := plain(1, 64, 64, 16, 3)
	strided.Stride = [3]int{2, 2}
	for _, c := range []struct {
		p    ConvArgs
		want string
	}{
		{plain(8, 64, 64, 32, 3), "winograd F(4x4,3x3)"},
		{plain(1, 64, 64, 4, 3), "winograd F(2x2,3x3)"},
		{plain(8, 3, 64, 32, 3), "direct"},
		{plain(8, 64, 64, 32, 1), "direct"},
		{twice(plain(1, 7, 64, 4, 3)), "direct"},
		{twice(plain(1, 64, 64, 4, 3)), "winograd of a doubled image"},
		{twice(plain(1, 64, 64, 3, 3)), "winograd of a doubled image"},
		{withOut(strided), "direct"},
	} {
		if got := ConvAlgorithm(c.p); got != c.want {
			t.Errorf("%+v: %s, want %s", c.p, got, c.want)
		}
		c.p.Direct = true
		if got := ConvAlgorithm(c.p); got != "direct" {
			t.Errorf("%+v without Winograd: %s", c.p, got)
		}
	}
}

// Filtering changes bits, so a caller that forbids it gets the direct path's.
func TestDirect(t *testing.T) {
	r := newRand(24)
	p := plain(1, 16, 16, 16, 3)
	x, w := normal[float32](r, size(p, p.C, p.In)), normal[float32](r, p.K*p.C*9)
	var y [2][]float32
	for i := range y {
		p.Direct = i == 1
		y[i] = make([]float32, size(p, p.K, p.Out))
		Conv(p, y[i], x, w)
	}
	want, _, _ := convOf(p, x, y[0], w)
	if f, d := relative(y[0], want), relative(y[1], want); !(d < 1e-6 && f < 3e-5 && f > d) {
		t.Errorf("errors %.3g filtered, %.3g direct", f, d)
	}
}

func ExampleConvAlgorithm() {
	p := ConvArgs{N: 8, C: 64, K: 64, Groups: 1, Dims: 2}
	for i := range 2 {
		p.In[i], p.Kernel[i], p.Stride[i], p.Dilation[i], p.PadLo[i], p.PadHi[i], p.Out[i] = 32, 3, 1, 1, 1, 1, 32
	}
	for _, p.Direct = range []bool{false, true} {
		fmt.Println(ConvAlgorithm(p))
	}
	// Output:
	// winograd F(4x4,3x3)
	// direct
}
