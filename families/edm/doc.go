// Package edm is the family of the networks of Karras et al. (2022), NVlabs/edm, whole modules with their preconditionings: as
// snapshots, which describe themselves, and as state dicts.
package edm
