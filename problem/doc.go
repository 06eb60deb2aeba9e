// Package problem reads and writes an inverse problem as one file: a prior, an operator, a noise, a measurement, and the
// method that answers.
//
//	{"prior": "fashion28",
//	 "operator": {"kind": "block-average", "rows": 4, "cols": 4},
//	 "noise": {"kind": "gaussian", "sigma": 0.05},
//	 "data": "y.npy", "mask": "mask.png",
//	 "method": {"kind": "dpnp"}, "samples": 16, "seed": 1}
//
// Open makes a Problem of it, which has what the package infer needs, and File what a Go program may fill in itself.
// Paths are relative to the file that names them. Every array, those of operator and noise among them, may be written out, or
// stand in an npy, an npz, a FITS image, a matrix of MatrixMarket or scipy.sparse, a picture, or any format that RegisterFormat
// adds; every kind of operator, noise and method that is registered with inverse and infer can be named.
// Entries of data that are NaN, and those at which mask is 0, are missing: they are left out of the likelihood.
// Unknown fields are refused, and each error is one line that says which file and which field is wrong.
package problem
