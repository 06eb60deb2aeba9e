package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// unary generates dst[i] = f(x[i]).
func unary() {
	ops := []struct {
		name, doc string
		unroll    int
		f         func(v isa, x vec) vec
	}{
		{"neg", "-x", 2, func(v isa, x vec) vec { return v.xor(x, word(signBit)) }},
		{"abs", "|x|", 2, func(v isa, x vec) vec { return v.and(x, word(restBits)) }},
		{"square", "x^2", 2, func(v isa, x vec) vec { return v.mul(x, x) }},
		{"sqrt", "sqrt(x)", 2, func(v isa, x vec) vec { VSQRTPS(x, x); return x }},
		{"rsqrt", "1/sqrt(x)", 2, func(v isa, x vec) vec { VSQRTPS(x, x); return v.div(v.copy(num(1)), x) }},
		{"recip", "1/x", 2, func(v isa, x vec) vec { return v.div(v.copy(num(1)), x) }},
		{"exp", "exp(x)", 1, isa.expOf},
		{"tanh", "tanh(x)", 1, tanh},
		{"sigmoid", "1/(1+exp(-x))", 1, isa.sigmoid},
		{"silu", "x sigmoid(x)", 1, silu},
		{"expm1", "exp(x) - 1", 1, expm1},
		{"log", "log(x)", 1, logarithm},
		{"log1p", "log(1 + x)", 1, log1p},
		{"softplus", "log(1 + exp(x))", 1, softplus},
		{"erf", "erf(x)", 1, erf},
		{"gelu", "x (1 + erf(x/sqrt 2))/2", 1, gelu},
		{"siluGrad", "the derivative of x sigmoid(x)", 1, siluGrad},
	}
	for _, v := range []isa{avx512, avx2} {
		for _, op := range ops {
			e := elementwise{isa: v, name: op.name + v.name, ins: []string{"x"}, outs: []string{"dst"}, unroll: op.unroll}
			head(e.name, "func(dst, x *float32, n int)", e.name+" computes dst[i] = "+op.doc+".")
			e.run(func(in []vec, _ *tail) []vec { return []vec{op.f(v, in[0])} })
			ret()
		}
	}
}

// tanh is -m/(2+m), m = exp(-2|x|) - 1 = 2^n q + (2^n - 1), with the sign of x.
func tanh(v isa, x vec) vec {
	sign, a := v.and(x, word(signBit)), v.or(x, word(signBit))
	a = v.max(v.copy(num(-20)), v.add(a, a))
	n, q := v.split(a)
	VPSLLD(Imm(23), n, n)
	v.plusBits(n, num(1))
	v.mulAdd(q, n, v.sub(n, num(1)))
	m := v.div(q, v.add(q, num(2)))
	return v.or(v.and(m, word(restBits)), sign)
}

func silu(v isa, x vec) vec { return v.mul(v.sigmoid(x), v.max(v.copy(num(-120)), x)) }

// siluGrad is s (1 + x t), s = sigmoid(x), t = sigmoid(-x).
func siluGrad(v isa, x vec) vec {
	e, d := v.logistic(x)
	small, zero := v.mul(e, d), v.zero()
	s, t := v.choose(lessThan, x, zero, small, d), v.choose(lessThan, x, zero, d, small)
	b := v.min(v.copy(num(120)), v.max(v.copy(num(-120)), x))
	v.mulAdd(b, t, num(1))
	return v.mul(s, b)
}

// siluCurve is silu'(x) = s (1 + x t) and silu”(x) = s t (2 + x (t - s)), s = sigmoid(x), t = sigmoid(-x).
func siluCurve(v isa, x vec) (first, second vec) {
	e, d := v.logistic(x)
	small, zero := v.mul(e, d), v.zero()
	s, t := v.choose(lessThan, x, zero, small, d), v.choose(lessThan, x, zero, d, small)
	b := v.min(v.copy(num(120)), v.max(v.copy(num(-120)), x))
	st := v.mul(s, t)
	second = v.sub(t, s)
	v.mulAdd(second, b, num(2))
	v.mulAdd(b, t, num(1))
	return v.mul(s, b), v.mul(st, second)
}

// binary generates dst[i] = f(a[i], b[i]).
func binary() {
	ops := []struct {
		name, doc string
		f         func(v isa, a, b vec) vec
	}{
		{"add", "a + b", func(v isa, a, b vec) vec { return v.add(a, b) }},
		{"sub", "a - b", func(v isa, a, b vec) vec { return v.sub(a, b) }},
		{"mul", "a b", func(v isa, a, b vec) vec { return v.mul(a, b) }},
		{"div", "a / b", func(v isa, a, b vec) vec { return v.div(a, b) }},
		{"max", "the larger, NaN if either is", func(v isa, a, b vec) vec { return v.nanMax(a, b) }},
		{"min", "the smaller, NaN if either is", func(v isa, a, b vec) vec { return v.choose(unordered, a, a, a, v.min(a, b)) }},
		{"less", "1 where a < b, else 0", func(v isa, a, b vec) vec { return v.choose(lessThan, a, b, v.copy(num(1)), v.zero()) }},
		{"lessEqual", "1 where a <= b, else 0", func(v isa, a, b vec) vec { return v.choose(lessEqual, a, b, v.copy(num(1)), v.zero()) }},
	}
	for _, v := range []isa{avx512, avx2} {
		for _, op := range ops {
			e := elementwise{isa: v, name: op.name + v.name, ins: []string{"a", "b"}, outs: []string{"dst"}, unroll: 2}
			head(e.name, "func(dst, a, b *float32, n int)", fmt.Sprintf("%s computes dst[i] = %s.", e.name, op.doc))
			e.run(func(in []vec, _ *tail) []vec { return []vec{op.f(v, in[0], in[1])} })
			ret()
		}
	}
}

// loops generates the elementwise loops with parameters.
func loops() {
	for _, v := range []isa{avx512, avx2} {
		e := elementwise{isa: v, name: "affine" + v.name, ins: []string{"x"}, outs: []string{"dst"}, unroll: 2}
		head(e.name, "func(dst, x *float32, n int, mul, add float32)", e.name+" computes dst[i] = mul x[i] + add.")
		mul, add := v.broadcast("mul"), v.broadcast("add")
		e.run(func(in []vec, _ *tail) []vec {
			v.mulAdd(in[0], mul, add)
			return in
		})
		ret()

		e = elementwise{isa: v, name: "affineSilu" + v.name, ins: []string{"x"}, outs: []string{"dst"}, unroll: 1}
		head(e.name, "func(dst, x *float32, n int, mul, add float32)", e.name+" computes dst[i] = silu(mul x[i] + add).")
		mul, add = v.broadcast("mul"), v.broadcast("add")
		e.run(func(in []vec, _ *tail) []vec {
			v.mulAdd(in[0], mul, add)
			return []vec{silu(v, in[0])}
		})
		ret()

		e = elementwise{isa: v, name: "siluBack" + v.name, ins: []string{"a", "x"}, outs: []string{"dst"}, unroll: 1}
		head(e.name, "func(dst, a, x *float32, n int, mul, add, scale float32)", e.name+" computes dst[i] = scale a[i] times the derivative of silu at mul x[i] + add.")
		mul, add, scale := v.broadcast("mul"), v.broadcast("add"), v.broadcast("scale")
		e.run(func(in []vec, _ *tail) []vec {
			v.mulAdd(in[1], mul, add)
			return []vec{v.mul(v.mul(in[0], scale), siluGrad(v, in[1]))}
		})
		ret()

		e = elementwise{isa: v, name: "siluCurve" + v.name, ins: []string{"a", "x", "dst"}, outs: []string{"al", "dst"}, unroll: 1}
		head(e.name, "func(dst, al, a, x *float32, n int, mul, add float32)", e.name+" computes al[i] = mul a[i] silu'(z) and multiplies dst[i] by mul^2 a[i] times the second derivative of silu, at z = mul x[i] + add.")
		mul, add = v.broadcast("mul"), v.broadcast("add")
		e.run(func(in []vec, _ *tail) []vec {
			a, z, t := v.mul(in[0], mul), in[1], v.mul(in[2], mul)
			v.mulAdd(z, mul, add)
			first, second := siluCurve(v, z)
			return []vec{v.mul(a, first), v.mul(t, v.mul(a, second))}
		})
		ret()

		e = elementwise{isa: v, name: "combine" + v.name, ins: []string{"x", "y"}, outs: []string{"dst"}, unroll: 2}
		head(e.name, "func(dst, x, y *float32, n int, p, q, add float32)", e.name+" computes dst[i] = p x[i] + (q y[i] + add).")
		px, qy, plus := v.broadcast("p"), v.broadcast("q"), v.broadcast("add")
		e.run(func(in []vec, _ *tail) []vec {
			v.mulAdd(in[1], qy, plus)
			v.mulAdd(in[0], px, in[1])
			return in[:1]
		})
		ret()

		e = elementwise{isa: v, name: "axpy" + v.name, ins: []string{"x", "y"}, outs: []string{"y"}, unroll: 2}
		head(e.name, "func(y, x *float32, n int, a float32)", e.name+" computes y[i] += a x[i].")
		a := v.broadcast("a")
		e.run(func(in []vec, _ *tail) []vec {
			v.addMul(in[1], in[0], a)
			return in[1:]
		})
		ret()

		e = elementwise{isa: v, name: "clamp" + v.name, ins: []string{"x"}, outs: []string{"dst"}, unroll: 2}
		head(e.name, "func(dst, x *float32, n int, lo, hi float32)", e.name+" computes dst[i] = min(max(x[i], lo), hi), NaN for NaN.")
		lo, hi := v.broadcast("lo"), v.broadcast("hi")
		e.run(func(in []vec, _ *tail) []vec { return []vec{v.min(hi, v.max(lo, in[0]))} })
		ret()

		e = elementwise{isa: v, name: "fill" + v.name, outs: []string{"dst"}, unroll: 2}
		head(e.name, "func(dst *float32, n int, value float32)", e.name+" sets dst[i] = value.")
		value := v.broadcast("value")
		e.run(func([]vec, *tail) []vec { return []vec{value} })
		ret()

		e = elementwise{isa: v, name: "where" + v.name, ins: []string{"mask", "a", "b"}, outs: []string{"dst"}, unroll: 2}
		head(e.name, "func(dst, mask, a, b *float32, n int)", e.name+" computes dst[i] = a[i] where mask[i] is not 0, else b[i].")
		e.run(func(in []vec, _ *tail) []vec { return []vec{v.choose(notEqual, in[0], v.zero(), in[1], in[2])} })
		ret()

		adam(v)
		mix(v)
	}
}

// adam does the optimiser's update; k is beta1, 1-beta1, beta2, 1-beta2, the step, 1/c2, eps, and what is kept of p.
func adam(v isa) {
	e := elementwise{isa: v, name: "adam" + v.name, ins: []string{"p", "grad", "m", "v"}, outs: []string{"p", "m", "v"}, unroll: 1}
	head(e.name, "func(p, grad, m, v *float32, n int, k *[8]float32)", e.name+" does one AdamW step.")
	k := arg("k")
	var c [8]vec
	for i := range c {
		c[i] = v.reg()
		VBROADCASTSS(Mem{Base: k, Disp: 4 * i}, c[i])
	}
	e.run(func(in []vec, _ *tail) []vec {
		p, g, m, s := in[0], in[1], in[2], in[3]
		VMULPS(c[0], m, m)
		VFMADD231PS(c[1], g, m)
		VMULPS(g, g, g)
		VMULPS(c[2], s, s)
		VFMADD231PS(c[3], g, s)
		d := v.mul(s, c[5])
		VSQRTPS(d, d)
		VADDPS(c[6], d, d)
		up := v.mul(m, c[4])
		VDIVPS(d, up, up)
		VMULPS(c[7], p, p)
		VSUBPS(up, p, p)
		return []vec{p, m, s}
	})
	ret()
}
