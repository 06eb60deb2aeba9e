// Package infer draws from, or approximates, the posterior
//
//	p(x | y) = p(x) p(y | x) / p(y)
//
// of an image x given a measurement y, from a prior p(x) known by its denoiser D(u, s) = E[x | u = x + s n] and a
// likelihood p(y | x). Every method takes one kind of Problem and gives one kind of Result; each has a package of its own:
//
//	dpnp       split Gibbs sampling: alternate draws from exp(-f(z) - |z-x|^2/2eta^2), which sees the data only,
//	           and from p(x) exp(-|x-z|^2/2eta^2), which sees the prior only, while eta falls.
//	           Exact as eta -> 0; at a fixed eta its law is known in closed form.  Xu and Chi 2024.
//	dpi        variational: fit q to the posterior by minimising KL(q || p(x|y)), with log p(x) from the
//	           probability-flow ODE or from a diffusion ELBO.  Sun and Bouman 2020; Feng et al. 2023.
//	reddiff    optimisation: mu minimises -s log p(y|mu) plus a score-matching regulariser. It seeks a mode; the
//	           spread of its restarts says nothing about posterior uncertainty.  Mardani et al. 2023.
//
// Noise levels s and eta are in the units of x. Every sample has its own random stream, so it is the same alone
// or in a batch, for any GOMAXPROCS. Loops take a context: cancelling returns what there is so far. Samples yields samples
// one after the other, without an end.
//
// Register makes a method known by its name to everything that lists, decodes and runs methods, the command among them;
// package infer/all registers this project's. A method of one's own is a type with Name, Validate and Solve, for
// which Evaluator, EachSample, Result and LeastSquares do the common work, and infertest.Method tests it.
package infer
