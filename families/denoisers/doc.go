// Package denoisers computes the denoising networks whose weights other people have published, and priors made of them.
//
// A denoiser D(y, sigma) = E[x | y = x + sigma n] is a score, grad log p(y; sigma) = (D - y)/sigma^2. Each network is a
// description (a Config) and a Forward; what its output F means is a preconditioning of package diffusion:
//
//	CNN         F is the noise, D = y - F (Residual)         BF-CNN, DnCNN, conditional wavelet networks
//	UNet        F is the image, D = F (diffusion.X0)         BF-UNet
//	TDV         F is the end of a gradient flow, D = F       R(x) is an energy, grad R its direction
//	TimeCNN     F is the noise of a discrete-time process    diffusion.Eps
//	PatchPrior  no network: a Gaussian mixture, exact at every sigma
//
// Blind networks do not see sigma. Without additive constants they are homogeneous, D(a y) = a D(y) for a > 0 (Mohan et
// al. 2020), and they tell the noise level themselves: the residual f = y - D has
//
//	sigma_eff = ||f||/sqrt(N),
//
// which is all that the ascent of Kadkhodaie and Simoncelli (2021) needs to draw from the prior, alone (f) or given the
// data x_m of a linear measurement whose row space has the projector P (d):
//
//	y <- y - h d + gamma n,   gamma = sigma_eff sqrt((1 - beta h)^2 - (1 - h)^2),   d = f - P f + (P y - P x_m).
//
// An image is its low-pass part and its details, by the Haar map with a = mean of four pixels and x00 = a+h+v+d, x01 =
// a+h-v-d, x10 = a-h+v-d, x11 = a-h-v+d; a Cascade draws the low-pass part with one network and the details of every
// scale with another, given what lies below (Kadkhodaie et al. 2023).
//
// The noise levels and the range of values that each network was trained on are listed in docs/denoisers.md.
package denoisers
