package store

import (
	"fmt"
	"math"
	"math/bits"
	"strings"
	"unicode/utf8"
)

const (
	MetadataKey = "__metadata__" // the name that safetensors keeps for the metadata, and no tensor may have
	MaxRank     = 32             // axes of a tensor
)

// Check validates name, type and shape of t, and compares the shape with the amount of data.
func Check(t *Tensor) error {
	switch {
	case t.Name == MetadataKey:
		return fmt.Errorf("checkpoints: the name %q is reserved", t.Name)
	case !utf8.ValidString(t.Name) || strings.ContainsRune(t.Name, utf8.RuneError):
		return fmt.Errorf("checkpoints: the name %q is not valid UTF-8", t.Name)
	case !t.DType.valid():
		return fmt.Errorf("checkpoints: tensor %q has no element type", t.Name)
	case len(t.Shape) > MaxRank:
		return fmt.Errorf("checkpoints: tensor %q has %d axes, the limit is %d", t.Name, len(t.Shape), MaxRank)
	}
	n, ok := ByteSize(t.DType, t.Shape)
	if !ok {
		return fmt.Errorf("checkpoints: tensor %q: shape %v is negative or overflows", t.Name, t.Shape)
	}
	if n != t.bytes {
		return fmt.Errorf("checkpoints: tensor %q: %v of shape %v takes %d bytes, there are %d", t.Name, t.DType, t.Shape, n, t.bytes)
	}
	return nil
}

// ByteSize multiplies the extents and the element size; false on a negative extent or beyond 2^63-1 on the way.
func ByteSize(d DType, shape []int) (int64, bool) {
	p, zero := uint64(d.Size()), false
	for _, n := range shape {
		if n < 0 {
			return 0, false
		}
		if n == 0 {
			zero = true
			continue
		}
		hi, lo := bits.Mul64(p, uint64(n))
		if hi != 0 || lo > math.MaxInt64 {
			return 0, false
		}
		p = lo
	}
	if zero {
		return 0, true
	}
	return int64(p), true
}

// ToInts returns extents, n >= 0, as int, which may be too small for them.
func ToInts(list []int64) ([]int, error) {
	out := make([]int, len(list))
	for i, n := range list {
		if n > math.MaxInt {
			return nil, fmt.Errorf("the extents %v overflow this machine's integers", list)
		}
		out[i] = int(n)
	}
	return out, nil
}
