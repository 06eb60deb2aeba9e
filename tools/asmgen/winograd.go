package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// winograd generates the transforms of Winograd's minimal filtering F(m x m, 3x3).
// A vector holds one element of as many tiles as it has lanes (of as many filters for
// the weights). Each transform is a map of columns followed by one of rows, with the
// intermediate in tmp:
//
//	input   n x n pixels  -> n x n points     B^T d B        n = m + 2
//	output  n x n points  -> m x m pixels     A^T p A
//	delta   m x m pixels  -> n x n points     A y A^T
//	weight  3 x 3 taps    -> n x n points     G g G^T
//	taps    n x n points  -> 3 x 3 taps       G^T u G
func winograd() {
	for _, v := range []isa{avx512, avx2} {
		for _, f := range []filtering{{v: v, title: "wino4", m: 4, n: 6, in: 6}, {v: v, title: "wino2", m: 2, n: 4, in: 4}} {
			for f.q = 1; f.q <= v.lanes/4 && (f.q == 1 || f.m == 4); f.q *= 2 {
				f.input()
				f.output()
				f.delta()
			}
			f.weight()
			f.taps()
		}
		twice(v)
		copyBlock(v)
	}
}

// filtering is F(m x m, 3x3) on an instruction set, of in x in pixels and n x n points. Lanes
// L, L+4, ... hold q tiles that are neighbours in their row, for as many as q; where q is 0,
// every four lanes do.
type filtering struct {
	v           isa
	title       string
	m, n, in, q int
}

func (f filtering) name(what string) string { return f.title + what + f.v.name }

// namePer is name for the transforms that depend on q.
func (f filtering) namePer(what string) string {
	if f.q == 0 {
		return f.name(what)
	}
	return fmt.Sprintf("%sx%d", f.name(what), f.q)
}

// linear is a map from vectors to vectors; it may spend its arguments.
type linear func(x []vec) []vec

// loop repeats body n times.
func loop(name string, n int, body func()) {
	i := GP64()
	MOVQ(U32(uint32(n)), i)
	Label(name)
	body()
	DECQ(i)
	JNE(LabelRef(name))
}

// stretch loads a stride given in elements, as bytes.
func stretch(name string) reg.GPVirtual {
	s := arg(name)
	SHLQ(Imm(2), s)
	return s
}

// strides are the places p, p + s, ... p + 5 s.
type strides struct{ p, s, s3, s5 reg.GPVirtual }

func stridesOf(p, s reg.GPVirtual) strides {
	r := strides{p, s, GP64(), GP64()}
	LEAQ(Mem{Base: s, Index: s, Scale: 2}, r.s3)
	LEAQ(Mem{Base: s, Index: s, Scale: 4}, r.s5)
	return r
}

func (r strides) at(i int) Mem {
	switch i {
	case 0:
		return Mem{Base: r.p}
	case 3:
		return Mem{Base: r.p, Index: r.s3, Scale: 1}
	case 5:
		return Mem{Base: r.p, Index: r.s5, Scale: 1}
	}
	return Mem{Base: r.p, Index: r.s, Scale: uint8(i)}
}

// times returns n s.
func times(s reg.GPVirtual, n int) reg.GPVirtual {
	r := GP64()
	IMUL3Q(U32(uint32(n)), s, r)
	return r
}

// column loads n vectors of tmp, step vectors apart.
func (f filtering) column(tmp reg.GPVirtual, n, step int) []vec {
	x := make([]vec, n)
	for i := range x {
		x[i] = f.v.load(Mem{Base: tmp, Disp: i * step * f.v.bytes()}, nil)
	}
	return x
}

// spill stores vectors into tmp, step vectors apart.
func (f filtering) spill(x []vec, tmp reg.GPVirtual, step int) {
	for i, r := range x {
		f.v.store(r, Mem{Base: tmp, Disp: i * step * f.v.bytes()}, nil)
	}
}

// quads loads four numbers at src + off[l] for every lane l: register i has those of
// lanes i, 4+i, 8+i, ..., q of them with one load.
func (f filtering) quads(src, off reg.GPVirtual, disp int) []vec {
	z := make([]vec, 4)
	for i := range z {
		z[i] = f.v.reg()
		for l := 0; l < f.v.lanes/4; l += f.q {
			o := GP64()
			MOVQ(Mem{Base: off, Disp: 8 * (4*l + i)}, o)
			m := Mem{Base: src, Index: o, Scale: 4, Disp: disp}
			switch {
			case 4*f.q == f.v.lanes:
				VMOVUPS(m, z[i])
			case l == 0 && f.q == 2:
				VMOVUPS(m, z[i].AsY())
			case l == 0:
				VMOVUPS(m, z[i].AsX())
			case f.q == 2:
				VINSERTF64X4(Imm(uint64(l/2)), m, z[i], z[i])
			case f.v.lanes == 8:
				VINSERTF128(Imm(uint64(l)), m, z[i], z[i])
			default:
				VINSERTF32X4(Imm(uint64(l)), m, z[i], z[i])
			}
		}
	}
	return z
}

func (f filtering) shuffle(op func(...Op), a, b vec) vec {
	r := f.v.reg()
	op(b, a, r)
	return r
}

// transposed exchanges lanes and registers within every four lanes.
func (f filtering) transposed(z []vec) []vec {
	lo0, hi0 := f.shuffle(VUNPCKLPS, z[0], z[1]), f.shuffle(VUNPCKHPS, z[0], z[1])
	lo1, hi1 := f.shuffle(VUNPCKLPS, z[2], z[3]), f.shuffle(VUNPCKHPS, z[2], z[3])
	return []vec{f.shuffle(VUNPCKLPD, lo0, lo1), f.shuffle(VUNPCKHPD, lo0, lo1), f.shuffle(VUNPCKLPD, hi0, hi1), f.shuffle(VUNPCKHPD, hi0, hi1)}
}

// pixels loads a row of n pixels of every tile.
func (f filtering) pixels(n int, src, off reg.GPVirtual) []vec {
	if f.q == 0 {
		return f.neighbours(n, src, off)
	}
	x := f.transposed(f.quads(src, off, 0))
	switch n {
	case 2:
		return x[:2]
	case 6:
		z := f.quads(src, off, 8)
		a, b := f.shuffle(VUNPCKHPS, z[0], z[1]), f.shuffle(VUNPCKHPS, z[2], z[3])
		x = append(x, f.shuffle(VUNPCKLPD, a, b), f.shuffle(VUNPCKHPD, a, b))
	}
	return x
}

// fromTiles generates a transform of rows x rows pixels to n x n points:
//
//	dst[(i n + j) plane + l] = (M x_l M^T)[i,j],   x_l[r,c] = src[off[l] + r pitch + c].
func (f filtering) fromTiles(what, doc string, rows int, maps func() linear) {
	name, n := f.namePer(what), f.n
	head(name, "func(dst *float32, plane int, src *float32, pitch int, off *int, groups int, tmp *float32)", name+doc)
	m := maps()
	groups, off, at := arg("groups"), arg("off"), arg("dst")
	Label(name)
	src, tmp, pitch := arg("src"), arg("tmp"), stretch("pitch")
	loop(label(name, "row"), rows, func() {
		f.spill(m(f.pixels(rows, src, off)), tmp, 1)
		ADDQ(pitch, src)
		ADDQ(U32(uint32(n*f.v.bytes())), tmp)
	})
	dst, plane := GP64(), stretch("plane")
	MOVQ(at, dst)
	to := stridesOf(dst, times(plane, n))
	tmp2 := arg("tmp")
	loop(label(name, "column"), n, func() {
		for i, r := range m(f.column(tmp2, rows, n)) {
			f.v.store(r, to.at(i), nil)
		}
		ADDQ(plane, dst)
		ADDQ(U32(uint32(f.v.bytes())), tmp2)
	})
	ADDQ(U32(uint32(f.v.bytes())), at)
	ADDQ(U32(uint32(8*f.v.lanes)), off)
	DECQ(groups)
	JNE(LabelRef(name))
	ret()
}

func (f filtering) input() {
	f.fromTiles("Input", " transforms tiles of pixels: dst[(i n + j) plane + l] = (B^T d B)[i,j], d[r,c] = src[off[l] + r pitch + c].", f.in, f.mapB)
}

func (f filtering) delta() {
	f.fromTiles("Delta", " is the adjoint of the output's transform: dst[(i n + j) plane + l] = (A y A^T)[i,j], y[r,c] = src[off[l] + r pitch + c].", f.m, f.mapA)
}

// output is dst[off[l] + r pitch + c] = (A^T p_l A)[r,c], p_l[i,j] = src[(i n + j) plane + l].
func (f filtering) output() {
	name, n := f.namePer("Output"), f.n
	head(name, "func(dst *float32, pitch int, off *int, src *float32, plane int, groups int, tmp *float32)",
		name+" transforms points into tiles of pixels: dst[off[l] + r pitch + c] = (A^T p A)[r,c], p[i,j] = src[(i n + j) plane + l].")
	m := f.mapAT()
	groups, off, from := arg("groups"), arg("off"), arg("src")
	Label(name)
	src, plane := GP64(), stretch("plane")
	MOVQ(from, src)
	in := stridesOf(src, times(plane, n))
	tmp := arg("tmp")
	loop(label(name, "column"), n, func() {
		x := make([]vec, n)
		for i := range x {
			x[i] = f.v.load(in.at(i), nil)
		}
		f.spill(m(x), tmp, n)
		ADDQ(plane, src)
		ADDQ(U32(uint32(f.v.bytes())), tmp)
	})
	dst, pitch, tmp2 := arg("dst"), stretch("pitch"), arg("tmp")
	loop(label(name, "row"), f.m, func() {
		f.scatter(m(f.column(tmp2, n, 1)), dst, off)
		ADDQ(pitch, dst)
		ADDQ(U32(uint32(n*f.v.bytes())), tmp2)
	})
	ADDQ(U32(uint32(f.v.bytes())), from)
	ADDQ(U32(uint32(8*f.v.lanes)), off)
	DECQ(groups)
	JNE(LabelRef(name))
	ret()
}

// scatter stores a row of m pixels of every lane l at dst + off[l].
func (f filtering) scatter(y []vec, dst, off reg.GPVirtual) {
	at := func(lane int) Mem {
		o := GP64()
		MOVQ(Mem{Base: off, Disp: 8 * lane}, o)
		return Mem{Base: dst, Index: o, Scale: 4}
	}
	switch {
	case f.q == 0:
		f.scatterRun(y, at)
		return
	case f.m == 4:
		for i, z := range f.transposed(y) {
			for l := 0; l < f.v.lanes/4; l += f.q {
				f.part(z, l, at(4*l+i))
			}
		}
		return
	}
	for i, z := range []vec{f.shuffle(VUNPCKLPS, y[0], y[1]), f.shuffle(VUNPCKHPS, y[0], y[1])} {
		for l := range f.v.lanes / 4 {
			x := XMM()
			f.part(z, l, x)
			VMOVLPS(x, at(4*l+2*i))
			VMOVHPS(x, at(4*l+2*i+1))
		}
	}
}

// part stores 4q lanes of z from 4l.
func (f filtering) part(z vec, l int, to Op) {
	switch {
	case 4*f.q == f.v.lanes:
		VMOVUPS(z, to)
	case l == 0 && f.q == 2:
		VMOVUPS(z.AsY(), to)
	case l == 0:
		VMOVUPS(z.AsX(), to)
	case f.q == 2:
		VEXTRACTF64X4(Imm(uint64(l/2)), z, to)
	case f.v.lanes == 8:
		VEXTRACTF128(Imm(uint64(l)), z, to)
	default:
		VEXTRACTF32X4(Imm(uint64(l)), z, to)
	}
}

// weight is, for n filters in turn, dst[(i n + j) plane + l] = (G g_l G^T)[i,j], g_l[r,c] = src[(3r + c) tap + l].
func (f filtering) weight() {
	name, n := f.name("Weight"), f.n
	head(name, "func(dst *float32, plane, step int, src *float32, tap, from int, lanes, count int, tmp *float32)",
		name+" transforms filters: dst[(i n + j) plane + l] = (G g G^T)[i,j], g[r,c] = src[(3 r + c) tap + l], l < lanes; count times, dst step and src from further each time.")
	m := f.mapG()
	mask := f.v.mask(arg("lanes"))
	at, from, count := arg("dst"), arg("src"), arg("count")
	Label(name)
	src, tap, tmp := GP64(), stretch("tap"), arg("tmp")
	MOVQ(from, src)
	in := stridesOf(src, times(tap, 3))
	loop(label(name, "column"), 3, func() {
		x := make([]vec, 3)
		for i := range x {
			x[i] = f.v.load(in.at(i), mask)
		}
		f.spill(m(x), tmp, 3)
		ADDQ(tap, src)
		ADDQ(U32(uint32(f.v.bytes())), tmp)
	})
	dst, plane, tmp2 := GP64(), stretch("plane"), arg("tmp")
	MOVQ(at, dst)
	to := stridesOf(dst, plane)
	row := times(plane, n)
	loop(label(name, "row"), n, func() {
		for i, r := range m(f.column(tmp2, 3, 1)) {
			f.v.store(r, to.at(i), mask)
		}
		ADDQ(row, dst)
		ADDQ(U32(uint32(3*f.v.bytes())), tmp2)
	})
	ADDQ(stretch("step"), at)
	ADDQ(stretch("from"), from)
	DECQ(count)
	JNE(LabelRef(name))
	ret()
}

// taps is dst[(3r + c) tap + l] = (G^T u_l G)[r,c], u_l[i,j] = src[(i n + j) plane + l].
func (f filtering) taps() {
	name, n := f.name("Taps"), f.n
	head(name, "func(dst *float32, tap int, src *float32, plane int, lanes int, tmp *float32)",
		name+" is the adjoint of the weights' transform: dst[(3 r + c) tap + l] = (G^T u G)[r,c], u[i,j] = src[(i n + j) plane + l], l < lanes.")
	m := f.mapGT()
	mask := f.v.mask(arg("lanes"))
	src, plane, tmp := arg("src"), stretch("plane"), arg("tmp")
	in := stridesOf(src, times(plane, n))
	loop(label(name, "column"), n, func() {
		x := make([]vec, n)
		for i := range x {
			x[i] = f.v.load(in.at(i), mask)
		}
		f.spill(m(x), tmp, n)
		ADDQ(plane, src)
		ADDQ(U32(uint32(f.v.bytes())), tmp)
	})
	dst, tap, tmp2 := arg("dst"), stretch("tap"), arg("tmp")
	loop(label(name, "row"), 3, func() {
		for _, r := range m(f.column(tmp2, n, 1)) {
			f.v.store(r, Mem{Base: dst}, mask)
			ADDQ(tap, dst)
		}
		ADDQ(U32(uint32(n*f.v.bytes())), tmp2)
	})
	ret()
}

// copyBlock is dst[r pitch + i] = src[r from + i] + add.
func copyBlock(v isa) {
	name := "copyBlock" + v.name
	head(name, "func(dst *float32, pitch int, src *float32, from int, rows, n int, add float32)",
		name+" copies rows of n: dst[r pitch + i] = src[r from + i] + add.")
	dst, src, rows, pitch, from, add := arg("dst"), arg("src"), arg("rows"), stretch("pitch"), stretch("from"), v.broadcast("add")
	n := arg("n")
	SUBQ(Imm(1), n)
	last := GP64()
	MOVQ(n, last)
	ANDQ(I32(-int32(v.lanes)), last)
	ANDQ(U32(uint32(v.lanes-1)), n)
	ADDQ(Imm(1), n)
	SHLQ(Imm(2), last)
	mask := v.mask(n)
	Label(name)
	i := GP64()
	XORQ(i, i)
	Label(label(name, "full"))
	CMPQ(i, last)
	JGE(LabelRef(label(name, "tail")))
	v.store(v.add(add, v.load(Mem{Base: src, Index: i, Scale: 1}, nil)), Mem{Base: dst, Index: i, Scale: 1}, nil)
	ADDQ(U32(uint32(v.bytes())), i)
	JMP(LabelRef(label(name, "full")))
	Label(label(name, "tail"))
	v.store(v.add(add, v.load(Mem{Base: src, Index: i, Scale: 1}, mask)), Mem{Base: dst, Index: i, Scale: 1}, mask)
	ADDQ(pitch, dst)
	ADDQ(from, src)
	DECQ(rows)
	JNE(LabelRef(name))
	ret()
}
