// Package calibration measures whether the uncertainty of a method can be believed, on problems whose truth is known.
//
// Truths x are drawn from the prior, and data y from p(y|x). A draw of the exact posterior has, together with y, the same law as the
// truth. Over problems, for n draws of each and every number f of an image, which may look at y,
//
//	u, the place of f(truth) among f(draws)                            is uniform on (0, 1)
//	chi^2 of the draws less that of the truth                          has mean 0
//	the share of pixels inside their central interval of a level       has the mean of that level
//	(1 + 1/n) variance of the draws, less (mean - truth)^2             has mean 0
//
// (simulation-based calibration, Talts et al. 1804.06788). Run ranks a few fixed pixels, random projections, the principal components of
// the prior, the log-likelihood, and the log-prior where it is a closed form. The log-likelihood is essential: draws from the prior pass
// all others. Each number has its standard error over problems, and the tests together fail a right posterior once in a hundred runs
// (Alarm): half of that is shared by the ranks, each tested by the band of its empirical distribution (eval.ECDFBand), half by the means,
// each tested by Student's law.
//
// What is right on the average over the prior's images may be wrong for a single one, and truths of the prior say nothing about images
// that the prior does not know.
package calibration
