package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// magic is 1.5 2^23: adding it rounds to a whole number, left in the low bits.
const (
	magic    = 12582912
	ln2High  = 0x1.62e43p-1 // log 2 to 24 bits
	ln2Low   = -0x1.05c61p-29
	log2E    = 1.4426950408889634
	signBit  = 0x80000000
	restBits = 0x7fffffff
	infinity = 0x7f800000

	notANumber = 0x7fc00000
)

// expm1Poly are c2..c6 of exp(r) = 1 + r + r^2 (c2 + c3 r + ... + c6 r^4) on |r| <= log(2)/2,
// interpolated at Chebyshev nodes; the error is 1.1e-8.
var expm1Poly = []float64{0.5, 0.16666576266288757, 0.041666556149721146, 0.008363203145563602, 0.0013926213141530752}

// split writes x = n log 2 + r, and returns magic + n and q = exp(r) - 1.
func (v isa) split(x vec) (n, q vec) {
	n = v.copy(num(magic))
	v.addMul(n, x, num(log2E))
	whole := v.sub(n, num(magic))
	r := x
	v.subMul(r, whole, num(ln2High))
	v.subMul(r, whole, num(ln2Low))
	p := v.poly(expm1Poly, r)
	q = v.mul(r, r)
	v.mulAdd(q, p, r)
	return n, q
}

// exp returns exp(x) for x in [-104, 89], NaN for NaN; it overwrites x.
func (v isa) exp(x vec) vec {
	n, q := v.split(x)
	q = v.add(q, num(1))
	if v.lanes == 16 {
		VSCALEFPS(v.sub(n, num(magic)), q, q)
		return q
	}
	// q 2^n in two steps, as 2^n itself may not be a number
	half := v.reg()
	v.minusBits(n, num(magic))
	VPSRAD(Imm(1), n, half)
	VPSUBD(half, n, n)
	for _, k := range []vec{half, n} {
		VPSLLD(Imm(23), k, k)
		v.plusBits(k, num(1))
		VMULPS(k, q, q)
	}
	return q
}

// expOf is exp of any x.
func (v isa) expOf(x vec) vec {
	return v.exp(v.max(v.copy(num(-104)), v.min(v.copy(num(89)), x)))
}

// logistic returns e = exp(-|x|) and 1/(1+e). The sigmoid of x is their product
// where x is negative and the second of them elsewhere, that of -x the other way round.
func (v isa) logistic(x vec) (e, d vec) {
	e = v.exp(v.max(v.copy(num(-104)), v.or(x, word(signBit))))
	one := v.copy(num(1))
	return e, v.div(one, v.add(e, one))
}

// sigmoid returns 1/(1+exp(-x)).
func (v isa) sigmoid(x vec) vec {
	e, d := v.logistic(x)
	return v.choose(lessThan, x, v.zero(), v.mul(e, d), d)
}
