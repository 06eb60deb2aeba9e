package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// sums generates reductions of n numbers, n a positive multiple of 64 (of any size for expSum).
func sums() {
	for _, v := range []isa{avx512, avx2} {
		sum(v)
		moments(v)
		wide(v, "sumWide", "func(x *float32, n int) float64", "the sum in float64", false)
		wide(v, "dotWide", "func(x, y *float32, n int) float64", "the sum of x[i] y[i] in float64", true)
		largest(v)
		expSum(v)
	}
}

// sum adds in interleaved lanes of four accumulators, joined as a tree.
func sum(v isa) {
	name := "sum" + v.name
	head(name, "func(x *float32, n int) float32", name+" returns the sum.")
	x, n := arg("x"), arg("n")
	acc := []vec{v.zero(), v.zero(), v.zero(), v.zero()}
	Label(label(name, "loop"))
	for i := range acc {
		VADDPS(Mem{Base: x, Disp: i * v.bytes()}, acc[i], acc[i])
	}
	ADDQ(U32(uint32(4*v.bytes())), x)
	SUBQ(Imm(uint64(4*v.lanes)), n)
	JG(LabelRef(label(name, "loop")))
	Store(v.sum(v.add(v.add(acc[0], acc[1]), v.add(acc[2], acc[3]))), ReturnIndex(0))
	ret()
}

// moments sums d = x - shift and d^2.
func moments(v isa) {
	name := "moments" + v.name
	head(name, "func(x *float32, n int, shift float32) (sum, squares float32)", name+" returns the sums of x[i] - shift and of its square.")
	x, n, shift := arg("x"), arg("n"), v.broadcast("shift")
	var s, q [4]vec
	for i := range s {
		s[i], q[i] = v.zero(), v.zero()
	}
	Label(label(name, "loop"))
	for i := range s {
		d := v.reg()
		VMOVUPS(Mem{Base: x, Disp: i * v.bytes()}, d)
		VSUBPS(shift, d, d)
		VADDPS(d, s[i], s[i])
		VFMADD231PS(d, d, q[i])
	}
	ADDQ(U32(uint32(4*v.bytes())), x)
	SUBQ(Imm(uint64(4*v.lanes)), n)
	JG(LabelRef(label(name, "loop")))
	Store(v.sum(v.add(v.add(s[0], s[1]), v.add(s[2], s[3]))), ReturnIndex(0))
	Store(v.sum(v.add(v.add(q[0], q[1]), v.add(q[2], q[3]))), ReturnIndex(1))
	ret()
}

// wide sums in float64.
func wide(v isa, name, signature, doc string, dot bool) {
	name += v.name
	head(name, signature, name+" returns "+doc+".")
	x, n := arg("x"), arg("n")
	var y reg.GPVirtual
	if dot {
		y = arg("y")
	}
	var acc [4]vec
	for i := range acc {
		acc[i] = v.zero()
	}
	half := v.lanes / 2
	Label(label(name, "loop"))
	for i := range acc {
		t := v.reg()
		VCVTPS2PD(Mem{Base: x, Disp: 4 * half * i}, t)
		if dot {
			u := v.reg()
			VCVTPS2PD(Mem{Base: y, Disp: 4 * half * i}, u)
			VFMADD231PD(t, u, acc[i])
		} else {
			VADDPD(t, acc[i], acc[i])
		}
	}
	ADDQ(U32(uint32(16*half)), x)
	if dot {
		ADDQ(U32(uint32(16*half)), y)
	}
	SUBQ(Imm(uint64(4*half)), n)
	JG(LabelRef(label(name, "loop")))
	VADDPD(acc[1], acc[0], acc[0])
	VADDPD(acc[3], acc[2], acc[2])
	VADDPD(acc[2], acc[0], acc[0])
	s := acc[0]
	if v.lanes == 16 {
		h := YMM()
		VEXTRACTF64X4(Imm(1), s, h)
		VADDPD(h, s.AsY(), h)
		s = h
	}
	t := XMM()
	VEXTRACTF128(Imm(1), s.AsY(), t)
	VADDPD(s.AsX(), t, t)
	u := XMM()
	VUNPCKHPD(t, t, u)
	VADDSD(u, t, t)
	Store(t, ReturnIndex(0))
	ret()
}

// nanMax is the larger of two, NaN if either is.
func (v isa) nanMax(a, b vec) vec { return v.choose(unordered, a, a, a, v.max(a, b)) }

// largest is the maximum; two vectors a turn share a test for NaN.
func largest(v isa) {
	name := "largest" + v.name
	head(name, "func(x *float32, n int) float32", name+" returns the maximum, NaN if any is.")
	x, n := arg("x"), arg("n")
	a, b := v.load(Mem{Base: x}, nil), v.load(Mem{Base: x}, nil)
	bad := v.zero() // NaN in a lane that met one
	Label(label(name, "loop"))
	for i := 0; i < 4; i += 2 {
		p := v.load(Mem{Base: x, Disp: i * v.bytes()}, nil)
		q := v.load(Mem{Base: x, Disp: (i + 1) * v.bytes()}, nil)
		VMAXPS(p, a, a)
		VMAXPS(q, b, b)
		if v.lanes == 16 {
			k := K()
			VCMPPS(Imm(unordered), p, q, k)
			VADDPS(q, p, k, bad)
		} else {
			t := v.reg()
			VCMPPS(Imm(unordered), p, q, t)
			VORPS(t, bad, bad)
		}
	}
	ADDQ(U32(uint32(4*v.bytes())), x)
	SUBQ(Imm(uint64(4*v.lanes)), n)
	JG(LabelRef(label(name, "loop")))
	a = v.choose(unordered, bad, bad, bad, v.max(a, b))
	if v.lanes == 16 {
		h := YMM()
		VEXTRACTF64X4(Imm(1), a, h)
		a = avx2.nanMax(h, a.AsY().(vec))
	}
	h := XMM()
	VEXTRACTF128(Imm(1), a.AsY(), h)
	r := sse.nanMax(h, a.AsX().(vec))
	h = XMM()
	VMOVHLPS(r, r, h)
	r = sse.nanMax(h, r)
	h = XMM()
	VMOVSHDUP(r, h)
	Store(sse.nanMax(h, r), ReturnIndex(0))
	ret()
}

// expSum is the heart of softmax.
func expSum(v isa) {
	name := "expSum" + v.name
	e := elementwise{isa: v, name: name, ins: []string{"x"}, outs: []string{"dst"}, unroll: 1}
	head(name, "func(dst, x *float32, n int, shift float32) float32", name+" computes dst[i] = exp(x[i] - shift) and returns the sum.")
	shift, acc := v.broadcast("shift"), v.zero()
	e.run(func(in []vec, t *tail) []vec {
		x := v.sub(in[0], shift)
		r := v.expOf(x)
		switch {
		case t == nil:
			VADDPS(r, acc, acc)
		case v.lanes == 16:
			VADDPS(r, acc, t.k, acc)
		default:
			VADDPS(v.and(r, t.y), acc, acc)
		}
		return []vec{r}
	})
	Store(v.sum(acc), ReturnIndex(0))
	ret()
}
