// Package difftest holds the conformance suites of package diffusion, for its own types and for a user's: a schedule, a
// denoiser or a sampler from any package gets the same test.
//
// Samplers are linear in their normals when the prior is N(m, c I) with its exact denoiser. So the variance of what
// they draw is a sum of squares, one for each normal, and is found without chance: coordinate k of one long sample is
// given a 1 in draw k and 0 in all others, and the coordinates' squares are added up.
package difftest

// TB is the part of *testing.T that the suites use.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
}
