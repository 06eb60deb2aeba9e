// Package dpi does deep probabilistic imaging (Sun and Bouman 2020) with a score prior (Feng et al. 2023): it fits a
// variational family q to the posterior by maximising the evidence lower bound
//
//	E_q[ log p(y|x) + log p(x) - log q(x) ] = log p(y) - KL(q || p(x|y)).
//
// RegisterFamily adds a family of one's own to "diagonal", "low-rank", "full" and "realnvp". Importing the package
// registers the method with package infer as "dpi".
package dpi
