// Package evidence compares priors by how probable they make one measurement.
//
//	log p(y) = log of the integral of p(y|x) p(x) dx          in nats, the log evidence of a prior
//	log p(y|prior 1) - log p(y|prior 2)                       the log Bayes factor of prior 1 over prior 2
//
// It is exact for a Gaussian, a mixture of such, or points in closed form with a linear operator and Gaussian noise (Exact). Otherwise
// a method estimates it, as DPnP does in its modes smc and exchange, or bounds it from below, as DPI's ELBO does where the prior's
// density is not known.
//
// log p(y) is the logarithm of a density: it changes with the units of y, and holds every constant of the noise's law. Only differences
// between priors of one measurement, one operator and one noise mean anything, and only where the values of images mean the same to
// both priors. Compare refuses what cannot be compared, and gives no number where the run says that there is none.
package evidence
