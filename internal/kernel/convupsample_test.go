package kernel

import (
	"fmt"
	"testing"
)

// twice is p with every element of the input repeated along both axes.
func twice(p ConvArgs) ConvArgs {
	p.Upsample = [3]int{2, 2}
	return withOut(p)
}

// repeatedFirst is y, dx and dw of a plane convolution by way of an array of the upsampled input.
func repeatedFirst[T Float](p ConvArgs, x, dy, w []T) (y, dx, dw []T) {
	up, coarse, k := p, [3]int{1, p.In[0], p.In[1]}, [3]int{1, once(p.Upsample[0]), once(p.Upsample[1])}
	up.In, up.Upsample = [3]int{p.In[0] * k[1], p.In[1] * k[2]}, [3]int{}
	fine, grad := make([]T, len(x)*volume(k)), make([]T, len(x)*volume(k))
	y, dx, dw = make([]T, len(dy)), make([]T, len(x)), make([]T, len(w))
	Repeat(fine, x, p.N*p.C, coarse, k, 1)
	Conv(up, y, fine, w)
	ConvInputGrad(up, grad, dy, w)
	PoolSum(dx, grad, p.N*p.C, coarse, k, 1)
	ConvWeightGrad(up, dw, fine, dy)
	return y, dx, dw
}

// checkUpsample compares upsampling in the convolution with upsampling before it: bit for bit on the direct path, and
// where doubling is allowed within its bound.
func checkUpsample[T Float](t *testing.T, p ConvArgs, seed uint64) {
	t.Helper()
	p.Direct = true
	r := newRand(seed)
	x, dy, w := normal[T](r, size(p, p.C, p.In)), normal[T](r, size(p, p.K, p.Out)), normal[T](r, p.K*p.C/p.Groups*9)
	y, dx, dw := repeatedFirst(p, x, dy, w)
	gy, gx, gw := guard[T](len(y)), guard[T](len(x)), guard[T](len(w))
	for _, on := range []bool{false, true} {
		p.Direct = !on
		Conv(p, gy.x, x, w)
		ConvInputGrad(p, gx.x, dy, w)
		ConvWeightGrad(p, gw.x, x, dy)
		for _, c := range []struct {
			what string
			got  guarded[T]
			want []T
		}{{"y", gy, y}, {"dx", gx, dx}, {"dw", gw, dw}} {
			what := fmt.Sprintf("%s[%s] of %+v", c.what, typeName[T](), p)
			c.got.check(t, what)
			if !on || !isSingle[T]() {
				sameBits(t, what, c.got.x, c.want)
			} else if e := relative(single(c.got.x), wide64(c.want)); !(e <= 2*filteringBound[doubling]) {
				t.Fatalf("%s: doubling differs by %.3g of the largest, allowed %.3g", what, e, 2*filteringBound[doubling])
			}
		}
	}
}

// Every height and width to 10, padded by none or one at each side, with stride 1 and 2, filtered and direct;
// every eleventh of these in a short run.
func TestUpsampleOfSmallShapes(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for i := range 100 * 4 * 2 * 2 {
			if testing.Short() && i%11 != 0 {
				continue
			}
			h, w, pad, stride, channels := i%10+1, i/10%10+1, i/100%4, i/400%2+1, 3+6*(i/800)
			p := plain(2, channels, 5, 1, 3)
			p.In, p.Stride = [3]int{h, w}, [3]int{stride, stride}
			p.PadLo, p.PadHi = [3]int{pad % 2, pad / 2}, [3]int{pad / 2, pad % 2}
			if p = twice(p); min(p.Out[0], p.Out[1]) > 0 {
				checkUpsample[float32](t, p, uint64(i))
				if i%7 == 0 {
					checkUpsample[float64](t, p, uint64(i))
				}
			}
		}
	})
}

// Parts of the depth, several chunks of weights, groups, depthwise, rows of tiles in pieces and blocks of many samples.
func TestUpsampleOfLargeShapes(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		wide, grouped, depthwise, mixed := plain(1, 8, 3, 3, 3), plain(2, 12, 9, 7, 3), plain(2, 8, 8, 9, 3), plain(2, 3, 3, 9, 3)
		wide.In[1] = 147
		grouped.Groups, depthwise.Groups = 3, 8
		mixed.Upsample = [3]int{1, 2}
		for i, p := range []ConvArgs{twice(wide), twice(grouped), twice(depthwise), withOut(mixed), twice(plain(1, 70, 120, 4, 3)), twice(plain(9, 30, 14, 2, 3)), twice(plain(2, 300, 8, 3, 3)), twice(plain(3, 16, 20, 16, 3))} {
			checkUpsample[float32](t, p, uint64(i))
		}
	})
}

// Every width to 10 and height to 20, rows of tiles in pieces, parts of the depth and blocks of many samples, against the definition.
func TestDoubling(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		r := newRand(25)
		for i := range 200 {
			p := plain(1+r.IntN(3), 1+r.IntN(9), 1+r.IntN(9), 1, 3)
			p.In = [3]int{1 + i%10, 1 + i/10}
			checkFiltering(t, r, doubling, twice(p))
		}
		wide := plain(1, 4, 3, 6, 3)
		wide.In[1] = 150
		for _, p := range []ConvArgs{wide, plain(1, 70, 120, 4, 3), plain(2, 8, 152, 12, 3), plain(1, 300, 6, 5, 3), plain(9, 30, 14, 4, 3)} {
			checkFiltering(t, r, doubling, twice(p))
		}
	})
}

// What a convolution adds to its result is added after upsampling.
func TestUpsamplePlus(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		r := newRand(26)
		for _, channels := range []int{3, 9} {
			p := twice(plain(3, channels, 13, 5, 3))
			x, w := normal[float32](r, size(p, p.C, p.In)), normal[float32](r, p.K*p.C*9)
			y, want := make([]float32, size(p, p.K, p.Out)), make([]float32, size(p, p.K, p.Out))
			e := Epilogue[float32]{Bias: normal[float32](r, p.K), Shift: normal[float32](r, p.N*p.K), Residual: normal[float32](r, len(y))}
			ConvPlus(p, y, x, w, e)
			up := p
			up.In, up.Upsample = p.Out, [3]int{}
			fine := make([]float32, 4*len(x))
			Repeat(fine, x, p.N*p.C, [3]int{1, p.In[0], p.In[1]}, [3]int{1, 2, 2}, 1)
			ConvPlus(up, want, fine, w, e)
			if e := relative(y, wide64(want)); !(e <= filteringBound[4]) {
				t.Fatalf("%+v: error %.3g of the largest", p, e)
			}
		}
	})
}

func ExampleConv_upsample() {
	p := ConvArgs{N: 1, C: 1, K: 1, Groups: 1, Dims: 1}
	p.In[0], p.Kernel[0], p.Stride[0], p.Dilation[0], p.Upsample[0], p.Out[0] = 3, 2, 1, 1, 2, 5
	y := make([]float64, 5)
	Conv(p, y, []float64{1, 2, 4}, []float64{1, 1})
	fmt.Println(y)
	// Output: [2 3 4 6 8]
}

// BenchmarkUpsample times what a U-Net's upsampling does, in one pass and by way of an array.
func BenchmarkUpsample(b *testing.B) {
	for _, s := range [][4]int{{8, 128, 128, 4}, {8, 128, 128, 8}, {8, 128, 128, 16}, {8, 256, 256, 8}, {8, 3, 64, 16}} {
		p := twice(plain(s[0], s[1], s[2], s[3], 3))
		r := newRand(1)
		x, y, w := normal[float32](r, size(p, p.C, p.In)), normal[float32](r, size(p, p.K, p.Out)), normal[float32](r, p.K*p.C*9)
		up, coarse, k := p, [3]int{1, p.In[0], p.In[1]}, [3]int{1, 2, 2}
		up.In, up.Upsample = p.Out, [3]int{}
		fine := make([]float32, 4*len(x))
		for _, c := range []struct {
			name          string
			fused, before func()
		}{
			{"y", func() { Conv(p, y, x, w) }, func() { Repeat(fine, x, p.N*p.C, coarse, k, 1); Conv(up, y, fine, w) }},
			{"dx", func() { ConvInputGrad(p, x, y, w) }, func() { ConvInputGrad(up, fine, y, w); PoolSum(x, fine, p.N*p.C, coarse, k, 1) }},
			{"dw", func() { ConvWeightGrad(p, w, x, y) }, func() { ConvWeightGrad(up, w, fine, y) }},
		} {
			for _, f := range []struct {
				name string
				run  func()
			}{{"fused", c.fused}, {"apart", c.before}} {
				b.Run(fmt.Sprintf("%dx%dx%dx%d/%s/%s", s[0], s[1], s[2], s[3], c.name, f.name), func(b *testing.B) {
					for b.Loop() {
						f.run()
					}
				})
			}
		}
	}
}
