package kernel

import (
	"fmt"

	"tweedie/internal/par"
)

// ConvArgs describes a convolution in 1, 2 or 3 spatial dimensions with zero padding.
// The first Dims entries of each array are used. N samples, C input and K output
// channels in Groups groups; for every dimension
//
//	Out = (In + PadLo + PadHi - Dilation (Kernel-1) - 1) / Stride + 1
type ConvArgs struct {
	N, C, K, Groups, Dims                           int
	In, Kernel, Stride, Dilation, PadLo, PadHi, Out [3]int
}

// full returns p with three spatial dimensions, leading ones of size 1, checked.
func (p ConvArgs) full(op string) ConvArgs {
	bad := func(format string, v ...any) { panic(&ArgError{op, fmt.Sprintf(format, v...)}) }
	if p.Dims < 1 || p.Dims > 3 {
		bad("Dims = %d: want 1, 2 or 3", p.Dims)
	}
	if p.N < 0 || p.C < 1 || p.K < 1 || p.Groups < 1 || p.C%p.Groups != 0 || p.K%p.Groups != 0 {
		bad("N %d, C %d, K %d, Groups %d: want positive channels, multiples of the groups", p.N, p.C, p.K, p.Groups)
	}
	for i := range p.Dims {
		if p.Kernel[i] < 1 || p.Stride[i] < 1 || p.Dilation[i] < 1 || p.PadLo[i] < 0 || p.PadHi[i] < 0 || p.In[i] < 0 {
			bad("dimension %d: in %d, kernel %d, stride %d, dilation %d, padding %d and %d: want kernel, stride and dilation positive, padding not negative",
				i, p.In[i], p.Kernel[i], p.Stride[i], p.Dilation[i], p.PadLo[i], p.PadHi[i])
		}
		span := p.In[i] + p.PadLo[i] + p.PadHi[i] - p.Dilation[i]*(p.Kernel[i]-1) - 1
		want := 0
		if span >= 0 {
			want = span/p.Stride[i] + 1
		}
		if p.Out[i] != want {
			bad("dimension %d: Out = %d, want %d", i, p.Out[i], want)
		}
	}
	f := p
	for i := range 3 {
		if k := i - (3 - p.Dims); k >= 0 {
			f.In[i], f.Kernel[i], f.Stride[i], f.Dilation[i] = p.In[k], p.Kernel[k], p.Stride[k], p.Dilation[k]
			f.PadLo[i], f.PadHi[i], f.Out[i] = p.PadLo[k], p.PadHi[k], p.Out[k]
			continue
		}
		f.In[i], f.Kernel[i], f.Stride[i], f.Dilation[i], f.PadLo[i], f.PadHi[i], f.Out[i] = 1, 1, 1, 1, 0, 0, 1
	}
	f.Dims = 3
	return f
}

func volume(d [3]int) int { return d[0] * d[1] * d[2] }

// taps calls f for each kernel offset and output row of one channel pair:
// f(tap, offset of the first input element, of the first output element, count).
func (p *ConvArgs) taps(f func(tap, in, out, n int)) {
	tap := 0
	for kd := range p.Kernel[0] {
		for kh := range p.Kernel[1] {
			for kw := range p.Kernel[2] {
				w0 := p.Dilation[2]*kw - p.PadLo[2]
				lo := 0
				if w0 < 0 {
					lo = (-w0 + p.Stride[2] - 1) / p.Stride[2]
				}
				hi := 0
				if m := p.In[2] - 1 - w0; m >= 0 {
					hi = min(p.Out[2], m/p.Stride[2]+1)
				}
				if lo < hi {
					for od := range p.Out[0] {
						id := od*p.Stride[0] + kd*p.Dilation[0] - p.PadLo[0]
						if id < 0 || id >= p.In[0] {
							continue
						}
						for oh := range p.Out[1] {
							ih := oh*p.Stride[1] + kh*p.Dilation[1] - p.PadLo[1]
							if ih < 0 || ih >= p.In[1] {
								continue
							}
							f(tap, (id*p.In[1]+ih)*p.In[2]+w0+lo*p.Stride[2], (od*p.Out[1]+oh)*p.Out[2]+lo, hi-lo)
						}
					}
				}
				tap++
			}
		}
	}
}

type convKind uint8

const (
	convForward convKind = iota
	convInput
	convWeight
)

type convJob[T Float] struct {
	kind    convKind
	p       ConvArgs
	y, x, w []T
}

var convJobs freeList

func runConv[T Float](op string, kind convKind, p ConvArgs, y, x, w []T) {
	p = p.full(op)
	sized(op, "x", len(x), p.N*p.C*volume(p.In))
	sized(op, "w", len(w), p.K*p.C/p.Groups*volume(p.Kernel))
	sized(op, "y", len(y), p.N*p.K*volume(p.Out))
	j := take[T, convJob[T]](&convJobs)
	j.kind, j.p, j.y, j.x, j.w = kind, p, y, x, w
	blocks := p.N * p.K
	switch kind {
	case convInput:
		blocks = p.N * p.C
	case convWeight:
		blocks = p.K
	}
	par.Do(blocks, j)
	give[T](&convJobs, j)
}

// Conv computes the cross-correlation y[n,k,o] = sum_{c,t} w[k,c,t] x[n,c,stride o + dilation t - padLo],
// zero outside; x [N,C,in...], w [K,C/Groups,kernel...], y [N,K,out...].
func Conv[T Float](p ConvArgs, y, x, w []T) { runConv("Conv", convForward, p, y, x, w) }

// ConvInputGrad computes dx, the adjoint of Conv in x applied to dy.
func ConvInputGrad[T Float](p ConvArgs, dx, dy, w []T) {
	runConv("ConvInputGrad", convInput, p, dy, dx, w)
}

// ConvWeightGrad computes dw, the adjoint of Conv in w applied to dy, summed over samples in order.
func ConvWeightGrad[T Float](p ConvArgs, dw, x, dy []T) {
	runConv("ConvWeightGrad", convWeight, p, dy, x, dw)
}

func (j *convJob[T]) Block(i int) {
	p := &j.p
	cg, kg := p.C/p.Groups, p.K/p.Groups
	vi, vk, vo := volume(p.In), volume(p.Kernel), volume(p.Out)
	switch j.kind {
	case convForward:
		n, k := i/p.K, i%p.K
		y := j.y[i*vo : (i+1)*vo]
		clear(y)
		for c := range cg {
			x := j.x[(n*p.C+k/kg*cg+c)*vi:]
			w := j.w[(k*cg+c)*vk:]
			p.taps(func(tap, in, out, m int) {
				for q := range m {
					y[out+q] += w[tap] * x[in+q*p.Stride[2]]
				}
			})
		}
	case convInput:
		n, c := i/p.C, i%p.C
		x := j.x[i*vi : (i+1)*vi]
		clear(x)
		for k := c / cg * kg; k < (c/cg+1)*kg; k++ {
			y := j.y[(n*p.K+k)*vo:]
			w := j.w[(k*cg+c%cg)*vk:]
			p.taps(func(tap, in, out, m int) {
				for q := range m {
					x[in+q*p.Stride[2]] += w[tap] * y[out+q]
				}
			})
		}
	case convWeight:
		clear(j.w[i*cg*vk : (i+1)*cg*vk])
		for n := range p.N {
			y := j.y[(n*p.K+i)*vo:]
			for c := range cg {
				x := j.x[(n*p.C+i/kg*cg+c)*vi:]
				w := j.w[(i*cg+c)*vk : (i*cg+c+1)*vk]
				p.taps(func(tap, in, out, m int) {
					var s T
					for q := range m {
						s += y[out+q] * x[in+q*p.Stride[2]]
					}
					w[tap] += s
				})
			}
		}
	}
}
