package kernel

import "iter"

// bordered copies what a block's tiles read of channel c of x; what lies outside stays zero.
func bordered[T Float](t *tileBlock, p *ConvArgs, dst, x []T, c int) {
	pitch := t.pitchIn()
	h, w := p.In[1], p.In[2]
	left := t.col*t.s - p.PadLo[2]
	w0, w1 := max(left, 0), min(left+pitch, w)
	for at, g := 0, t.g0; g < t.g1; {
		n, ty, rows := t.segment(g)
		top := ty*t.s - p.PadLo[1]
		h0, h1 := max(top, 0), min(top+rows*t.s+2, h)
		if h0 < h1 && w0 < w1 {
			copyRect(dst[at+(h0-top)*pitch+w0-left:], pitch, x[((n*p.C+c)*h+h0)*w+w0:], w, h1-h0, w1-w0, 0)
		}
		at += (rows*t.s + 2) * pitch
		g += rows
	}
}

// whole copies a block's outputs of channel k from dy; what lies outside stays zero.
func whole[T Float](t *tileBlock, p *ConvArgs, dst, dy []T, k int) {
	for r := range t.rectangles(p, k) {
		copyRect(dst[r.at:], t.pitchOut(), dy[r.y:], p.Out[2], r.rows, r.cols, 0)
	}
}

// rectangle is a block's outputs of one sample: where they are in the block and in y.
type rectangle struct{ at, y, n, rows, cols int }

// rectangles yields a block's outputs of channel k, sample by sample.
func (t *tileBlock) rectangles(p *ConvArgs, k int) iter.Seq[rectangle] {
	return func(yield func(rectangle) bool) {
		h, w, w0 := p.Out[1], p.Out[2], t.col*t.m
		for at, g := 0, t.g0; g < t.g1; {
			n, ty, rows := t.segment(g)
			h0 := ty * t.m
			if !yield(rectangle{at, ((n*p.K+k)*h+h0)*w + w0, n, min(rows*t.m, h-h0), min(t.cols*t.m, w-w0)}) {
				return
			}
			at += rows * t.m * t.pitchOut()
			g += rows
		}
	}
}
