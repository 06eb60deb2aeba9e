package learned

import (
	"tweedie/autodiff"
	"tweedie/layers"
)

// depth is the number of levels of the adapter, and block the number of pixels, along an axis, that one entry of a kernel code
// stands for: 2 halvings before the adapter and one for each level.
const (
	depth = 5
	block = 1 << (2 + depth)
)

// adapter is the U-Net G(h, k) of the blur network. Level i takes h_i and returns
//
//	g_i = [u_i relu(g_(i+1)), l(h_i)],   h_(i+1) = d_i l(h_i),   g_5 = [h_5, k]
//
// with convolutions d_i of 4 x 4 and stride 2, their transposed kind u_i, l the leaky rectifier of slope 0.2, and brackets for
// channels one after the other. Level 0 has no l and returns tanh(u_0 relu(g_1)).
type adapter [depth]level

type level struct {
	down *layers.Conv
	up   transposed
}

// addAdapter adds the levels, each within the one above it.
func (n *network) addAdapter(p layers.Path, z sizes) {
	outer, place := z.width, "0"
	for i := range n.adapter {
		inner := z.width * min(8, 1<<i)
		ones, twos := []int{1, 1}, []int{2, 2}
		given := 2 * inner
		if i == depth-1 {
			given = inner + z.code
		}
		n.adapter[i].down = n.add(p.At("down").At(place), layers.ConvConfig{In: outer, Out: inner, Kernel: []int{4, 4}, Stride: twos, PadLo: ones, PadHi: ones,
			NoBias: true, Init: he(16*outer, 1)})
		n.adapter[i].up = n.transposed(p.At("up").At("1"), given, outer, i == 0)
		outer, place, p = inner, "1", p.At("submodule")
	}
}

// forward returns g_i of h_i = x.
func (a *adapter) forward(s *autodiff.Scope, i int, x, k autodiff.Var) autodiff.Var {
	c := s.Child()
	if i > 0 {
		x = c.LeakyReLU(x, 0.2)
	}
	g := a[i].down.Forward(c, x)
	if i == depth-1 {
		g = c.Concat(1, g, k)
	} else {
		g = a.forward(c, i+1, g, k)
	}
	y := a[i].up.forward(c, c.ReLU(g))
	if i > 0 {
		y = c.Concat(1, y, x)
	} else {
		y = c.Tanh(y)
	}
	c.Close(y)
	return y
}

// transposed is a transposed convolution of 4 x 4 that doubles both extents. Parameters: weight [In,Out,4,4], bias [Out].
type transposed struct{ weight, bias *autodiff.Param }

// transposed adds one. Four products of each input channel meet in a pixel.
func (n *network) transposed(p layers.Path, in, out int, bias bool) (t transposed) {
	if err := p.Fits("conv", in, out, 4, 4); err != nil {
		if n.err == nil {
			n.err = err
		}
		return t
	}
	t.weight = p.Param("weight", autodiff.S(in, out, 4, 4), he(4*in, 1))
	n.params = append(n.params, t.weight)
	if bias {
		t.bias = p.Param("bias", autodiff.S(out), layers.Zero())
		n.params = append(n.params, t.bias)
	}
	return t
}

func (t transposed) forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Child()
	spec := autodiff.ConvSpec{Stride: [3]int{2, 2, 2}, PadLo: [3]int{1, 1, 1}, PadHi: [3]int{1, 1, 1}}
	y := c.ConvInputGrad(x, c.Param(t.weight), spec, autodiff.S(x.Dim(0), t.weight.Shape().Dim(1), 2*x.Dim(2), 2*x.Dim(3)))
	if t.bias != nil {
		y = c.AddChannel(y, c.Param(t.bias))
	}
	c.Close(y)
	return y
}
