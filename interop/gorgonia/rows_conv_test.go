package gorgonia_test

import (
	"fmt"

	gg "gorgonia.org/gorgonia"

	. "tweedie/autodiff"
)

// convRows are the convolution and its two adjoints, with strides, padding and dilation, and the resampling ops.
func convRows() []row {
	var rows []row
	for i, c := range []struct {
		x, w                Shape
		stride, pad, dilate int
	}{
		{S(2, 3, 5, 6), S(4, 3, 3, 3), 1, 1, 1},
		{S(2, 3, 5, 6), S(4, 3, 3, 3), 1, 0, 1},
		{S(1, 2, 7, 6), S(3, 2, 3, 2), 2, 1, 1},
		{S(1, 2, 9, 8), S(3, 2, 3, 3), 1, 2, 2},
		{S(2, 3, 4, 4), S(5, 3, 1, 1), 1, 0, 1},
		{S(1, 2, 9, 9), S(2, 2, 3, 3), 2, 2, 2},
	} {
		spec := ConvSpec{}
		for k := range 2 {
			spec.Stride[k], spec.PadLo[k], spec.PadHi[k], spec.Dilation[k] = c.stride, c.pad, c.pad, c.dilate
		}
		conv := func(x, w node) node {
			return gg.Must(gg.Conv2d(x, w, []int{c.w.Dim(2), c.w.Dim(3)}, []int{c.pad, c.pad}, []int{c.stride, c.stride}, []int{c.dilate, c.dilate}))
		}
		y := S(c.x.Dim(0), c.w.Dim(0), extent(c.x.Dim(2), c.w.Dim(2), c.stride, c.pad, c.dilate), extent(c.x.Dim(3), c.w.Dim(3), c.stride, c.pad, c.dilate))
		name := fmt.Sprintf("%v with %v, stride %d, padding %d, dilation %d", c.x, c.w, c.stride, c.pad, c.dilate)
		rows = append(rows,
			row{Name: "conv of " + name, Seed: uint64(400 + i), In: []Shape{c.x, c.w},
				Ours:   two(func(s *Scope, x, w Var) Var { return s.Conv(x, w, spec) }),
				Theirs: func(x []node) node { return conv(x[0], x[1]) }},
			row{Name: "convolution plus residual of " + name, Seed: uint64(400 + i), In: []Shape{c.x, c.w, y},
				Ours:   func(s *Scope, x []Var) Var { return s.ConvPlus(x[0], x[1], Var{}, x[2], spec) },
				Theirs: func(x []node) node { return gg.Must(gg.Add(conv(x[0], x[1]), x[2])) }},
			row{Name: "conv_input_grad of " + name, Seed: uint64(400 + i), In: []Shape{y, c.w},
				Ours: two(func(s *Scope, dy, w Var) Var { return s.ConvInputGrad(dy, w, spec, c.x) }),
				Loss: func(x []node, p node) node { return dot(x[0], conv(p, x[1])) }},
			row{Name: "conv_weight_grad of " + name, Seed: uint64(400 + i), In: []Shape{c.x, y},
				Ours: two(func(s *Scope, x, dy Var) Var { return s.ConvWeightGrad(x, dy, spec, c.w) }),
				Loss: func(x []node, p node) node { return dot(conv(x[0], p), x[1]) }})
	}
	return append(rows,
		row{Name: "conv in one dimension", Seed: 420, In: []Shape{S(2, 3, 9), S(4, 3, 3)},
			Ours: two(func(s *Scope, x, w Var) Var {
				return s.Conv(x, w, ConvSpec{Stride: [3]int{2}, PadLo: [3]int{1}, PadHi: [3]int{1}})
			}),
			Theirs: func(x []node) node {
				y := gg.Must(gg.Conv1d(reshape(x[0], 2, 3, 1, 9), reshape(x[1], 4, 3, 1, 3), 3, 1, 2, 1))
				return reshape(y, 2, 4, 5)
			}},
		row{Name: "conv upsampled", Seed: 425, In: []Shape{S(2, 3, 2, 3), S(4, 3, 3, 3)},
			Ours: two(func(s *Scope, x, w Var) Var {
				p := SamePad(3)
				p.Upsample = [3]int{2, 2}
				return s.Conv(x, w, p)
			}),
			Theirs: func(x []node) node {
				return gg.Must(gg.Conv2d(gg.Must(gg.Upsample2D(x[0], 2)), x[1], []int{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}))
			}},
		row{Name: "avg_pool 2", Seed: 421, In: []Shape{S(2, 3, 4, 6)}, Ours: one(func(s *Scope, x Var) Var { return s.AvgPool(x, 2) }), Theirs: windows(2, 2)},
		row{Name: "avg_pool 3 by 2", Seed: 422, In: []Shape{S(1, 2, 6, 4)}, Ours: one(func(s *Scope, x Var) Var { return s.AvgPool(x, 3, 2) }), Theirs: windows(3, 2)},
		row{Name: "up_nearest 2", Seed: 423, In: []Shape{S(2, 3, 2, 3)}, Ours: one(func(s *Scope, x Var) Var { return s.UpNearest(x, 2) }), Theirs: func(x []node) node { return gg.Must(gg.Upsample2D(x[0], 2)) }},
		row{Name: "up_nearest 3", Seed: 424, In: []Shape{S(1, 2, 2, 3)}, Ours: one(func(s *Scope, x Var) Var { return s.UpNearest(x, 3) }), Theirs: func(x []node) node { return gg.Must(gg.Upsample2D(x[0], 3)) }},
	)
}

func extent(n, k, stride, pad, dilation int) int { return (n+2*pad-dilation*(k-1)-1)/stride + 1 }

// windows is the mean over windows of h by w elements, as a convolution of every channel by itself.
func windows(h, w int) program {
	return func(x []node) node {
		sh := x[0].Shape()
		k := S(1, 1, h, w)
		planes := reshape(x[0], sh[0]*sh[1], 1, sh[2], sh[3])
		y := gg.Must(gg.Conv2d(planes, fixed(planes, "window", k, fill(k, 1/float64(h*w))), []int{h, w}, []int{0, 0}, []int{h, w}, []int{1, 1}))
		return reshape(y, sh[0], sh[1], sh[2]/h, sh[3]/w)
	}
}
