// Package reddiff holds RED-diff (Mardani et al. 2023, arXiv 2305.04391): an image moves by Adam along the gradient of
//
//	-s log p(y|mu) + lambda sum_t W(r_t) <eps(mu + r_t n, r_t) - n, mu>
//
// with the noise eps that the denoiser sees and no derivative of the network. The reference variance s of the noise makes
// the first term |y - A mu|^2/2 for noise of one sigma. The method seeks a mode. Importing the package registers it with
// package infer as "red-diff".
package reddiff
