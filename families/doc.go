// Package families says what a family of networks is: how a file of theirs is known, how a network is built from its
// configuration, and what its output means as a prior.
//
// A native file names an Architecture, whose Build makes the network from a config, and carries a Spec, which says what
// the network's output is and of which images. With values x = a m + b between the units of the images and those that
// the network was trained on, the denoiser in units of m is D(u, s) = E[m | u = m + s n].
//
// Files of other projects are known by the names of their tensors (Recognise). The Reader of their family makes the
// Original, the network as its authors' code evaluates it (Load), and an Original describes itself as a prior.
//
// Every family has a room below this folder and registers itself; tweedie/families/all imports all that ship. One of your
// own is a type with the methods of Family, and an init that calls Register.
package families
