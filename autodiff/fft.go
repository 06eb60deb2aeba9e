package autodiff

import "tweedie/internal/kernel"

// fft computes F[0] sum_j x[j] exp(-+ 2 pi i jk/n) over the I[0] axes before the last, with + when B[0]. As a map of
// real pairs its adjoint is itself with the other sign and the same scale.
var fftOp *Op

func init() {
	fftOp = Define(Op{
		Name:   "fft",
		Linear: true,
		Infer:  func(c *Call) Shape { return c.complexShape(c.Attr.I[0]) },
		Eval:   byType(evalFFT[float32], evalFFT[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			a := c.Attr
			a.B[0] = !a.B[0]
			grads[0] = s.Apply(fftOp, a, ct)
		},
	})
}

// complexShape returns the shape of input 0. It panics unless that is a complex field with k axes to transform.
func (c *Call) complexShape(k int) Shape {
	x := c.In[0].n.shape
	if x.rank < k+1 || x.dims[x.rank-1] != 2 {
		panic(c.Errorf("want a complex field: %d axes to transform and a last axis of 2 (re, im)", k))
	}
	for _, n := range x.dims[x.rank-1-k : x.rank-1] {
		if n == 0 {
			panic(c.Errorf("an axis to transform is empty"))
		}
	}
	return x
}

func evalFFT[T kernel.Float](c *Call) {
	x := c.In[0].n.shape
	dst, src, scale := Host[T](c.Out), Host[T](c.In[0]), c.Attr.F[0]
	for k := range c.Attr.I[0] {
		outer, n, inner := x.around(x.rank - 2 - k)
		kernel.FFT(dst, src, outer, n, inner/2, c.Attr.B[0], scale)
		src, scale = dst, 1
	}
}

// FFT transforms a complex field x [...,N,2] over N, of any length:
//
//	y[k] = sum_j x[j] exp(-2 pi i j k / N),   and with inverse   1/N sum_j x[j] exp(+2 pi i j k / N).
//
// Index 0 is frequency 0. It panics with a *ShapeError when x is not a complex field.
func (s *Scope) FFT(x Var, inverse bool) Var { return s.fft(x, 1, inverse) }

// FFT2 transforms a complex field x [...,H,W,2] over H and W; like FFT it scales only the inverse, by 1/(HW). It
// panics with a *ShapeError when x is not a complex field with two axes.
func (s *Scope) FFT2(x Var, inverse bool) Var { return s.fft(x, 2, inverse) }

func (s *Scope) fft(x Var, axes int, inverse bool) Var {
	sh := x.node("fft", s.Path()).shape
	a := Attr{B: [4]bool{inverse}, F: [4]float64{1}}
	a.I[0] = axes
	for i := sh.rank - 1 - axes; inverse && i >= 0 && i < sh.rank-1; i++ {
		a.F[0] /= float64(max(sh.dims[i], 1))
	}
	return s.Apply(fftOp, a, x)
}
