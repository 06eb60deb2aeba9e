package inversetest

import (
	"tweedie/inverse"
	"tweedie/inverse/internal/fft"
)

// fourier compares A x with the transform of x multiplied by the transfer function.
func (c *checker) fourier(op inverse.FourierDiagonal) {
	c.Helper()
	in, h := op.InShape(), op.Transfer()
	if in.Rank() != 3 || op.OutShape() != in {
		c.Errorf("fourier: %s takes %v and gives %v, where one shape [C,H,W] belongs", op.Name(), in, op.OutShape())
		return
	}
	n := in.Dim(1) * in.Dim(2)
	if len(h) != n && len(h) != c.n {
		c.Errorf("fourier: %s has a transfer function of %d entries, where %d or %d belong", op.Name(), len(h), n, c.n)
		return
	}
	x, want := c.probe(c.n), make([]float64, c.n)
	fft.NewPlanes(in.Dim(1), in.Dim(2)).Filter(want, x, func(ch, k int) complex128 { return h[(ch*n+k)%len(h)] })
	c.near("fourier", "F^H diag(H) F x", want, apply(op.Apply, x, c.m), c.tol.Fourier, 0)
}
