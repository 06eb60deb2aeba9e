// Package learned holds the operators that are trained networks.
//
//	blur-network  y = F(x, k), a network that blurs an image as an encoded kernel k says
//
// Importing it registers them with package inverse under these kinds. Images are [C,H,W]. Operators are differentiable and not
// linear; derivatives, in reverse and in forward mode, are those of package autodiff.
package learned
