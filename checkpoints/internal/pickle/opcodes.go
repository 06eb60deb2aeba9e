package pickle

import (
	"encoding/binary"
	"fmt"
)

// The opcodes that are read, with Python's names; every other byte is an error.
const (
	opMark            = '('
	opStop            = '.'
	opPop             = '0'
	opPopMark         = '1'
	opDup             = '2'
	opBinBytes        = 'B'
	opShortBinBytes   = 'C'
	opBinFloat        = 'G'
	opBinInt          = 'J'
	opBinInt1         = 'K'
	opBinInt2         = 'M'
	opNone            = 'N'
	opBinPersID       = 'Q'
	opReduce          = 'R'
	opBinString       = 'T'
	opShortBinString  = 'U'
	opBinUnicode      = 'X'
	opEmptyList       = ']'
	opAppend          = 'a'
	opBuild           = 'b'
	opGlobal          = 'c'
	opDict            = 'd'
	opAppends         = 'e'
	opBinGet          = 'h'
	opLongBinGet      = 'j'
	opList            = 'l'
	opBinPut          = 'q'
	opLongBinPut      = 'r'
	opSetItem         = 's'
	opTuple           = 't'
	opSetItems        = 'u'
	opEmptyDict       = '}'
	opEmptyTuple      = ')'
	opProto           = 0x80
	opNewObj          = 0x81
	opTuple1          = 0x85
	opTuple2          = 0x86
	opTuple3          = 0x87
	opNewTrue         = 0x88
	opNewFalse        = 0x89
	opLong1           = 0x8a
	opLong4           = 0x8b
	opShortBinUnicode = 0x8c
	opBinUnicode8     = 0x8d
	opBinBytes8       = 0x8e
	opEmptySet        = 0x8f
	opAddItems        = 0x90
	opFrozenSet       = 0x91
	opNewObjEx        = 0x92
	opStackGlobal     = 0x93
	opMemoize         = 0x94
	opFrame           = 0x95
	opByteArray8      = 0x96
)

// number reads a little-endian unsigned integer of n bytes.
func (d *Decoder) number(n int) (uint64, error) {
	b, err := d.src.take(n)
	if err != nil {
		return 0, err
	}
	var word [8]byte
	copy(word[:], b)
	return binary.LittleEndian.Uint64(word[:]), nil
}

// step runs one opcode.
func (d *Decoder) step(op byte) error {
	switch op {
	case opNone:
		return d.push(nil, 16)
	case opNewTrue, opNewFalse:
		return d.push(op == opNewTrue, 16)
	case opBinInt, opBinInt1, opBinInt2, opLong1, opLong4, opBinFloat:
		return d.numeral(op)
	case opBinUnicode, opShortBinUnicode, opBinUnicode8, opBinString, opShortBinString, opBinBytes, opShortBinBytes, opBinBytes8, opByteArray8:
		return d.text(op)
	case opMark, opPop, opPopMark, opDup, opBinPut, opLongBinPut, opMemoize, opBinGet, opLongBinGet:
		return d.shuffle(op)
	case opEmptyTuple, opTuple, opTuple1, opTuple2, opTuple3, opEmptyList, opList, opEmptyDict, opDict, opEmptySet, opFrozenSet:
		return d.container(op)
	case opAppend, opAppends, opSetItem, opSetItems, opAddItems:
		return d.extend(op)
	case opGlobal, opStackGlobal, opReduce, opNewObj, opNewObjEx, opBuild, opBinPersID:
		return d.class(op)
	case opProto:
		n, err := d.number(1)
		if err == nil && n > maxProtocol {
			err = fmt.Errorf("protocol %d, up to %d is known", n, maxProtocol)
		}
		return err
	case opFrame: // says how to read ahead
		_, err := d.number(8)
		return err
	}
	return fmt.Errorf("opcode 0x%02x is not allowed", op)
}

// shuffle runs the opcodes that move values between stack and memo.
func (d *Decoder) shuffle(op byte) error {
	switch op {
	case opMark:
		if len(d.marks) >= maxStack {
			return fmt.Errorf("more than %d open MARKs", maxStack)
		}
		d.marks = append(d.marks, len(d.stack))
		return d.charge(8)
	case opPop:
		if n := len(d.marks); n > 0 && len(d.stack) == d.marks[n-1] { // Python's MARK lies on the stack
			d.marks = d.marks[:n-1]
			return nil
		}
		_, err := d.pop()
		return err
	case opPopMark:
		_, err := d.popMark()
		return err
	case opDup:
		v, err := d.peek()
		if err != nil {
			return err
		}
		return d.push(v, 16)
	case opMemoize:
		return d.remember(uint32(len(d.memo)))
	}
	width := 1
	if op == opLongBinPut || op == opLongBinGet {
		width = 4
	}
	i, err := d.number(width)
	if err != nil {
		return err
	}
	if op == opBinPut || op == opLongBinPut {
		return d.remember(uint32(i))
	}
	return d.recall(uint32(i))
}
