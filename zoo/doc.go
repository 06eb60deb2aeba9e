// Package zoo turns a name or a file into a ready prior: network, weights, preconditioning, value range and shape.
//
// A prior in a native checkpoint is described by its metadata alone: Info.Architecture names a Builder, Info.Config
// holds a Spec, and the tensors are the weights. With values x = a m + b between the units of the images and those
// that the network was trained on, the denoiser in units of m is D(u, s) = E[m | u = m + s n].
package zoo
