package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mmcloughlin/avo/ir"
	passes "github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/reg"
)

// compile is avo's compilation for two instruction sets. Functions whose name has no "512" in
// it run on processors with AVX2 alone: their vectors are allocated in X0 to X15. An instruction
// or a register that a processor of the function's path may lack is an error.
var compile = passes.Concat(
	passes.Verify,
	passes.FunctionPass(passes.PruneJumpToFollowingLabel),
	passes.FunctionPass(passes.PruneDanglingLabels),
	passes.FunctionPass(passes.LabelTarget),
	passes.FunctionPass(passes.CFG),
	passes.InstructionPass(passes.ZeroExtend32BitOutputs),
	passes.InstructionPass(zeroExtendVectors),
	passes.FunctionPass(passes.Liveness),
	passes.FunctionPass(reserveUpper),
	passes.FunctionPass(allocate),
	passes.FunctionPass(passes.BindRegisters),
	passes.FunctionPass(passes.VerifyAllocation),
	passes.FunctionPass(refuse),
	passes.FunctionPass(passes.EnsureBasePointerCalleeSaved),
	passes.Func(passes.IncludeTextFlagHeader),
	passes.FunctionPass(passes.PruneSelfMoves),
	passes.FunctionPass(passes.RequiredISAExtensions),
)

// needsAVX512 reports whether a function is one of the AVX-512 path.
func needsAVX512(fn *ir.Function) bool { return strings.Contains(fn.Name, avx512.name) }

// zeroExtendVectors applies the rule that VEX and EVEX instructions zero the lanes above those
// that they write, so that a register is free before a load of its lowest lanes.
func zeroExtendVectors(i *ir.Instruction) error {
	for j, op := range i.Outputs {
		if r, ok := op.(reg.Vec); ok && strings.HasPrefix(i.Opcode, "V") {
			i.Outputs[j] = r.AsZ()
		}
	}
	return nil
}

// reserveUpper marks the vectors above X15 as taken throughout a function without AVX-512.
func reserveUpper(fn *ir.Function) error {
	if needsAVX512(fn) {
		return nil
	}
	for _, i := range fn.Instructions() {
		for _, r := range reg.Vector.Registers() {
			if r.PhysicalIndex() > 15 {
				i.LiveOut.AddRegister(r)
			}
		}
	}
	return nil
}

// allocate is avo's allocation with the function's name in its error.
func allocate(fn *ir.Function) error {
	if err := passes.AllocateRegisters(fn); err != nil {
		return fmt.Errorf("asmgen: %s: %w", fn.Name, err)
	}
	return nil
}

// baseline and beyond are the extensions that internal/kernel asks the processor for before it
// takes the AVX2 path, and those that it asks for besides before it takes the AVX-512 one.
var (
	baseline = []string{"CMOV", "MMX+", "SSE", "SSE2", "AVX", "AVX2", "FMA3"}
	beyond   = []string{"AVX512F", "AVX512DQ", "AVX512BW", "AVX512VL", "BMI2"}
)

// refuse names the first instruction in a function that a processor of its path may lack,
// by itself or by its registers.
func refuse(fn *ir.Function) error {
	wide := needsAVX512(fn)
	for _, i := range fn.Instructions() {
		for _, extension := range i.ISA {
			if !slices.Contains(baseline, extension) && !(wide && slices.Contains(beyond, extension)) {
				return fmt.Errorf("asmgen: %s: %s needs %s", fn.Name, listing(i), extension)
			}
		}
		for _, r := range i.Registers() {
			if !wide && onlyAVX512(r) {
				return fmt.Errorf("asmgen: %s: %s: only AVX-512 has %s", fn.Name, listing(i), r.Asm())
			}
		}
	}
	return nil
}

// onlyAVX512 reports whether no VEX instruction can encode a register.
func onlyAVX512(r reg.Register) bool {
	switch r.Kind() {
	case reg.KindOpmask:
		return true
	case reg.KindVector:
		return r.Size() > 32 || reg.ToPhysical(r).PhysicalIndex() > 15
	}
	return false
}

// listing is an instruction as the assembler reads it.
func listing(i *ir.Instruction) string {
	var operands []string
	for _, op := range i.Operands {
		operands = append(operands, op.Asm())
	}
	return i.OpcodeWithSuffixes() + " " + strings.Join(operands, ", ")
}
