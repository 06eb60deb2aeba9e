//go:build !noasm

package kernel

import (
	"fmt"
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

// encoding is the form of an instruction: vex needs AVX and evex AVX-512.
type encoding int

const (
	legacy encoding = iota
	vex
	evex
)

func (e encoding) String() string { return [...]string{"legacy", "VEX", "EVEX"}[e] }

// decode returns the encoding and the length of the first instruction of code.
func decode(code []byte) (encoding, int, error) {
	padded := append(code[:min(len(code), 15):min(len(code), 15)], make([]byte, 15)...)
	e, length := legacy, 0
	switch padded[0] {
	case 0xc5:
		e, length = vex, 2+tailLength(1, padded[2:])
	case 0xc4:
		e, length = vex, 3+tailLength(padded[1]&31, padded[3:])
	case 0x62:
		e, length = evex, 4+tailLength(padded[1]&7, padded[4:])
	default:
		i, err := x86asm.Decode(code, 64)
		return legacy, i.Len, err
	}
	if length > len(code) {
		return e, 0, fmt.Errorf("% x ends within an instruction", code)
	}
	return e, length, nil
}

// tailLength counts the bytes of a VEX or EVEX instruction from its opcode on, which is in the
// table called table: 1, 2 and 3 are 0F, 0F38 and 0F3A.
func tailLength(table byte, code []byte) int {
	opcode, mode, rm := code[0], code[1]>>6, code[1]&7
	if table == 1 && opcode == 0x77 { // VZEROUPPER
		return 1
	}
	n, base := 2, rm
	if mode != 3 && rm == 4 {
		n, base = 3, code[2]&7
	}
	switch {
	case mode == 1:
		n++
	case mode == 2, mode == 0 && base == 5:
		n += 4
	}
	if table == 3 || table == 1 && (opcode >= 0x70 && opcode <= 0x73 || opcode == 0xc2 || opcode >= 0xc4 && opcode <= 0xc6) {
		n++ // an immediate
	}
	return n
}

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		text, code string
		want       encoding
	}{
		{"RET", "\xc3", legacy},
		{"MOVQ 40(SP), AX", "\x48\x8b\x44\x24\x28", legacy},
		{"MOVUPS (AX), X9", "\x44\x0f\x10\x08", legacy},
		{"VZEROUPPER", "\xc5\xf8\x77", vex},
		{"VADDPS Y1, Y2, Y3", "\xc5\xec\x58\xd9", vex},
		{"VMOVUPS 64(BX)(R9*4), X2", "\xc4\xa1\x78\x10\x54\x8b\x40", vex},
		{"VBROADCASTSS 4096(IP), Y0", "\xc4\xe2\x7d\x18\x05\x00\x10\x00\x00", vex},
		{"VINSERTF128 $1, (BX)(R9*4), Y2, Y2", "\xc4\xa3\x6d\x18\x14\x8b\x01", vex},
		{"VSHUFPS $0x88, Y1, Y2, Y3", "\xc5\xec\xc6\xd9\x88", vex},
		{"VADDPS Y16, Y2, Y3", "\x62\xb1\x6c\x28\x58\xd8", evex},
		{"VPTERNLOGD $1, X0, X0, X0", "\x62\xf3\x7d\x08\x25\xc0\x01", evex},
		{"VMOVUPS 64(SP), Z1", "\x62\xf1\x7c\x48\x10\x4c\x24\x01", evex},
	} {
		e, n, err := decode([]byte(c.code + "\x90\x90"))
		if e != c.want || n != len(c.code) || err != nil {
			t.Errorf("%s: %v of %d bytes, %v; want %v of %d", c.text, e, n, err, c.want, len(c.code))
		}
		if _, _, err := decode([]byte(c.code[:len(c.code)-1])); err == nil && c.want != legacy {
			t.Errorf("%s without its last byte was decoded", c.text)
		}
	}
}
