package flax

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/big"
	"strings"

	"tweedie/checkpoints/internal/store"
	"tweedie/checkpoints/internal/tree"
)

// packed reads msgpack. A map becomes a *pickle.Dict whose keys are strings, an array a *pickle.List, and binary data
// stay in the file; an extension is what ext makes of its content.
type packed struct {
	r        io.ReaderAt
	at, size int64
	window   []byte // of the file, from byte from on
	from     int64
	depth    int
	path     []string // the keys of the maps that are being read
	memory   int64
	ext      func(kind int8, content any) (any, error)
}

const (
	blockSize = 1 << 14
	maxMemory = 128 << 20 // bytes, roughly, of all values made
)

func (p *packed) left() int64 { return p.size - p.at }

// charge accounts for memory that a value takes.
func (p *packed) charge(n int64) error {
	if p.memory += n; p.memory > maxMemory {
		return fmt.Errorf("the values take more than %d MiB", maxMemory>>20)
	}
	return nil
}

// take returns the next n <= blockSize bytes; they are valid until the next call.
func (p *packed) take(n int) ([]byte, error) {
	if int64(n) > p.left() {
		return nil, fmt.Errorf("%d bytes are wanted, %d are left", n, p.left())
	}
	if p.at < p.from || p.at+int64(n) > p.from+int64(len(p.window)) {
		if p.window == nil {
			p.window = make([]byte, min(blockSize, p.size))
		}
		p.window, p.from = p.window[:min(int64(cap(p.window)), p.left())], p.at
		if err := store.ReadFull(p.r, p.window, p.at); err != nil {
			p.window = p.window[:0]
			return nil, err
		}
	}
	b := p.window[p.at-p.from:][:n]
	p.at += int64(n)
	return b, nil
}

// number reads a big-endian unsigned integer of n bytes.
func (p *packed) number(n int) (uint64, error) {
	b, err := p.take(n)
	if err != nil {
		return 0, err
	}
	var word [8]byte
	copy(word[8-n:], b)
	return binary.BigEndian.Uint64(word[:]), nil
}

// value reads one value. The error says at which key and byte it went wrong.
func (p *packed) value() (any, error) {
	v, err := p.one()
	if err != nil && len(p.path) > 0 {
		err = fmt.Errorf("%.200q: %w", strings.Join(p.path, "."), err)
	}
	return v, err
}

func (p *packed) one() (any, error) {
	if p.depth >= tree.MaxDepth {
		return nil, fmt.Errorf("byte %d: nested deeper than %d", p.at, tree.MaxDepth)
	}
	p.depth++
	defer func() { p.depth-- }()
	if err := p.charge(16); err != nil {
		return nil, err
	}
	code, err := p.take(1)
	if err != nil {
		return nil, err
	}
	c := code[0]
	switch {
	case c < 0x80 || c >= 0xe0:
		return int64(int8(c)), nil
	case c < 0x90:
		return p.dict(uint64(c & 15))
	case c < 0xa0:
		return p.list(uint64(c & 15))
	case c < 0xc0:
		return p.text(uint64(c & 31))
	case c == 0xc0:
		return nil, nil
	case c == 0xc2 || c == 0xc3:
		return c == 0xc3, nil
	case c >= 0xd4 && c <= 0xd8: // an extension of 1, 2, 4, 8 or 16 bytes
		return p.extension(1 << (c - 0xd4))
	}
	width := widths[c-0xc0]
	if width == 0 {
		return nil, fmt.Errorf("byte %d: 0x%02x begins no value", p.at-1, c)
	}
	n, err := p.number(width)
	if err != nil {
		return nil, err
	}
	switch {
	case c <= 0xc6:
		return p.binary(n)
	case c <= 0xc9:
		return p.extension(n)
	case c == 0xca:
		return float64(math.Float32frombits(uint32(n))), nil
	case c == 0xcb:
		return math.Float64frombits(n), nil
	case c <= 0xcf && n > math.MaxInt64:
		return new(big.Int).SetUint64(n), nil
	case c <= 0xcf:
		return int64(n), nil
	case c <= 0xd3:
		shift := 64 - 8*width
		return int64(n) << shift >> shift, nil
	case c <= 0xdb:
		return p.text(n)
	case c <= 0xdd:
		return p.list(n)
	}
	return p.dict(n)
}

// widths are the bytes of the number behind the code 0xc0 and those that follow it: a value, or a length.
var widths = [32]int{
	4: 1, 5: 2, 6: 4, // binary
	7: 1, 8: 2, 9: 4, // extension
	10: 4, 11: 8, // float
	12: 1, 13: 2, 14: 4, 15: 8, // unsigned
	16: 1, 17: 2, 18: 4, 19: 8, // signed
	25: 1, 26: 2, 27: 4, // string
	28: 2, 29: 4, // array
	30: 2, 31: 4, // map
}
