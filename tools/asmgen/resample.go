package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// resample generates the loops that double and halve the extents of a plane.
func resample() {
	repeatRows()
	halveRows()
}

// runs generates a loop over n elements, by eight, four and one at a time: each body does as many and moves on.
func runs(name string, n reg.GPVirtual, eight, four, one func()) {
	SUBQ(Imm(8), n)
	JL(LabelRef(name + "rest"))
	Label(name + "eight")
	eight()
	SUBQ(Imm(8), n)
	JGE(LabelRef(name + "eight"))
	Label(name + "rest")
	ADDQ(Imm(4), n)
	JL(LabelRef(name + "few"))
	four()
	SUBQ(Imm(4), n)
	Label(name + "few")
	ADDQ(Imm(4), n)
	JE(LabelRef(name + "next"))
	Label(name + "one")
	one()
	DECQ(n)
	JNE(LabelRef(name + "one"))
	Label(name + "next")
}

// repeatRows writes every element twice, into two rows.
func repeatRows() {
	const name = "repeatRows"
	head(name, "func(dst *float32, pitch, twin int, src *float32, from int, rows, n int)",
		name+" repeats elements: dst[r pitch + a + b] = src[r from + i], a = 2i, 2i + 1, b = 0, twin, r < rows, i < n.")
	dst, pitch, twin, src, from, rows := arg("dst"), arg("pitch"), stretch("twin"), arg("src"), arg("from"), arg("rows")
	Label(name + "row")
	d, e, s, n := GP64(), GP64(), GP64(), arg("n")
	MOVQ(dst, d)
	LEAQ(Mem{Base: dst, Index: twin, Scale: 1}, e)
	MOVQ(src, s)
	move := func(elements int) {
		ADDQ(Imm(uint64(4*elements)), s)
		ADDQ(Imm(uint64(8*elements)), d)
		ADDQ(Imm(uint64(8*elements)), e)
	}
	quad := func(disp int) {
		y := YMM()
		VPMOVZXDQ(Mem{Base: s, Disp: disp}, y)
		VMOVSLDUP(y, y)
		VMOVUPS(y, Mem{Base: d, Disp: 2 * disp})
		VMOVUPS(y, Mem{Base: e, Disp: 2 * disp})
	}
	runs(name, n, func() {
		quad(0)
		quad(16)
		move(8)
	}, func() {
		quad(0)
		move(4)
	}, func() {
		x := XMM()
		VMOVSS(Mem{Base: s}, x)
		VMOVSLDUP(x, x)
		VMOVLPS(x, Mem{Base: d})
		VMOVLPS(x, Mem{Base: e})
		move(1)
	})
	LEAQ(Mem{Base: dst, Index: pitch, Scale: 4}, dst)
	LEAQ(Mem{Base: src, Index: from, Scale: 4}, src)
	DECQ(rows)
	JNE(LabelRef(name + "row"))
	ret()
}

// halveRows sums 2x2, in the order of rows.
func halveRows() {
	const name = "halveRows"
	head(name, "func(dst *float32, pitch int, src *float32, from int, rows, n int)",
		name+" sums 2x2: dst[r pitch + i] = ((s[0] + s[1]) + s[from]) + s[from + 1] of s = src[2r from + 2i:], r < rows, i < n.")
	dst, pitch, src, from, rows := arg("dst"), arg("pitch"), arg("src"), stretch("from"), arg("rows")
	Label(name + "row")
	d, s, t, n := GP64(), GP64(), GP64(), arg("n")
	MOVQ(dst, d)
	MOVQ(src, s)
	LEAQ(Mem{Base: src, Index: from, Scale: 1}, t)
	move := func(elements int) {
		ADDQ(Imm(uint64(4*elements)), d)
		ADDQ(Imm(uint64(8*elements)), s)
		ADDQ(Imm(uint64(8*elements)), t)
	}
	sum := func(vec func() reg.VecVirtual, bytes int) reg.VecVirtual {
		var even, odd [2]reg.VecVirtual
		for i, row := range []reg.GPVirtual{s, t} {
			a, b := vec(), vec()
			VMOVUPS(Mem{Base: row}, a)
			VMOVUPS(Mem{Base: row, Disp: bytes}, b)
			even[i], odd[i] = vec(), vec()
			VSHUFPS(Imm(0x88), b, a, even[i])
			VSHUFPS(Imm(0xdd), b, a, odd[i])
		}
		y := even[0]
		for _, x := range []reg.VecVirtual{odd[0], even[1], odd[1]} {
			VADDPS(x, y, y)
		}
		return y
	}
	runs(name, n, func() {
		y := sum(YMM, 32)
		VPERMPD(Imm(0xd8), y, y)
		VMOVUPS(y, Mem{Base: d})
		move(8)
	}, func() {
		VMOVUPS(sum(XMM, 16), Mem{Base: d})
		move(4)
	}, func() {
		x := XMM()
		VMOVSS(Mem{Base: s}, x)
		for _, m := range []Mem{{Base: s, Disp: 4}, {Base: t}, {Base: t, Disp: 4}} {
			VADDSS(m, x, x)
		}
		VMOVSS(x, Mem{Base: d})
		move(1)
	})
	LEAQ(Mem{Base: dst, Index: pitch, Scale: 4}, dst)
	LEAQ(Mem{Base: src, Index: from, Scale: 2}, src)
	DECQ(rows)
	JNE(LabelRef(name + "row"))
	ret()
}
