package kernel

import (
	"fmt"
)

// A convolution is a matrix product whose second operand is never stored: row (c,t)
// of it is input channel c shifted by tap t,
//
//	Conv            y[k, o]      = sum over (c,t) of w[k,(c,t)] X[(c,t), o]
//	ConvInputGrad   dX[(c,t), o] = sum over k of w[k,(c,t)] dy[k, o], added back into x
//	ConvWeightGrad  dw[k,(c,t)]  = sum over samples and o of dy[k, o] X[(c,t), o]
//
// Panels of X are gathered a few hundred elements at a time from a padded copy of x, in
// which the elements are repeated where the convolution upsamples.

// ConvArgs describes a convolution in 1, 2 or 3 spatial dimensions with zero padding.
// The first Dims entries of each array are used. N samples, C input and K output
// channels in Groups groups; for every dimension
//
//	Out = (In Upsample + PadLo + PadHi - Dilation (Kernel-1) - 1) / Stride + 1
//
// Upsample is how often every element of the input, of In elements, is repeated along the
// axis before it is padded; 0 is once. Direct forbids minimal filtering, for numbers that must match
// another program's to 1e-6.
type ConvArgs struct {
	N, C, K, Groups, Dims                                     int
	In, Kernel, Stride, Dilation, PadLo, PadHi, Upsample, Out [3]int
	Direct                                                    bool
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
		p.Upsample[i] = once(p.Upsample[i])
		if p.Kernel[i] < 1 || p.Stride[i] < 1 || p.Dilation[i] < 1 || p.PadLo[i] < 0 || p.PadHi[i] < 0 || p.In[i] < 0 || p.Upsample[i] < 1 {
			bad("dimension %d: in %d, kernel %d, stride %d, dilation %d, padding %d and %d, upsample %d: want kernel, stride, dilation and upsample positive, padding not negative",
				i, p.In[i], p.Kernel[i], p.Stride[i], p.Dilation[i], p.PadLo[i], p.PadHi[i], p.Upsample[i])
		}
		span := p.In[i]*p.Upsample[i] + p.PadLo[i] + p.PadHi[i] - p.Dilation[i]*(p.Kernel[i]-1) - 1
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
			f.PadLo[i], f.PadHi[i], f.Upsample[i], f.Out[i] = p.PadLo[k], p.PadHi[k], p.Upsample[k], p.Out[k]
			continue
		}
		f.In[i], f.Kernel[i], f.Stride[i], f.Dilation[i], f.PadLo[i], f.PadHi[i], f.Upsample[i], f.Out[i] = 1, 1, 1, 1, 0, 0, 1, 1
	}
	f.Dims = 3
	return f
}

// pointwise reports whether every output depends on the input at its own place alone: then
// the places may as well lie in one row.
func (p *ConvArgs) pointwise() bool {
	one := [3]int{1, 1, 1}
	return p.Kernel == one && p.Stride == one && p.Upsample == one && p.PadLo == [3]int{} && p.PadHi == [3]int{}
}

func volume(d [3]int) int { return d[0] * d[1] * d[2] }

// convStage is a pass of a convolution.
type convStage uint8

const (
	padStage convStage = iota
	packStage
	forwardStage
	packTapsStage
	inputStage
	weightStage
)

// convJob is one convolution; stage says which of its passes Block does.
type convJob[T Float] struct {
	p      ConvArgs
	l      convLayout
	tile   geometry
	stage  convStage
	taps   []int // offset of each tap in a padded plane
	y, x   []T
	w      []T
	xp     []T // padded copies of samples [n0,n1)
	n0, n1 int
	wp     []T // packed weights
	mb, nb int
	units  int
	first  bool
	e      Epilogue[T]
}

var convJobs freeList

func (j *convJob[T]) Block(i int) {
	switch j.stage {
	case padStage:
		j.pad(i)
	case packStage:
		j.packWeights(i)
	case forwardStage:
		j.forward(i)
	case packTapsStage:
		j.packTaps(i)
	case inputStage:
		j.inputGrad(i)
	case weightStage:
		j.weightGrad(i)
	}
}

// start checks the arguments and prepares a job.
func start[T Float](op string, p ConvArgs, y, x, w []T) *convJob[T] {
	p = p.full(op)
	sized(op, "x", len(x), p.N*p.C*volume(p.In))
	sized(op, "w", len(w), p.K*p.C/p.Groups*volume(p.Kernel))
	sized(op, "y", len(y), p.N*p.K*volume(p.Out))
	if p.pointwise() {
		p.In = [3]int{1, 1, volume(p.In)}
		p.Out = p.In
	}
	j := take[T, convJob[T]](&convJobs)
	taps := j.taps
	*j = convJob[T]{p: p, l: newLayout(&p), tile: tileOf[T](), y: y, x: x, w: w}
	j.taps = j.l.offsets(taps[:0], &p)
	return j
}

// end gives the job back; its list of taps stays with it.
func (j *convJob[T]) end() {
	*j = convJob[T]{taps: j.taps}
	keep[T](&convJobs, j)
}
