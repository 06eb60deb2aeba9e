package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// Polynomials interpolated at Chebyshev nodes, lowest power first, rounded to float32.
var (
	// exp(z^2) erfc(z) / t in t = 1/(1 + 0.4 z), z in [0, 10.2]; relative error 2.5e-8
	erfcxPoly = []float64{0.22568881511688232, 0.22536863386631012, 0.2107592672109604, 0.15341152250766754, 0.1863410472869873, -0.079270139336586, 0.2178230732679367, -0.1468687206506729, -0.041354432702064514, 0.06421887874603271, -0.016117943450808525}
	// erf(x)/x in x^2, |x| <= 1; 5.5e-8
	erfPoly = []float64{1.1283791065216064, -0.37612342834472656, 0.11280316859483719, -0.026715055108070374, 0.004921761807054281, -0.0005648059886880219}
	// atanh(s)/s in s^2, |s| <= 1/3; 8e-9
	atanhWide = []float64{1, 0.3333316147327423, 0.20012298226356506, 0.13982579112052917, 0.14078889787197113}
	// atanh(s)/s in s^2, |s| <= 0.1716; 2e-9
	atanhNarrow = []float64{1, 0.3333340883255005, 0.199874147772789, 0.1496249884366989}
)

// poly evaluates a polynomial in x by Horner's rule.
func (v isa) poly(c []float64, x vec) vec {
	p := v.copy(num(c[len(c)-1]))
	for i := len(c) - 2; i >= 0; i-- {
		v.mulAdd(p, x, num(c[i]))
	}
	return p
}

// erfc returns erfc(z) for z in [0, 100], given z and h + l = z^2.
func (v isa) erfc(z, h, l vec) vec {
	d := v.copy(num(1))
	v.addMul(d, z, num(0.4))
	t := v.div(v.copy(num(1)), d)
	p := v.mul(v.poly(erfcxPoly, t), t)
	e := v.exp(v.max(v.copy(num(-104)), v.xor(h, word(signBit))))
	v.subMul(e, e, l)
	return v.mul(p, e)
}

// product returns h + l = a b, h rounded.
func (v isa) product(a, b vec) (h, l vec) {
	h = v.mul(a, b)
	l = v.xor(h, word(signBit))
	v.addMul(l, a, b)
	return h, l
}

// gelu is x times q = erfc(|x|/sqrt 2)/2 where x < 0, and x (1-q) elsewhere.
func gelu(v isa, x vec) vec {
	b := v.max(v.copy(num(-120)), v.min(v.copy(num(120)), x))
	h, l := v.product(v.mul(b, num(0.5)), b)
	z := v.mul(v.and(b, word(restBits)), num(0.7071067811865476))
	q := v.mul(v.erfc(z, h, l), num(0.5))
	s := v.sub(v.copy(num(1)), q)
	return v.choose(lessThan, x, v.zero(), v.mul(b, q), v.mul(x, s))
}

// erf is a polynomial within |x| < 1 and 1 - erfc(|x|) with the sign of x outside.
func erf(v isa, x vec) vec {
	a := v.min(v.copy(num(12)), v.and(x, word(restBits)))
	h, l := v.product(a, a)
	big := v.sub(v.copy(num(1)), v.erfc(a, h, l))
	small := v.mul(v.poly(erfPoly, h), a)
	r := v.choose(lessThan, a, v.copy(num(1)), small, big)
	return v.or(r, v.and(x, word(signBit)))
}

// softplus is max(x,0) + log(1 + e), e = exp(-|x|), log(1+e) = 2 atanh(e/(2+e)).
func softplus(v isa, x vec) vec {
	e := v.exp(v.max(v.copy(num(-104)), v.or(x, word(signBit))))
	s := v.div(e, v.add(e, num(2)))
	r := v.mul(v.poly(atanhWide, v.mul(s, s)), v.add(s, s))
	return v.add(r, v.max(v.zero(), x))
}

// expm1 is 2^n q + (2^n - 1), q = exp(r) - 1, and exp(x) where that is as good.
func expm1(v isa, x vec) vec {
	e := v.expOf(v.max(v.copy(num(20)), x))
	n, q := v.split(v.max(v.copy(num(-80)), v.min(v.copy(num(80)), x)))
	VPSLLD(Imm(23), n, n)
	v.plusBits(n, num(1))
	v.mulAdd(q, n, v.sub(n, num(1)))
	return v.choose(lessThan, x, v.copy(num(25)), q, e)
}

// logarithm writes x = 2^k m, m in [0.7, 1.42], and is k log 2 + 2 atanh((m-1)/(m+1)).
func logarithm(v isa, x vec) vec {
	tiny, zero := v.copy(num(0x1p-126)), v.zero()
	m := v.choose(lessThan, x, tiny, v.mul(x, num(0x1p23)), x)
	k := v.choose(lessThan, x, tiny, v.copy(num(-23)), zero)
	n := v.reg()
	v.emit(VPADDD, VPADDD_BCST, word(1<<32-0x3f3504f3), m, n)
	VPSRAD(Imm(23), n, n)
	whole := v.reg()
	VCVTDQ2PS(n, whole)
	k = v.add(k, whole)
	VPSLLD(Imm(23), n, n)
	VPSUBD(n, m, m)
	s := v.div(v.sub(m, num(1)), v.add(m, num(1)))
	r := v.mul(v.poly(atanhNarrow, v.mul(s, s)), v.add(s, s))
	v.addMul(r, k, num(ln2Low))
	v.addMul(r, k, num(ln2High))
	r = v.choose(lessThan, x, v.copy(word(infinity)), r, x)
	r = v.choose(equal, x, zero, v.copy(word(infinity|signBit)), r)
	return v.choose(lessThan, x, zero, v.copy(word(notANumber)), r)
}

// log1p is log(u) + (x - (u-1))/u, u = 1 + x rounded.
func log1p(v isa, x vec) vec {
	u := v.add(x, num(1))
	c := v.div(v.sub(x, v.sub(u, num(1))), u)
	c = v.choose(equal, u, v.zero(), v.zero(), c)
	r := v.add(logarithm(v, u), c)
	return v.choose(lessThan, x, v.copy(word(infinity)), r, x)
}
