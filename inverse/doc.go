// Package inverse holds the parts of a measurement: an operator, a noise and the data. It also draws images from what
// these say about an image near a given one. All numbers are host float64; one image is a flat slice in row-major
// [C,H,W] order, whatever C, H and W are.
//
//	measurement   y = A(x) + n              A: R^n -> R^m, n drawn by a Noise
//	likelihood    f(x) = -log p(y|x)        Gaussian: ||(y - A x)/s||^2 / 2 + constant
//	gradient      A'(x)^T d(noise loss)     A'(x)^T is the true transpose, never a stand-in
//	chi^2         ||(y - A x)/s||^2 / m     1 +- sqrt(2/m) at the truth
//
// A linear operator with a closed form says so by the interfaces that it has:
//
//	Linear          <A x, y> = <x, A^T y>
//	PseudoInverter  A A+ A = A,  A+ A A+ = A+,  A A+ and A+ A symmetric
//	SVD             A = U diag(s) V^T with square orthogonal U and V; columns of V past len(s) span the null space
//	DiagonalGram    A^T diag(w) A is diagonal, pixel by pixel
//	FourierDiagonal A = F^H diag(H) F with the 2-D transform F of each channel
//
// For the others, DenseSVD decomposes the matrix at small sizes and LeastSquares iterates at any.
//
// An Affine operator A x + b is linear once b is taken from the measurement, which NewLikelihood does for Gaussian noise. An
// operator that fails in the middle of a run panics with an *OperatorError, of which a method makes the error of its Solve.
//
// A proximal sampler draws the likelihood's half of a split Gibbs sampler (Xu and Chi 2403.17042),
//
//	z ~ exp(-f(z) - ||z - x||^2 / 2 eta^2).
//
// For linear A and Gaussian noise this is N(m, P^-1), P = A^T S^-1 A + I/eta^2, P m = A^T S^-1 y + x/eta^2, drawn
// exactly by whichever structure A has (NewProximal picks); for any other f it is left invariant by MALA, whose
// proposal integrates the quadratic half exactly.
//
// NewCoupled gives such a likelihood its whitened singular values, S^-1/2 A = U diag(g) V^T. A Coupled also draws z with
// deflated noise, S' = max(S - eta^2 A A^T, 0) in that basis, and scores x under the law p(x) N(y; A x, S_E) that the
// draws leave invariant: S_E = S + eta^2 A A^T, or deflated max(S, eta^2 A A^T), which is S for eta <= 1/max g.
//
// Every operator is described by data: a Config that decodes from JSON with unknown fields refused, whose errors
// name the field. This package holds the operators that belong to no modality: identity, dense and sparse matrices, select
// and pointwise, and the combinations compose, stack, scale, shift and restrict; and of the noises Gaussian. The others live in
// packages below it and register themselves when they are imported; tweedie/inverse/all
// imports those that ship. Another package's own operator embeds a Base and calls Register in the same manner.
package inverse
