// Package adm is the family of guided diffusion's networks, known as ADM (Dhariwal and Nichol 2021), for signals, images and
// volumes of any size that their levels divide.
//
// A Network computes F(x, t, y) of noisy images x [B,C,...], one label t a sample and, where it has classes, one class y a
// sample:
//
//	e   = silu(W2 silu(W0 (cos t f, sin t f) + b0) + b2 + L_y)          f_k = 10000^(-k/h), h half the features
//	h_0 = w * x,   h_i = D_i(h_{i-1}, e)                                on the way down
//	u_n = M(h_n, e),   u_{i-1} = U_i([u_i, h_i], e)                     on the way up, [,] joins channels
//	F   = w * silu(norm(u_{-1}))
//
// D_i, M and U_i are residual blocks, at chosen factors of downsampling followed by self-attention over all positions;
// between the levels the extents are halved and doubled. A residual block is
//
//	h -> skip(h) + w2 * silu(norm(w1 * silu(norm(h)))(1 + a) + b),   (a, b) = A e,
//
// or norm(w1 * silu(norm(h)) + A e) without the scale. The last convolution of every block starts at zero, so an
// untrained network is the zero function. Twice as many channels out as in mean a learned variance: the first half
// predicts the noise, the second where the variance lies between its bounds (Nichol and Dhariwal 2021).
//
// A network is described by a Config, which is data: it prints, hashes, and is stored beside the weights.
// Parameters have the names and the order of the original, so published weights load by name. Preset has the
// published configurations, and Parse reads those that lie beside weight files.
//
// A file of theirs tells its config by the names and shapes of its tensors (Infer). As a prior the network predicts the
// noise n of x_t = alpha x_0 + sigma n, so that
//
//	D(u, r) = u - r F(u/sqrt(1+r^2), t(r)),     t(r) the step at which sigma/alpha = r.
package adm
