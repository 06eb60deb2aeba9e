package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// pack generates the copies that gather panels for the matrix product.
func pack() {
	for _, w := range []int{32, 16, 8, 4, 2, 1} {
		copyRows(w)
	}
	transpose()
	addRows()
}

// copyRows: row k of w numbers goes from src + off[k] to dst + k pitch, in elements.
func copyRows(w int) {
	name := fmt.Sprintf("copyRows%d", w)
	head(name, "func(dst *float32, pitch int, src *float32, off *int, n int)",
		fmt.Sprintf("%s copies rows of %d: dst[k pitch:] from src[off[k]:].", name, w))
	dst, pitch, src, off, n := arg("dst"), arg("pitch"), arg("src"), arg("off"), arg("n")
	SHLQ(Imm(2), pitch)
	o := GP64()
	Label(label(name, "loop"))
	MOVQ(Mem{Base: off}, o)
	switch w {
	case 1:
		t := GP32()
		MOVL(Mem{Base: src, Index: o, Scale: 4}, t)
		MOVL(t, Mem{Base: dst})
	case 2:
		t := GP64()
		MOVQ(Mem{Base: src, Index: o, Scale: 4}, t)
		MOVQ(t, Mem{Base: dst})
	}
	var r []reg.VecVirtual
	for i := 0; 8*i < w && w > 2; i++ {
		if w == 4 {
			r = append(r, XMM())
		} else {
			r = append(r, YMM())
		}
		VMOVUPS(Mem{Base: src, Index: o, Scale: 4, Disp: 32 * i}, r[i])
	}
	for i := range r {
		VMOVUPS(r[i], Mem{Base: dst, Disp: 32 * i})
	}
	ADDQ(pitch, dst)
	ADDQ(Imm(8), off)
	DECQ(n)
	JNE(LabelRef(label(name, "loop")))
	ret()
}

// transpose: column j of the panel is the run of n numbers at src + off[j], four columns at a time.
func transpose() {
	const name = "copyCols"
	head(name, "func(dst *float32, pitch int, src *float32, off *int, quads int, n int)",
		name+" copies runs into columns: dst[k pitch + j] from src[off[j] + k], j in [0, 4 quads), k in [0, n).")
	pitch := arg("pitch")
	SHLQ(Imm(2), pitch)
	pitch3 := GP64()
	LEAQ(Mem{Base: pitch, Index: pitch, Scale: 2}, pitch3)
	dst0, off, quads := arg("dst"), arg("off"), arg("quads")
	Label(name + "quad")
	dst, n := GP64(), arg("n")
	MOVQ(dst0, dst)
	var row [4]reg.GPVirtual
	for i := range row {
		row[i] = arg("src")
		o := GP64()
		MOVQ(Mem{Base: off, Disp: 8 * i}, o)
		LEAQ(Mem{Base: row[i], Index: o, Scale: 4}, row[i])
	}
	SUBQ(Imm(8), n)
	JL(LabelRef(name + "rest"))
	Label(name + "eight")
	var a, b, c [4]reg.VecVirtual
	for i := range a {
		a[i], b[i], c[i] = YMM(), YMM(), YMM()
		VMOVUPS(Mem{Base: row[i]}, a[i])
	}
	VUNPCKLPS(a[1], a[0], b[0]) // 00 10 01 11
	VUNPCKHPS(a[1], a[0], b[1])
	VUNPCKLPS(a[3], a[2], b[2])
	VUNPCKHPS(a[3], a[2], b[3])
	VUNPCKLPD(b[2], b[0], c[0]) // 00 10 20 30
	VUNPCKHPD(b[2], b[0], c[1])
	VUNPCKLPD(b[3], b[1], c[2])
	VUNPCKHPD(b[3], b[1], c[3])
	at := []Mem{{Base: dst}, {Base: dst, Index: pitch, Scale: 1}, {Base: dst, Index: pitch, Scale: 2}, {Base: dst, Index: pitch3, Scale: 1}}
	for i := range c {
		VMOVUPS(c[i].AsX(), at[i])
	}
	LEAQ(Mem{Base: dst, Index: pitch, Scale: 4}, dst)
	for i := range c {
		VEXTRACTF128(Imm(1), c[i], at[i])
	}
	LEAQ(Mem{Base: dst, Index: pitch, Scale: 4}, dst)
	for i := range row {
		ADDQ(Imm(32), row[i])
	}
	SUBQ(Imm(8), n)
	JGE(LabelRef(name + "eight"))
	Label(name + "rest")
	ADDQ(Imm(8), n)
	JE(LabelRef(name + "next"))
	Label(name + "one")
	for i := range row {
		t := GP32()
		MOVL(Mem{Base: row[i]}, t)
		MOVL(t, Mem{Base: dst, Disp: 4 * i})
		ADDQ(Imm(4), row[i])
	}
	ADDQ(pitch, dst)
	DECQ(n)
	JNE(LabelRef(name + "one"))
	Label(name + "next")
	ADDQ(Imm(16), dst0)
	ADDQ(Imm(32), off)
	DECQ(quads)
	JNE(LabelRef(name + "quad"))
	ret()
}

// addRows adds a block of rows into rows of another pitch, as the adjoint of copying them does.
func addRows() {
	const name = "addRows"
	head(name, "func(dst *float32, pitch int, src *float32, from int, rows, n int)",
		name+" adds rows of n: dst[r pitch + i] += src[r from + i].")
	dst, pitch, src, from, rows := arg("dst"), arg("pitch"), arg("src"), arg("from"), arg("rows")
	Label(name + "row")
	d, s, n := GP64(), GP64(), arg("n")
	MOVQ(dst, d)
	MOVQ(src, s)
	SUBQ(Imm(8), n)
	JL(LabelRef(name + "rest"))
	Label(name + "eight")
	v := YMM()
	VMOVUPS(Mem{Base: s}, v)
	VADDPS(Mem{Base: d}, v, v)
	VMOVUPS(v, Mem{Base: d})
	ADDQ(Imm(32), s)
	ADDQ(Imm(32), d)
	SUBQ(Imm(8), n)
	JGE(LabelRef(name + "eight"))
	Label(name + "rest")
	ADDQ(Imm(4), n)
	JL(LabelRef(name + "few"))
	x := XMM()
	VMOVUPS(Mem{Base: s}, x)
	VADDPS(Mem{Base: d}, x, x)
	VMOVUPS(x, Mem{Base: d})
	ADDQ(Imm(16), s)
	ADDQ(Imm(16), d)
	SUBQ(Imm(4), n)
	Label(name + "few")
	ADDQ(Imm(4), n)
	JE(LabelRef(name + "next"))
	Label(name + "one")
	VMOVSS(Mem{Base: s}, x)
	VADDSS(Mem{Base: d}, x, x)
	VMOVSS(x, Mem{Base: d})
	ADDQ(Imm(4), s)
	ADDQ(Imm(4), d)
	DECQ(n)
	JNE(LabelRef(name + "one"))
	Label(name + "next")
	LEAQ(Mem{Base: dst, Index: pitch, Scale: 4}, dst)
	LEAQ(Mem{Base: src, Index: from, Scale: 4}, src)
	DECQ(rows)
	JNE(LabelRef(name + "row"))
	ret()
}
