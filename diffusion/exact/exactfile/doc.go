// Package exactfile reads priors known in closed form from files of JSON, as in
//
//	{"kind": "gaussian", "shape": [1, 8, 8], "mean": 0.5,
//	 "kernel": {"kind": "exponential", "variance": 0.25, "length": 2, "nugget": 0.0025}}
//
// Every kind has the fields of Image; GaussianConfig, MixtureConfig, BoxConfig, SeparableConfig and EmpiricalConfig have
// those of their own, and Register adds kinds. An array is a number, nested lists of numbers, or the path of a file of
// numpy relative to the file: "mean.npy", "prior.npz:mean". Sizes are bounded before memory is taken, unknown fields are
// refused, and every error is one line that names the field.
package exactfile
