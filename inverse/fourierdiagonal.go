package inverse

import (
	"fmt"

	"tweedie/internal/config"
	"tweedie/inverse/internal/fft"
)

// FourierDiagonal is a linear operator from images [C,H,W] to images [C,H,W] that is diagonal in Fourier space, such as
// a circular convolution: A = F^H diag(H) F with the unitary 2-D transform F of each channel. FourierProximal is the
// proximal sampler for such operators.
type FourierDiagonal interface {
	Linear
	// Transfer returns H_k in the order of an unshifted transform, k = i*W + j: either H*W numbers that serve every
	// channel, or C*H*W, channel by channel. H_{-k} is the conjugate of H_k, so that real images stay real. The caller
	// must not write to it.
	Transfer() []complex128
}

// fourierOf returns the workspaces and the transfer function of op. The error says what does not fit.
func fourierOf(op Operator) (*fft.Planes, []complex128, error) {
	d, ok := op.(FourierDiagonal)
	if !ok {
		return nil, nil, fmt.Errorf("fourier needs an operator that is diagonal in Fourier space, as a circular blur is, and %s is not", op.Name())
	}
	in, h := op.InShape(), d.Transfer()
	if in.Rank() != 3 || in.Size() == 0 || op.OutShape() != in {
		return nil, nil, config.Errorf(op.Name(), "shape", "it takes %v to %v, which is not diagonal in the Fourier space of images [C,H,W]", in, op.OutShape())
	}
	if n := in.Dim(1) * in.Dim(2); len(h) != n && len(h) != in.Size() {
		return nil, nil, config.Errorf(op.Name(), "transfer", "%d frequencies where %d (all channels alike) or %d belong", len(h), n, in.Size())
	}
	return fft.NewPlanes(in.Dim(1), in.Dim(2)), h, nil
}
