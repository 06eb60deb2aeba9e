// Package phase holds the operators of phase retrieval: detectors that see the magnitudes of a Fourier transform and lose
// its phases, as in coherent diffraction imaging, crystallography and ptychography.
//
//	fourier-magnitude  y = |F P x|, P pads the image with zeros
//	coded-diffraction  y_l = |F P D_l x| for masks D_l
//
// Importing it registers them with package inverse under these kinds. Images are real, [C,H,W]; F is the unitary 2-D
// transform of each channel. All are differentiable, and none is linear. The derivative at a magnitude of zero, where
// there is none, is taken to be zero.
package phase
