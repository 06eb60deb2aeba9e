package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// mix is a step of a moving average in float64 of numbers in float32, each product and the sum rounded by itself as
// in Go; n is a positive multiple of 64.
func mix(v isa) {
	name := "mix" + v.name
	head(name, "func(e *float64, p *float32, n int, beta, alpha float64)", name+" computes e[i] = beta e[i] + alpha p[i].")
	e, p, n := arg("e"), arg("p"), arg("n")
	keep, take := v.broadcast64("beta"), v.broadcast64("alpha")
	half := v.lanes / 2
	Label(label(name, "loop"))
	for i := range 4 {
		x, old := v.reg(), v.reg()
		VCVTPS2PD(Mem{Base: p, Disp: 4 * half * i}, x)
		VMULPD(take, x, x)
		VMULPD(Mem{Base: e, Disp: v.bytes() * i}, keep, old)
		VADDPD(x, old, old)
		VMOVUPD(old, Mem{Base: e, Disp: v.bytes() * i})
	}
	ADDQ(U32(uint32(16*half)), p)
	ADDQ(U32(uint32(4*v.bytes())), e)
	SUBQ(Imm(uint64(4*half)), n)
	JG(LabelRef(label(name, "loop")))
	ret()
}
