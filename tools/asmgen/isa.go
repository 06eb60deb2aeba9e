package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is an instruction set: its vectors hold lanes float32 numbers.
type isa struct {
	name  string
	lanes int
}

var (
	avx512 = isa{"512", 16}
	avx2   = isa{"AVX2", 8}
	sse    = isa{"", 4}
)

// bytes is the size of a vector.
func (v isa) bytes() int { return 4 * v.lanes }

// reg returns a fresh vector register.
func (v isa) reg() reg.VecVirtual {
	switch v.lanes {
	case 16:
		return ZMM()
	case 4:
		return XMM()
	}
	return YMM()
}

// zero returns a register of zeros.
func (v isa) zero() reg.VecVirtual {
	r := v.reg()
	v.clear(r)
	return r
}

// clear zeroes r.
func (v isa) clear(r reg.VecVirtual) {
	if v.lanes == 16 {
		VPXORD(r, r, r)
	} else {
		VXORPS(r, r, r)
	}
}

// label makes a label of its own function.
func label(fn, name string, n ...int) string {
	s := fn + name
	for _, i := range n {
		s += fmt.Sprint(i)
	}
	return s
}

// head starts a leaf function without frame.
func head(name, signature, doc string) {
	TEXT(name, NOSPLIT, signature)
	Doc(doc)
	Pragma("noescape")
}

// arg loads a parameter into a fresh register.
func arg(name string) reg.GPVirtual { return Load(Param(name), GP64()).(reg.GPVirtual) }

// ret leaves a function that used vectors.
func ret() {
	VZEROUPPER()
	RET()
}

// maskTable is eight lanes on, eight lanes off: a sliding window over it is the mask of an AVX2 tail.
func maskTable() Mem {
	m := GLOBL("laneMask", RODATA|NOPTR)
	for i := range 8 {
		DATA(4*i, U32(0xffffffff))
	}
	for i := range 8 {
		DATA(32+4*i, U32(0))
	}
	return m
}
