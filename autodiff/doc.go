// Package autodiff computes derivatives of any order of array programs, in forward and reverse mode and every
// nesting of the two.
//
// A program is a sequence of calls y = f(x1, x2, ...) of primitive ops on arrays. With J = dy/dx, an op carries
// two rules, both written in ops:
//
//	VJP:  ct -> J^T ct     (reverse mode, a row of the Jacobian)
//	JVP:  t  -> J t        (forward mode, a column)
//
// A recording Scope keeps the calls that depend on something watched on a tape. Scope.VJP walks the tape back
// from ys to xs and adds up J^T ct; Scope.JVP walks it forward and pushes J t. As the rules are ops, what they
// compute can be recorded and differentiated again: reverse over forward gives the gradient of a divergence,
//
//	grad_x e^T J(x) e = d/dx <e, JVP(f, x, e)>.
//
// Derivatives are taken with respect to Vars, never to levels, so d/dx (x d/dy (x + y)) = 1 with no bookkeeping.
//
// Memory. Vars live in Scopes, scopes nest, and Close gives every buffer back but those kept; in a recording
// scope it also keeps what some rule on the tape declared to read. An op declares that in Op.Reads. After the
// first step a repeated step allocates nothing. Remat trades a second evaluation for not keeping anything.
//
// Layout. Vars are row-major and contiguous; images are [B,C,H,W]; a complex field has a last axis of 2 (re, im)
// and the inner product of its real parts. Binary ops broadcast by the trailing-axes rule.
//
// Errors. Misuse panics with *ShapeError, *LifetimeError or *ValueError; Catch turns these into errors.
package autodiff
