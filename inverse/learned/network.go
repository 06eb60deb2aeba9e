package learned

import (
	"math"
	"strconv"

	"tweedie/autodiff"
	"tweedie/layers"
)

// sizes says how large a network is.
type sizes struct {
	channels    int // of the image
	width       int // of the features at a quarter of the resolution
	front, back int // residual blocks before and behind the adapter
	tail        int // width at full resolution
	code        int // channels of the kernel code
}

// published returns the sizes of the published network for images with the given number of channels, which is 3 there.
func published(channels int) sizes {
	return sizes{channels: channels, width: 64, front: 10, back: 20, tail: 64, code: 512}
}

// network is F(x, k) of Tran et al. (CVPR 2021), their function F of a sharp image and an encoded blur kernel:
//
//	h = R_front ... R_1 E x,   F(x, k) = x + D R_back ... R_1 G(h, k),   R h = h + w_2 relu(w_1 h)
//
// E has three convolutions of which two halve the extents, D doubles them twice by interleaved channels, both with leaky
// rectifiers of slope 0.1, and G is a U-Net of five levels into whose lowest one k goes. Parameters as its authors name them:
// feature_extractor.0, ..., adapter.model.down.0, ..., recon_trunk.0.conv1, ..., each with a weight and most with a bias.
type network struct {
	extract     [3]*layers.Conv
	front, back []residual
	adapter     adapter
	double      [2]*layers.Conv
	last        [2]*layers.Conv
	params      []*autodiff.Param
	err         error
}

// residual is the two convolutions of R.
type residual [2]*layers.Conv

// small is the factor by which initial values of residual branches and of the last convolution are smaller than He's.
const small = 0.1

// newNetwork makes the network with parameters named and seeded by path p: normal values whose variance is 2 over the number
// of terms of a sum (He et al. 2015), smaller ones on residual branches and in the last convolution, and zero as constants.
func newNetwork(p layers.Path, z sizes) (*network, error) {
	n := &network{}
	at := p.At("feature_extractor")
	n.extract[0] = n.conv(at.At("0"), z.channels, z.width, 1, 1)
	n.extract[1] = n.conv(at.At("2"), z.width, z.width, 2, 1)
	n.extract[2] = n.conv(at.At("4"), z.width, z.width, 2, 1)
	for i := range z.front {
		n.front = append(n.front, n.residual(at.At(strconv.Itoa(firstBlock+i)), z.width))
	}
	n.addAdapter(p.At("adapter").At("model"), z)
	at = p.At("recon_trunk")
	for i := range z.back {
		n.back = append(n.back, n.residual(at.At(strconv.Itoa(i)), z.width))
	}
	place := func(k int) layers.Path { return at.At(strconv.Itoa(z.back + k)) }
	n.double[0] = n.conv(place(0), z.width, 4*z.width, 1, 1)
	n.double[1] = n.conv(place(3), z.width, 4*z.tail, 1, 1)
	n.last[0] = n.conv(place(6), z.tail, z.tail, 1, 1)
	n.last[1] = n.conv(place(8), z.tail, z.channels, 1, small)
	return n, n.err
}

// firstBlock is the place of the first residual block behind the convolutions of E and their rectifiers.
const firstBlock = 6

// conv adds a convolution with kernels of 3 x 3.
func (n *network) conv(p layers.Path, in, out, stride int, scale float64) *layers.Conv {
	ones := []int{1, 1}
	return n.add(p, layers.ConvConfig{In: in, Out: out, Kernel: []int{3, 3}, Stride: []int{stride, stride}, PadLo: ones, PadHi: ones, Init: he(9*in, scale)})
}

// add adds a convolution, and keeps the first error.
func (n *network) add(p layers.Path, c layers.ConvConfig) *layers.Conv {
	l, err := layers.NewConv(p, c)
	if err != nil {
		if n.err == nil {
			n.err = err
		}
		return nil
	}
	n.params = append(n.params, l.Params()...)
	return l
}

// he returns the law of He et al. (2015) for sums of terms products.
func he(terms int, scale float64) layers.Init {
	return layers.Normal(scale * math.Sqrt(2/float64(terms)))
}

func (n *network) residual(p layers.Path, width int) residual {
	return residual{n.conv(p.At("conv1"), width, width, 1, 1), n.conv(p.At("conv2"), width, width, 1, small)}
}

func (r residual) forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Child()
	y := c.Add(x, r[1].Forward(c, c.ReLU(r[0].Forward(c, x))))
	c.Close(y)
	return y
}

// forward returns F(x, k) for x [B,channels,H,W] in [0,1] and k [B,code,H/128,W/128].
func (n *network) forward(s *autodiff.Scope, x, k autodiff.Var) autodiff.Var {
	c := s.Child()
	h := x
	for _, l := range n.extract {
		h = rectified(c, l, h)
	}
	for _, r := range n.front {
		h = r.forward(c, h)
	}
	h = n.adapter.forward(c, 0, h, k)
	for _, r := range n.back {
		h = r.forward(c, h)
	}
	for _, l := range n.double {
		h = doubled(c, l, h)
	}
	y := c.Add(n.last[1].Forward(c, rectified(c, n.last[0], h)), x)
	c.Close(y)
	return y
}

// slope is that of the leaky rectifiers outside of the adapter.
const slope = 0.1

// rectified returns the leaky rectifier of a convolution.
func rectified(s *autodiff.Scope, l *layers.Conv, x autodiff.Var) autodiff.Var {
	c := s.Child()
	y := c.LeakyReLU(l.Forward(c, x), slope)
	c.Close(y)
	return y
}

// doubled returns the leaky rectifier of a convolution whose channels are interleaved to twice the extents: channel
// 4 c + 2 dy + dx becomes the pixels (2 i + dy, 2 j + dx) of channel c.
func doubled(s *autodiff.Scope, l *layers.Conv, x autodiff.Var) autodiff.Var {
	c := s.Child()
	y := l.Forward(c, x)
	b, k, h, w := y.Dim(0), y.Dim(1)/4, y.Dim(2), y.Dim(3)
	y = c.Permute(c.Reshape(y, autodiff.S(b, k, 2, 2, h, w)), 0, 1, 4, 2, 5, 3)
	y = c.LeakyReLU(c.Reshape(y, autodiff.S(b, k, 2*h, 2*w)), slope)
	c.Close(y)
	return y
}
