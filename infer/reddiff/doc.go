// Package reddiff holds RED-diff (Mardani et al. 2023, arXiv 2305.04391): an image moves by Adam along the gradient of
//
//	|y - A mu|^2/2 + lambda sum_t W(r_t) <eps(mu + r_t n, r_t) - n, mu>
//
// with the noise eps that the denoiser sees and no derivative of the network. It seeks a mode. Importing the package
// registers the method with package infer as "red-diff".
package reddiff
