package kernel

// once is n, and 1 for none.
func once(n int) int {
	if n == 0 {
		return 1
	}
	return n
}

// upsampled is the extents of the input after its elements are repeated.
func (p *ConvArgs) upsampled() (d [3]int) {
	for i, n := range p.In {
		d[i] = n * p.Upsample[i]
	}
	return d
}

// padRepeated is padChannel with every element repeated first.
func padRepeated[T Float](l *convLayout, p *ConvArgs, dst, src []T) {
	in, up := p.upsampled(), p.Upsample
	line := borrow[T](in[2])
	for d := range l.d {
		for h := range l.h {
			row := dst[d*l.slice+h*l.row:][:l.row]
			id, ih := d-p.PadLo[0], h-p.PadLo[1]
			switch {
			case id < 0 || id >= in[0] || ih < 0 || ih >= in[1]:
				clear(row)
			case ih%up[1] > 0:
				copy(row, dst[d*l.slice+(h-1)*l.row:])
			default:
				repeatRuns(line.buf, src[(id/up[0]*p.In[1]+ih/up[1])*p.In[2]:][:p.In[2]], up[2], 1)
				padRow(l, row, line.buf, p.PadLo[2])
			}
		}
	}
	line.free()
}

// unpadRepeated is the adjoint of padRepeated.
func unpadRepeated[T Float](l *convLayout, p *ConvArgs, dst, src []T) {
	up := p.Upsample
	line := borrow[T](p.In[2] * up[2])
	for r := range p.In[0] * p.In[1] {
		sum := dst[r*p.In[2] : (r+1)*p.In[2]]
		clear(sum)
		for q := range up[0] * up[1] {
			d, h := r/p.In[1]*up[0]+q/up[1]+p.PadLo[0], r%p.In[1]*up[1]+q%up[1]+p.PadLo[1]
			if d < l.d && h < l.h {
				unpadRow(l, line.buf, src[d*l.slice+h*l.row:][:l.row], p.PadLo[2])
				addRuns(sum, line.buf, up[2])
			}
		}
	}
	line.free()
}
