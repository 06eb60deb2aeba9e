package autodiff

import "tweedie/internal/kernel"

// ConvSpec says how a convolution moves. Entry i of an array belongs to spatial axis i; entries beyond the input's
// spatial axes are ignored. Zero stands for 1 in Stride, Dilation, Upsample and Groups. Every element of the input is
// first repeated Upsample times along the axis, as by UpNearest but without an array of that size; then PadLo zeros
// are put before and PadHi after.
type ConvSpec struct {
	Stride, PadLo, PadHi, Dilation, Upsample [3]int
	Groups                                   int
}

// SamePad returns the spec of stride 1 that keeps every extent, for a kernel of k elements along every axis. When k
// is even the extra zero goes after.
func SamePad(k int) ConvSpec {
	lo, hi := (k-1)/2, k/2
	return ConvSpec{PadLo: [3]int{lo, lo, lo}, PadHi: [3]int{hi, hi, hi}}
}

// attr packs the spec into I[0:13] and F[0:3], and the spatial extents of a shape into I[13:16].
func (p ConvSpec) attr(spatial Shape) (a Attr) {
	for i := range 3 {
		a.I[i], a.I[3+i], a.I[6+i], a.I[9+i] = orOne(p.Stride[i]), p.PadLo[i], p.PadHi[i], orOne(p.Dilation[i])
		a.F[i] = float64(orOne(p.Upsample[i]))
	}
	a.I[12] = orOne(p.Groups)
	copy(a.I[13:16], spatial.dims[2:])
	return a
}

func orOne(n int) int {
	if n == 0 {
		return 1
	}
	return n
}

func convSpec(a *Attr) (p ConvSpec) {
	copy(p.Stride[:], a.I[0:])
	copy(p.PadLo[:], a.I[3:])
	copy(p.PadHi[:], a.I[6:])
	copy(p.Dilation[:], a.I[9:])
	for i, f := range a.F[:3] {
		p.Upsample[i] = int(f)
	}
	p.Groups = a.I[12]
	return p
}

// convSpatial returns [n, c] followed by the extents that attr packed, for a Var with rank axes.
func convSpatial(a *Attr, n, c, rank int) Shape {
	s := Shape{rank: rank}
	s.dims[0], s.dims[1] = n, c
	copy(s.dims[2:rank], a.I[13:16])
	return s
}

// convArgs describes the convolution of x [N,C,in...] with w [K,C/groups,kernel...] to the kernels. It panics when
// they do not fit.
func (c *Call) convArgs(x, w Shape) (p kernel.ConvArgs) {
	s := convSpec(&c.Attr)
	switch {
	case x.rank < 3 || x.rank > 5:
		panic(c.Errorf("want [N,C,...] with 1, 2 or 3 spatial axes, have %v", x))
	case w.rank != x.rank:
		panic(c.Errorf("want as many axes in the weights %v as in the input %v: [K,C/groups,kernel...]", w, x))
	case s.Groups < 1 || x.dims[1] == 0 || w.dims[0] == 0 || x.dims[1]%s.Groups != 0 || w.dims[0]%s.Groups != 0:
		panic(c.Errorf("%d groups: want a divisor of the %d channels of the input and of the %d of the result", s.Groups, x.dims[1], w.dims[0]))
	case w.dims[1]*s.Groups != x.dims[1]:
		panic(c.Errorf("the input has %d channels in %d groups: want weights %v, have %v", x.dims[1], s.Groups, w.With(1, x.dims[1]/s.Groups), w))
	}
	p.Direct = c.scope.arena.convolutions == Direct
	p.N, p.C, p.K, p.Groups, p.Dims = x.dims[0], x.dims[1], w.dims[0], s.Groups, x.rank-2
	for i := range p.Dims {
		in, k := x.dims[2+i]*s.Upsample[i], w.dims[2+i]
		p.In[i], p.Kernel[i], p.Stride[i], p.Dilation[i] = x.dims[2+i], k, s.Stride[i], s.Dilation[i]
		p.PadLo[i], p.PadHi[i], p.Upsample[i] = s.PadLo[i], s.PadHi[i], s.Upsample[i]
		if s.PadLo[i] < 0 || s.PadHi[i] < 0 {
			panic(c.Errorf("spatial axis %d: padding %d and %d: want none negative; slice the input to crop it", i, s.PadLo[i], s.PadHi[i]))
		}
		reach, padded := s.Dilation[i]*(k-1)+1, in+s.PadLo[i]+s.PadHi[i]
		if s.Stride[i] < 1 || s.Dilation[i] < 1 || s.Upsample[i] < 1 {
			panic(c.Errorf("spatial axis %d: stride %d, dilation %d and upsample %d: want all positive", i, s.Stride[i], s.Dilation[i], s.Upsample[i]))
		}
		if k < 1 || reach > padded {
			panic(c.Errorf("spatial axis %d: a kernel of %d with dilation %d reaches over %d elements: want at least 1 and at most %d (the input's %d, upsampled and padded)", i, k, s.Dilation[i], reach, padded, x.dims[2+i]))
		}
		p.Out[i] = (padded-reach)/s.Stride[i] + 1
	}
	return p
}

// convOut returns the shape of the result of p.
func convOut(p *kernel.ConvArgs) Shape {
	s := Shape{rank: p.Dims + 2}
	s.dims[0], s.dims[1] = p.N, p.K
	copy(s.dims[2:s.rank], p.Out[:])
	return s
}
