// Package diffusion turns a denoiser into a prior: schedules, preconditioning, losses, samplers and log-densities.
//
// Noising. A schedule gives alpha(t) and sigma(t) for t in [0, T]:
//
//	x_t = alpha x_0 + sigma n,   n ~ N(0, I),   dx = f(t) x dt + g(t) dw,   d(sigma^2)/dt = 2 f sigma^2 + g^2.
//
// The variance-exploding parameterization is the common ground: u = x_t/alpha = x_0 + r n with r = sigma/alpha, and
//
//	Denoiser  D(u, r) = E[x_0 | u] = u + r^2 grad log p(u; r)            (Tweedie)
//	Score     grad_x log p_t(x) = (1/alpha) grad_u log p(u; r) = (alpha D(u, r) - x)/sigma^2.
//
// A network predicts eps = (u - D)/r, v = alpha eps - sigma x_0, x_0 or the score; a Preconditioning is the affine map
// between what it returns and D. Training minimises w(t) ||sigma s(x_t, t) + z||^2 (denoising score matching).
//
// Sampling. Backward in time, with s the score:
//
//	reverse SDE  dx = (f x - g^2 s) dt + g dw      probability-flow ODE  dx = F dt,  F = f x - g^2 s / 2.
//
// Density. Along the flow, from x at t0 to x_T,
//
//	log p(x) = log pi(x_T) + int_t0^T div F dt,    div F ~ (1/n) sum_j e_j' J e_j   (Hutchinson) or exactly,
//
// and its gradient is that of the discretised solve. Cheaper is the evidence bound
//
//	b(x) = E log pi(x_T) - (Z/2) E ||sigma s + z||^2 + D (Z/2 + log alpha(T) + 1/2) - E ||sigma_0 s_0 + z_0||^2 / 2,
//
// with t drawn with density g^2/(sigma^2 Z), Z = int g^2/sigma^2 dt, and the subscript 0 for t0.
//
// Closed forms. Package exact has priors whose denoiser and density are known at every noise level: the doubles of a
// network against which everything here is tested.
//
// All densities are in nats. Host values are float64; images are [B,C,H,W] in ops and flattened by sample on the host.
package diffusion
