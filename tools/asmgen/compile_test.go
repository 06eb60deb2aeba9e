package main

import (
	"strings"
	"testing"

	"github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// compiled is the error of compiling a function of one body.
func compiled(name string, body func(c *build.Context)) error {
	c := build.NewContext()
	c.Function(name)
	c.SignatureExpr("func()")
	body(c)
	c.RET()
	f, err := c.Result()
	if err != nil {
		return err
	}
	return compile.Execute(f)
}

func TestRefusesWhatItsPathMayLack(t *testing.T) {
	many := func(n int) func(c *build.Context) {
		return func(c *build.Context) {
			y := make([]reg.VecVirtual, n)
			for i := range y {
				y[i] = c.YMM()
				c.VXORPS(y[i], y[i], y[i])
			}
			for i := range y {
				c.VADDPS(y[i], y[0], y[0])
			}
		}
	}
	for _, c := range []struct {
		name, want string
		body       func(c *build.Context)
	}{
		{"fineAVX2", "", func(c *build.Context) { c.VADDPS(reg.Y15, reg.Y1, reg.Y2) }},
		{"fine512", "", func(c *build.Context) { c.VADDPS(reg.Z31, reg.Z1, reg.Z2) }},
		{"wordsAVX2", "wordsAVX2: VPTERNLOGD $0x01, X0, X0, X0 needs AVX512", func(c *build.Context) { c.VPTERNLOGD(Imm(1), reg.X0, reg.X0, reg.X0) }},
		{"highAVX2", "highAVX2: VADDPS Y1, Y2, Y20: only AVX-512 has Y20", func(c *build.Context) { c.VADDPS(reg.Y1, reg.Y2, reg.Y20) }},
		{"copyRows", "copyRows: VMOVUPS (AX), X16: only AVX-512 has X16", func(c *build.Context) { c.VMOVUPS(Mem{Base: reg.RAX}, reg.X16) }},
		{"zmmAVX2", "zmmAVX2: VADDPS Z1, Z1, Z1 needs AVX512F", func(c *build.Context) { c.VADDPS(reg.Z1, reg.Z1, reg.Z1) }},
		{"maskAVX2", "maskAVX2: KMOVW AX, K1 needs AVX512F", func(c *build.Context) { c.KMOVW(reg.EAX, reg.K1) }},
		{"bitsAVX2", "bitsAVX2: BZHIQ AX, BX, CX needs BMI2", func(c *build.Context) { c.BZHIQ(reg.RAX, reg.RBX, reg.RCX) }},
		{"bits512", "", func(c *build.Context) { c.BZHIQ(reg.RAX, reg.RBX, reg.RCX) }},
		{"crypto512", "needs GFNI", func(c *build.Context) { c.VGF2P8MULB(reg.Z1, reg.Z2, reg.Z3) }},
		{"sixteenAVX2", "", many(16)},
		{"seventeenAVX2", "seventeenAVX2: failed to allocate registers", many(17)},
		{"thirtytwo512", "", many(32)},
	} {
		err := compiled(c.name, c.body)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

// A load of four lanes clears the others, so the register is free before it.
func TestLoadsOfPartsDefineAll(t *testing.T) {
	err := compiled("partsAVX2", func(c *build.Context) {
		for range 20 {
			y := c.YMM()
			c.VMOVUPS(Mem{Base: reg.RAX}, y.AsX())
			c.VINSERTF128(Imm(1), Mem{Base: reg.RBX}, y, y)
			c.VMOVUPS(y, Mem{Base: reg.RCX})
		}
	})
	if err != nil {
		t.Error(err)
	}
}
