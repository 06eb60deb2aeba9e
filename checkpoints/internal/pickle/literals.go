package pickle

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
)

// numeralWidth is how many bytes follow the opcode: of the number, or of its length.
var numeralWidth = [256]int{opBinInt: 4, opBinInt1: 1, opBinInt2: 2, opLong1: 1, opLong4: 4, opBinFloat: 8}

func (d *Decoder) numeral(op byte) error {
	n, err := d.number(numeralWidth[op])
	if err != nil {
		return err
	}
	switch op {
	case opBinInt:
		return d.push(int64(int32(n)), 24)
	case opBinInt1, opBinInt2:
		return d.push(int64(n), 24)
	case opBinFloat:
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], n)
		return d.push(math.Float64frombits(binary.BigEndian.Uint64(b[:])), 24)
	}
	if n > maxInt { // a negative length of LONG4 too
		return fmt.Errorf("an integer of %d bytes, the limit is %d", int32(n), maxInt)
	}
	b, err := d.src.take(int(n))
	if err != nil {
		return err
	}
	return d.push(integer(b), 64+int64(n))
}

// integer decodes little-endian two's complement, to an int64 when it fits.
func integer(b []byte) any {
	if len(b) == 0 {
		return int64(0)
	}
	be := make([]byte, len(b))
	for i, c := range b {
		be[len(b)-1-i] = c
	}
	v := new(big.Int).SetBytes(be)
	if be[0] >= 0x80 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	if v.IsInt64() {
		return v.Int64()
	}
	return v
}

func (d *Decoder) text(op byte) error {
	width := 4
	switch op {
	case opShortBinUnicode, opShortBinString, opShortBinBytes:
		width = 1
	case opBinUnicode8, opBinBytes8, opByteArray8:
		width = 8
	}
	n, err := d.number(width)
	if err != nil {
		return err
	}
	switch op {
	case opBinBytes, opShortBinBytes, opBinBytes8, opByteArray8:
		b, err := d.src.bytes(n)
		if err != nil {
			return err
		}
		return d.push(b, 80)
	}
	if n > uint64(d.src.left()) {
		return fmt.Errorf("a string of %d bytes, %d are left", n, d.src.left())
	}
	if err := d.charge(int64(n)); err != nil {
		return err
	}
	s, err := d.src.text(int(n))
	if err != nil {
		return err
	}
	return d.push(s, 32)
}
