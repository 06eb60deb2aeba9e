// Package zoo turns a name or a file into a ready prior: network, weights, preconditioning, value range and shape.
//
// A prior in a native checkpoint is described by its metadata alone: Info.Architecture names a builder, Info.Config
// holds a Spec, and the tensors are the weights. With values x = a m + b between the units of the images and those that
// the network was trained on, the denoiser in units of m is D(u, s) = E[m | u = m + s n].
//
// Networks of other projects are known by the names of their tensors (Recognise). Each family has a networkReader:
// LoadNetwork gives its network as its own code evaluates it, DescribeNetwork also the Spec that makes it a prior.
// Networks of guided diffusion are built from a config, a preset, or what the file itself tells (ConfigADM, LoadADM),
// and described as a prior by DescribeADM: such a network predicts the noise n of x_t = alpha x_0 + sigma n, so that
//
//	D(u, r) = u - r F(u/sqrt(1+r^2), t(r)),     t(r) the step at which sigma/alpha = r.
package zoo
