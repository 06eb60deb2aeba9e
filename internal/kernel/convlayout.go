package kernel

// convLayout is where a padded copy of one channel keeps its elements. The width is
// split by its remainder modulo the stride, so that the inputs that one tap sends to
// neighbouring outputs are neighbours:
//
//	padded (d,h,w)  at  d slice + h row + (w mod stride) phase + w / stride
//
// Only what some output reads is kept. Without padding or upsampling and with stride 1 in
// width x itself has this form, and no copy is made.
type convLayout struct {
	direct                   bool
	stride                   int // of the width
	d, h                     int // padded depth and height
	phase, row, slice, plane int
}

func newLayout(p *ConvArgs) convLayout {
	var need [3]int
	for i := range need {
		need[i] = (p.Out[i]-1)*p.Stride[i] + p.Dilation[i]*(p.Kernel[i]-1) + 1
	}
	l := convLayout{stride: p.Stride[2], d: need[0], h: need[1]}
	l.direct = p.PadLo == [3]int{} && p.PadHi == [3]int{} && l.stride == 1 && p.Upsample == [3]int{1, 1, 1}
	if l.direct {
		l.row, l.slice, l.plane = p.In[2], p.In[1]*p.In[2], volume(p.In)
		return l
	}
	l.phase = blocksOf(need[2], l.stride)
	l.row = l.phase * l.stride
	l.slice = l.row * l.h
	l.plane = l.slice * l.d
	return l
}

// offsets appends the place of each tap relative to its output's origin.
func (l *convLayout) offsets(to []int, p *ConvArgs) []int {
	for kd := range p.Kernel[0] {
		for kh := range p.Kernel[1] {
			for kw := range p.Kernel[2] {
				w := kw * p.Dilation[2]
				to = append(to, kd*p.Dilation[0]*l.slice+kh*p.Dilation[1]*l.row+w%l.stride*l.phase+w/l.stride)
			}
		}
	}
	return to
}

// origin is the place of tap 0 for an output.
func (l *convLayout) origin(p *ConvArgs, od, oh, ow int) int {
	return od*p.Stride[0]*l.slice + oh*p.Stride[1]*l.row + ow
}

// padChannel writes the padded copy of one channel.
func padChannel[T Float](l *convLayout, p *ConvArgs, dst, src []T) {
	if volume(p.Upsample) > 1 {
		padRepeated(l, p, dst, src)
		return
	}
	for d := range l.d {
		for h := range l.h {
			row := dst[d*l.slice+h*l.row:][:l.row]
			id, ih := d-p.PadLo[0], h-p.PadLo[1]
			if id < 0 || id >= p.In[0] || ih < 0 || ih >= p.In[1] {
				clear(row)
				continue
			}
			padRow(l, row, src[(id*p.In[1]+ih)*p.In[2]:][:p.In[2]], p.PadLo[2])
		}
	}
}

func padRow[T Float](l *convLayout, dst, src []T, padLo int) {
	if l.stride == 1 {
		lo := min(padLo, len(dst))
		n := copy(dst[lo:], src)
		clear(dst[:lo])
		clear(dst[lo+n:])
		return
	}
	for q := range l.stride {
		out := dst[q*l.phase : (q+1)*l.phase]
		at := q - padLo
		for i := range out {
			if at >= 0 && at < len(src) {
				out[i] = src[at]
			} else {
				out[i] = 0
			}
			at += l.stride
		}
	}
}

// unpadChannel is the adjoint of padChannel: it writes one channel from its padded copy.
func unpadChannel[T Float](l *convLayout, p *ConvArgs, dst, src []T) {
	if volume(p.Upsample) > 1 {
		unpadRepeated(l, p, dst, src)
		return
	}
	for id := range p.In[0] {
		for ih := range p.In[1] {
			row := dst[(id*p.In[1]+ih)*p.In[2]:][:p.In[2]]
			d, h := id+p.PadLo[0], ih+p.PadLo[1]
			if d >= l.d || h >= l.h {
				clear(row)
				continue
			}
			unpadRow(l, row, src[d*l.slice+h*l.row:][:l.row], p.PadLo[2])
		}
	}
}

func unpadRow[T Float](l *convLayout, dst, src []T, padLo int) {
	if l.stride == 1 {
		n := copy(dst, src[min(padLo, len(src)):])
		clear(dst[n:])
		return
	}
	for i := range dst {
		w := i + padLo
		dst[i] = 0
		if at := w / l.stride; at < l.phase {
			dst[i] = src[w%l.stride*l.phase+at]
		}
	}
}

// patch is a rectangle of outputs of one sample, whole rows or a piece of one, so
// that it is a run of the output too.
type patch struct{ od, oh, ow, rows, cols int }

// cutting divides a sample's outputs into patches of at most so many elements.
type cutting struct{ rows, cols, perRow, perSlice, count int }

func cutOutputs(p *ConvArgs, most, unit int) (c cutting) {
	c.cols, c.rows = p.Out[2], 1
	if p.Out[2] > most {
		c.cols = roundUp(blocksOf(p.Out[2], blocksOf(p.Out[2], most)), unit)
	} else {
		c.rows = blocksOf(p.Out[1], blocksOf(p.Out[1], max(1, most/p.Out[2])))
	}
	c.perRow = blocksOf(p.Out[2], c.cols)
	c.perSlice = c.perRow * blocksOf(p.Out[1], c.rows)
	c.count = c.perSlice * p.Out[0]
	return c
}

// at returns the i-th patch.
func (c *cutting) at(p *ConvArgs, i int) patch {
	t := patch{od: i / c.perSlice, oh: i % c.perSlice / c.perRow * c.rows, ow: i % c.perRow * c.cols}
	t.rows, t.cols = min(c.rows, p.Out[1]-t.oh), min(c.cols, p.Out[2]-t.ow)
	return t
}

// start is the patch's place in an output plane.
func (t *patch) start(p *ConvArgs) int { return (t.od*p.Out[1]+t.oh)*p.Out[2] + t.ow }
