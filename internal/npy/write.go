package npy

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// AppendHeader appends the version 1.0 header of a little-endian row-major array to dst; the body then begins at a
// multiple of 64. It panics above 32 axes.
func AppendHeader(dst []byte, kind byte, size int, shape []int) []byte {
	if len(shape) > maxRank {
		panic(fmt.Sprintf("npy: %d axes, the limit is %d", len(shape), maxRank))
	}
	order := "<"
	if size == 1 {
		order = "|"
	}
	dims := make([]string, len(shape))
	for i, d := range shape {
		dims[i] = fmt.Sprint(d)
	}
	tuple := strings.Join(dims, ", ")
	if len(shape) == 1 {
		tuple += ","
	}
	text := fmt.Sprintf("{'descr': '%s%c%d', 'fortran_order': False, 'shape': (%s), }", order, kind, size, tuple)
	fixed := len(Magic) + 4
	pad := (64 - (fixed+len(text)+1)%64) % 64
	text += strings.Repeat(" ", pad) + "\n"
	dst = append(dst, Magic...)
	dst = append(dst, 1, 0)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(text)))
	return append(dst, text...)
}
