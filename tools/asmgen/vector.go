package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// vec is a vector register.
type vec = reg.VecVirtual

var (
	constants = map[word]Mem{}
	lanesOn   Mem
)

// word is a constant in every lane.
type word uint32

// num is the word of a number.
func num(x float64) word { return word(math.Float32bits(float32(x))) }

// mem returns the address of eight copies of a word.
func (w word) mem() Mem {
	if m, ok := constants[w]; ok {
		return m
	}
	m := GLOBL(fmt.Sprintf("word%08x", uint32(w)), RODATA|NOPTR)
	for i := range 4 {
		DATA(8*i, U64(uint64(w)<<32|uint64(w)))
	}
	constants[w] = m
	return m
}

// emit writes an instruction whose first operand is a register or a constant;
// AVX-512 has a form of it that broadcasts from four bytes.
func (v isa) emit(plain, broadcast func(...Op), x any, rest ...Op) {
	w, constant := x.(word)
	switch {
	case !constant:
		plain(append([]Op{x.(Op)}, rest...)...)
	case v.lanes == 16:
		broadcast(append([]Op{w.mem()}, rest...)...)
	default:
		plain(append([]Op{w.mem()}, rest...)...)
	}
}

// tail is which lanes of the last vector of a loop count.
type tail struct {
	k reg.OpmaskVirtual // AVX-512
	y vec               // AVX2
}

// mask makes the tail for n lanes, n > 0; lanes and more are all.
func (v isa) mask(n reg.GPVirtual) *tail {
	if v.lanes == 16 {
		ones, k := GP32(), K()
		MOVL(U32(0xffffffff), ones)
		BZHIL(n.As32(), ones, ones)
		KMOVW(ones, k)
		return &tail{k: k}
	}
	if lanesOn.Symbol.Name == "" {
		lanesOn = maskTable()
	}
	m, p, y := GP64(), GP64(), v.reg()
	MOVQ(U32(8), m)
	CMPQ(n, m)
	CMOVQLT(n, m)
	SHLQ(Imm(2), m)
	LEAQ(lanesOn, p)
	SUBQ(m, p)
	VMOVDQU(Mem{Base: p, Disp: 32}, y)
	return &tail{y: y}
}

// load reads a vector; lanes that do not count are zero.
func (v isa) load(m Mem, t *tail) vec {
	r := v.reg()
	switch {
	case t == nil:
		VMOVUPS(m, r)
	case v.lanes == 16:
		VMOVUPS_Z(m, t.k, r)
	default:
		VMASKMOVPS(m, t.y, r)
	}
	return r
}

// store writes the lanes that count.
func (v isa) store(r vec, m Mem, t *tail) {
	switch {
	case t == nil:
		VMOVUPS(r, m)
	case v.lanes == 16:
		VMOVUPS(r, t.k, m)
	default:
		VMASKMOVPS(r, t.y, m)
	}
}

// broadcast loads a float32 parameter into every lane.
func (v isa) broadcast(param string) vec {
	p, err := Param(param).Resolve()
	if err != nil {
		panic(err)
	}
	r := v.reg()
	VBROADCASTSS(p.Addr, r)
	return r
}

// broadcast64 loads a float64 parameter into every half lane.
func (v isa) broadcast64(param string) vec {
	p, err := Param(param).Resolve()
	if err != nil {
		panic(err)
	}
	r := v.reg()
	VBROADCASTSD(p.Addr, r)
	return r
}

// copy returns a constant in a fresh register.
func (v isa) copy(w word) vec {
	r := v.reg()
	VBROADCASTSS(w.mem(), r)
	return r
}

// fresh is emit for "r = a op b" into a fresh register.
func (v isa) fresh(plain, broadcast func(...Op), a vec, b any) vec {
	r := v.reg()
	v.emit(plain, broadcast, b, a, r)
	return r
}

// Arithmetic into a fresh register; b may be a constant.
func (v isa) add(a vec, b any) vec { return v.fresh(VADDPS, VADDPS_BCST, a, b) }
func (v isa) sub(a vec, b any) vec { return v.fresh(VSUBPS, VSUBPS_BCST, a, b) }
func (v isa) mul(a vec, b any) vec { return v.fresh(VMULPS, VMULPS_BCST, a, b) }
func (v isa) div(a vec, b any) vec { return v.fresh(VDIVPS, VDIVPS_BCST, a, b) }

// min and max return b when either is NaN.
func (v isa) min(a vec, b any) vec { return v.fresh(VMINPS, VMINPS_BCST, a, b) }
func (v isa) max(a vec, b any) vec { return v.fresh(VMAXPS, VMAXPS_BCST, a, b) }

// and, or, xor work on bits.
func (v isa) and(a vec, b any) vec {
	if v.lanes == 16 {
		return v.fresh(VPANDD, VPANDD_BCST, a, b)
	}
	return v.fresh(VANDPS, nil, a, b)
}

func (v isa) or(a vec, b any) vec {
	if v.lanes == 16 {
		return v.fresh(VPORD, VPORD_BCST, a, b)
	}
	return v.fresh(VORPS, nil, a, b)
}

func (v isa) xor(a vec, b any) vec {
	if v.lanes == 16 {
		return v.fresh(VPXORD, VPXORD_BCST, a, b)
	}
	return v.fresh(VXORPS, nil, a, b)
}

// addMul is s += x a, subMul s -= x a, mulAdd x = m x + c; a and c may be constants.
func (v isa) addMul(s, x vec, a any) { v.emit(VFMADD231PS, VFMADD231PS_BCST, a, x, s) }
func (v isa) subMul(s, x vec, a any) { v.emit(VFNMADD231PS, VFNMADD231PS_BCST, a, x, s) }
func (v isa) mulAdd(x, m vec, c any) { v.emit(VFMADD213PS, VFMADD213PS_BCST, c, m, x) }

// plusBits and minusBits add to and subtract from x as whole numbers.
func (v isa) plusBits(x vec, w word)  { v.emit(VPADDD, VPADDD_BCST, w, x, x) }
func (v isa) minusBits(x vec, w word) { v.emit(VPSUBD, VPSUBD_BCST, w, x, x) }

// Comparisons of choose, with VCMPPS's numbers.
const (
	equal     = 0
	lessThan  = 1
	lessEqual = 2
	unordered = 3
	notEqual  = 4
)

// choose returns yes where a cmp b and no elsewhere.
func (v isa) choose(cmp uint8, a, b, yes, no vec) vec {
	r := v.reg()
	if v.lanes == 16 {
		k := K()
		VCMPPS(Imm(uint64(cmp)), b, a, k)
		VBLENDMPS(yes, no, k, r)
		return r
	}
	m := v.reg()
	VCMPPS(Imm(uint64(cmp)), b, a, m)
	VBLENDVPS(m, yes, no, r)
	return r
}

// sum adds up the lanes of r into its lowest and returns that as XMM.
func (v isa) sum(r vec) reg.VecVirtual {
	y := r
	if v.lanes == 16 {
		h := YMM()
		VEXTRACTF64X4(Imm(1), r, h)
		VADDPS(h, r.AsY(), h)
		y = h
	}
	x := XMM()
	VEXTRACTF128(Imm(1), y.AsY(), x)
	VADDPS(y.AsX(), x, x)
	t := XMM()
	VMOVHLPS(x, x, t)
	VADDPS(t, x, x)
	VMOVSHDUP(x, t)
	VADDSS(t, x, x)
	return x
}
