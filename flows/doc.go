// Package flows holds the distributions that variational inference fits: invertible maps with the logarithm of their
// Jacobian determinant, and Gaussians of growing cost.
//
// A Bijector maps data x [B,D] to latents z [B,D] and back, one sample at a time:
//
//	Forward   x -> z   with log|det dz/dx| [B]      data to latent: for scoring
//	Inverse   z -> x   with log|det dx/dz| [B]      latent to data: for sampling
//
// Value and log-determinant always come from one call. With z ~ N(0,I) a bijector is a density,
//
//	log q(x) = -|z|^2/2 - D/2 ln(2 pi) + log|det dz/dx|,
//
// and a Family: Sample maps noise to (x, log q(x)) and LogProb scores any x, both differentiable in the inputs
// and in the parameters (reparameterisation).
//
//	RealNVP      affine couplings b -> (b + t(a)) e^{tanh s(a)} and permutations    (Dinh et al. 2017; DPI)
//	Glow         the same couplings with convolutions, 1x1 convolutions W with ln|det W|, latents set free at each scale
//	Positive     x = e^l softplus(u)              Box   x = lo + (hi - lo) sigmoid(u)
//	Affine       x = m + e^l z, value by value
//	Diagonal     N(m, diag s^2)                   Full  N(m, L L^T)
//	LowRank      N(m, diag d^2 + U U^T), log q by the matrix determinant lemma and Woodbury's identity
//	Mixture      sum_k w_k q_k(x) of other families
//
// Deep probabilistic imaging: Sun and Bouman 2021 (arXiv:2010.14462); Feng et al. 2023 (arXiv:2304.11751).
package flows
