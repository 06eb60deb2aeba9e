package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// gemm generates the matrix-product micro-kernels
//
//	C[rows, cols] (+)= sum over k of A[rows, k] B[k, cols]
//
// with the whole tile of C in registers, one pass over k in order, one fused
// multiply-add a step. Element (i,k) of A is at a + i si + k sk and row k of B at
// b + k sb, in bytes, so that both packed panels and plain matrices are read. The
// last vector of columns of C has cols valid lanes; B must have all of them.
//
// The largest tile has a second kernel, named Far, that fetches A ahead: for an A that
// another processor wrote or that no cache holds.
func gemm() {
	for _, r := range []int{12, 8, 4, 2, 1} {
		for _, nv := range []int{2, 1} {
			micro(avx512, r, nv, 0)
		}
	}
	micro(avx512, 12, 2, ahead)
	table := maskTable()
	for _, r := range []int{6, 4, 2, 1} {
		for _, nv := range []int{2, 1} {
			microAVX2(table, r, nv, 0)
		}
	}
	microAVX2(table, 6, 2, ahead)
}

const ahead = 1024 // bytes of A that a Far kernel fetches ahead

// microName is the name of a micro-kernel.
func microName(v isa, rows, nv, fetch int) string {
	name := fmt.Sprintf("gemm%s_%dx%d", v.name, rows, nv)
	if fetch > 0 {
		name += "Far"
	}
	return name
}

const microSignature = "func(k int, a *float32, si, sk int, b *float32, sb int, c *float32, sc int, cols int, acc bool)"

// rowBases are up to twelve rows a fixed stride apart, addressed from a base for every four.
type rowBases struct {
	base  []reg.GPVirtual
	s, s3 reg.GPVirtual
}

func newRows(p, s reg.GPVirtual, rows int) *rowBases {
	r := &rowBases{s: s}
	if rows > 3 {
		r.s3 = GP64()
		LEAQ(Mem{Base: s, Index: s, Scale: 2}, r.s3)
	}
	r.base = append(r.base, p)
	for i := 4; i < rows; i += 4 {
		q := GP64()
		LEAQ(Mem{Base: r.base[len(r.base)-1], Index: s, Scale: 4}, q)
		r.base = append(r.base, q)
	}
	return r
}

func (r *rowBases) at(i int) Mem {
	m := Mem{Base: r.base[i/4]}
	switch i % 4 {
	case 1:
		m.Index, m.Scale = r.s, 1
	case 2:
		m.Index, m.Scale = r.s, 2
	case 3:
		m.Index, m.Scale = r.s3, 1
	}
	return m
}

// tile is the accumulators of a micro-kernel and its loop over k.
func tile(v isa, name string, rows, nv, fetch int) [][]reg.VecVirtual {
	k, a, si, sk, b, sb := arg("k"), arg("a"), arg("si"), arg("sk"), arg("b"), arg("sb")
	ar := newRows(a, si, rows)
	acc := make([][]reg.VecVirtual, rows)
	for i := range acc {
		for range nv {
			acc[i] = append(acc[i], v.zero())
		}
	}
	step := func() {
		bv := make([]reg.VecVirtual, nv)
		for j := range bv {
			bv[j] = v.reg()
			VMOVUPS(Mem{Base: b, Disp: v.bytes() * j}, bv[j])
		}
		for i := range acc {
			t := v.reg()
			VBROADCASTSS(ar.at(i), t)
			for j := range bv {
				VFMADD231PS(t, bv[j], acc[i][j])
			}
		}
		if fetch > 0 {
			PREFETCHT0(Mem{Base: a, Disp: fetch})
		}
		for _, p := range ar.base {
			ADDQ(sk, p)
		}
		ADDQ(sb, b)
	}
	const unroll = 2
	SUBQ(Imm(unroll), k)
	JL(LabelRef(label(name, "rest")))
	Label(label(name, "loop"))
	for range unroll {
		step()
	}
	SUBQ(Imm(unroll), k)
	JGE(LabelRef(label(name, "loop")))
	Label(label(name, "rest"))
	ADDQ(Imm(unroll), k)
	JE(LabelRef(label(name, "store")))
	step()
	Label(label(name, "store"))
	return acc
}

func micro(v isa, rows, nv, fetch int) {
	name := microName(v, rows, nv, fetch)
	head(name, microSignature, fmt.Sprintf("%s multiplies a tile of %d rows and %d vectors.", name, rows, nv))
	acc := tile(v, name, rows, nv, fetch)
	cols, ones := arg("cols"), GP32()
	MOVL(U32(0xffffffff), ones)
	BZHIL(cols.As32(), ones, ones)
	mask := K()
	KMOVW(ones, mask)
	c, sc := arg("c"), arg("sc")
	cr := newRows(c, sc, rows)
	add := GP8()
	Load(Param("acc"), add)
	TESTB(add, add)
	JE(LabelRef(label(name, "write")))
	for i := range acc {
		for j := range nv {
			m := cr.at(i)
			m.Disp = v.bytes() * j
			if j == nv-1 {
				VADDPS(m, acc[i][j], mask, acc[i][j])
			} else {
				VADDPS(m, acc[i][j], acc[i][j])
			}
		}
	}
	Label(label(name, "write"))
	for i := range acc {
		for j := range nv {
			m := cr.at(i)
			m.Disp = v.bytes() * j
			if j == nv-1 {
				VMOVUPS(acc[i][j], mask, m)
			} else {
				VMOVUPS(acc[i][j], m)
			}
		}
	}
	ret()
}

func microAVX2(table Mem, rows, nv, fetch int) {
	v := avx2
	name := microName(v, rows, nv, fetch)
	head(name, microSignature, fmt.Sprintf("%s multiplies a tile of %d rows and %d vectors.", name, rows, nv))
	acc := tile(v, name, rows, nv, fetch)
	c, sc := arg("c"), arg("sc")
	cr := newRows(c, sc, rows)
	at := func(i, j int) Mem {
		m := cr.at(i)
		m.Disp = v.bytes() * j
		return m
	}
	cols := arg("cols")
	p := GP64()
	LEAQ(table, p)
	SHLQ(Imm(2), cols)
	SUBQ(cols, p)
	mask := v.reg()
	VMOVDQU(Mem{Base: p, Disp: 32}, mask)
	add := GP8()
	Load(Param("acc"), add)
	TESTB(add, add)
	JE(LabelRef(label(name, "write")))
	t := v.reg()
	for i := range acc {
		for j := range nv {
			if j < nv-1 {
				VADDPS(at(i, j), acc[i][j], acc[i][j])
				continue
			}
			VMASKMOVPS(at(i, j), mask, t)
			VADDPS(t, acc[i][j], acc[i][j])
		}
	}
	Label(label(name, "write"))
	CMPQ(cols, Imm(32))
	JNE(LabelRef(label(name, "part")))
	for i := range acc {
		for j := range nv {
			VMOVUPS(acc[i][j], at(i, j))
		}
	}
	ret()
	Label(label(name, "part"))
	for i := range acc {
		for j := range nv {
			if j < nv-1 {
				VMOVUPS(acc[i][j], at(i, j))
			} else {
				VMASKMOVPS(acc[i][j], mask, at(i, j))
			}
		}
	}
	ret()
}
