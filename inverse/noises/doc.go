// Package noises holds the laws of measurements that instruments have, each an inverse.Noise registered for descriptions:
//
//	poisson, poisson-gaussian   counts, and counts read out with Gaussian noise
//	laplace, student, uniform   additive, with heavy tails, heavier ones, and bounds
//	gaussian-unknown            Gaussian with a sigma that is integrated out
//	rician                      magnitudes of complex data
//	log-normal, gamma           multiplicative speckle
//	rounded, one-bit            Gaussian data that were rounded, and their signs
//	von-mises                   phases
//
// Gaussian noise is inverse.Gaussian. Data are independent given the clean measurement, but for gaussian-unknown. NegLogLik
// has every constant of the density, of data that lie on a lattice those of its probability. Besides the methods of
// inverse.Noise, each law has Information, Standardised, Restrict where its entries differ, Support where clean
// measurements have bounds, Lattice where data do, and CheckData where not every number can be a datum. Laws are
// plain structs with JSON tags, used by value; several goroutines may use one.
package noises
