// Package dpnp holds the diffusion plug-and-play sampler of Xu and Chi 2024 (arXiv 2403.17042): a split Gibbs sampler that
// alternates draws which see the data only with draws which see the prior only,
//
//	z ~ exp(-f(z) - |z-x|^2/2 eta^2),     x ~ p(x) exp(-|x-z|^2/2 eta^2),     f = -log p(y|.),
//
// while the coupling eta falls. The first draw is a proximal sampler of package inverse, the second a DenoisingSampler,
// to which RegisterSampler adds others. Importing the package registers the method with package infer as "dpnp".
package dpnp
