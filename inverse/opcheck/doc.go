// Package opcheck proves an operator before time is spent on it: whether it is linear where it says so, whether its adjoint is
// the transpose, its derivative that of its values and the same in reverse and forward mode, its pseudo-inverse one in the sense of Moore and Penrose, and whether the
// data are such as it makes of the images that are expected. Each check says in words what it found and, where it fails, what
// is likely to be the cause.
//
//	r := opcheck.Examine(ctx, op, opcheck.Options{Draws: images, Likelihood: lik})
//	if !r.OK() { fmt.Println(r.Failures()) }
package opcheck
