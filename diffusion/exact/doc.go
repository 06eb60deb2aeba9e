// Package exact holds priors known in closed form: the doubles of a network against which samplers, log-densities and
// whole methods are tested for being right.
//
// A Gaussian N(mu, S), a Mixture of such and an Empirical prior of weighted points, blurred by tau or not, know their
// denoiser, score and density at every noise level r, draw samples, and condition on a linear measurement
// y = A x + n, n ~ N(0, N), exactly. For the Gaussian
//
//	D(u, r) = mu + S (S + r^2)^-1 (u - mu),    u = x_0 + r n
//	p(x | y) = N(mu + K (y - A mu), (I - K A) S),   K = S A^T (A S A^T + N)^-1
//	p(y) = N(y; A mu, A S A^T + N),
//
// (in factors where S is low-rank), and a mixture weighs the same for each component with what the component makes of u or y. All densities are in nats.
// A Separable prior of independent elements, uniform on a box, Laplace, Student t, spike and slab or tabulated, finds the
// same by quadrature on the line, and a Rotated one is any of these in an orthonormal basis. Package exactfile reads all
// of them from files.
package exact
