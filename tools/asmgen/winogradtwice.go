package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// twice generates the transforms of doubled images: of one pixel and its neighbours to 3 x 3
// points and from these to 2 x 2 pixels, and the adjoint's from 4 x 4 pixels to one. Every
// four lanes hold tiles that are neighbours, so that a row of theirs is one of pixels.
func twice(v isa) {
	double, halve := filtering{v: v, title: "double", m: 2, n: 3, in: 3}, filtering{v: v, title: "halve", m: 1, n: 3, in: 4}
	double.input()
	double.output()
	double.delta()
	double.weight()
	double.taps()
	halve.input()
	halve.output()
}

// run loads the numbers at src + off[l] + i, i < 4, into lanes l, l+1, ... for every fourth l.
func (f filtering) run(src, off reg.GPVirtual, disp int) vec {
	z := f.v.reg()
	for l := 0; l < f.v.lanes/4; l++ {
		o := GP64()
		MOVQ(Mem{Base: off, Disp: 32 * l}, o)
		m := Mem{Base: src, Index: o, Scale: 4, Disp: 4 * disp}
		switch {
		case l == 0:
			VMOVUPS(m, z.AsX())
		case f.v.lanes == 8:
			VINSERTF128(Imm(uint64(l)), m, z, z)
		default:
			VINSERTF32X4(Imm(uint64(l)), m, z, z)
		}
	}
	return z
}

// neighbours loads a row of n pixels of every tile: three from every pixel on, or two or four
// from every second one on.
func (f filtering) neighbours(n int, src, off reg.GPVirtual) []vec {
	if n == 3 {
		return []vec{f.run(src, off, 0), f.run(src, off, 1), f.run(src, off, 2)}
	}
	var x []vec
	for i := 0; i < n; i += 2 {
		a, b := f.run(src, off, i), f.run(src, off, i+4)
		even, odd := f.v.reg(), f.v.reg()
		VSHUFPS(Imm(0x88), b, a, even)
		VSHUFPS(Imm(0xdd), b, a, odd)
		x = append(x, even, odd)
	}
	return x
}

// scatterRun stores a row of m pixels of every tile, those of four neighbours one after another.
func (f filtering) scatterRun(y []vec, at func(lane int) Mem) {
	f.q = 1
	z := y
	if f.m == 2 {
		z = []vec{f.shuffle(VUNPCKLPS, y[0], y[1]), f.shuffle(VUNPCKHPS, y[0], y[1])}
	}
	for l := range f.v.lanes / 4 {
		to := at(4 * l)
		for i, r := range z {
			to.Disp = 16 * i
			f.part(r, l, to)
		}
	}
}
