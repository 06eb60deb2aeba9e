package checkpoints

import (
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"

	"tweedie/internal/config"
	"tweedie/internal/npy"
)

const (
	metadataKey = "__metadata__"
	maxRank     = 32
	maxTensors  = npy.MaxEntries // of a file
)

// File is an ordered set of named tensors with string metadata. The zero File is empty and ready for Add.
type File struct {
	Format string            // of the file that was read: safetensors, safetensors+zstd, npy, npz, torch, torch legacy, edm, pickle, flax, fits or fits+gzip
	Meta   map[string]string // free text; see SetJSON and Info for what the project keeps there
	Values []Value           // what the file holds besides tensors, in order

	tensors []*Tensor
	index   map[string]int
	refused refusals
	closer  io.Closer
}

// Add appends tensors, which it keeps and does not copy. It returns an error, and adds nothing, when a name is taken,
// reserved or not valid UTF-8, an element type is missing, a shape does not match the amount of data or has more than
// 32 axes, or the file would hold too many tensors.
func (f *File) Add(ts ...*Tensor) error {
	if n := len(f.tensors) + len(ts); n > maxTensors {
		return tooMany(n)
	}
	fresh := make(map[string]bool, len(ts))
	for _, t := range ts {
		if err := t.check(); err != nil {
			return err
		}
		if f.Has(t.Name) || fresh[t.Name] {
			return fmt.Errorf("checkpoints: tensor %q appears twice", t.Name)
		}
		fresh[t.Name] = true
	}
	if f.index == nil {
		f.index = make(map[string]int, len(ts))
	}
	for _, t := range ts {
		f.index[t.Name] = len(f.tensors)
		f.tensors = append(f.tensors, t)
	}
	return nil
}

func tooMany(n int) error {
	return fmt.Errorf("checkpoints: %d tensors; a file may have at most %d", n, maxTensors)
}

// check validates name, type and shape, and compares the shape with the amount of data.
func (t *Tensor) check() error {
	switch {
	case t.Name == metadataKey:
		return fmt.Errorf("checkpoints: the name %q is reserved", t.Name)
	case !utf8.ValidString(t.Name) || strings.ContainsRune(t.Name, utf8.RuneError):
		return fmt.Errorf("checkpoints: the name %q is not valid UTF-8", t.Name)
	case !t.DType.valid():
		return fmt.Errorf("checkpoints: tensor %q has no element type", t.Name)
	case len(t.Shape) > maxRank:
		return fmt.Errorf("checkpoints: tensor %q has %d axes, the limit is %d", t.Name, len(t.Shape), maxRank)
	}
	n, ok := byteSize(t.DType, t.Shape)
	if !ok {
		return fmt.Errorf("checkpoints: tensor %q: shape %v is negative or overflows", t.Name, t.Shape)
	}
	if n != t.bytes {
		return fmt.Errorf("checkpoints: tensor %q: %v of shape %v takes %d bytes, there are %d", t.Name, t.DType, t.Shape, n, t.bytes)
	}
	return nil
}

// byteSize multiplies the extents and the element size; false on a negative extent or beyond 2^63-1 on the way.
func byteSize(d DType, shape []int) (int64, bool) {
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

// Tensors returns the tensors in the order of the file. The list is the caller's; the tensors are f's own.
func (f *File) Tensors() []*Tensor { return slices.Clone(f.tensors) }

// Names returns the names in the order of the file.
func (f *File) Names() []string {
	names := make([]string, len(f.tensors))
	for i, t := range f.tensors {
		names[i] = t.Name
	}
	return names
}

// Has reports whether there is a tensor of that name.
func (f *File) Has(name string) bool { _, ok := f.index[name]; return ok }

// Tensor returns the tensor of that name. When there is none, the error names the most similar name, if one is similar.
func (f *File) Tensor(name string) (*Tensor, error) {
	if i, ok := f.index[name]; ok {
		return f.tensors[i], nil
	}
	if why, ok := f.refused[name]; ok {
		return nil, fmt.Errorf("checkpoints: %q cannot be read: it is %s", name, why)
	}
	if near := config.NearestWithin(name, f.Names(), len(name)/2); near != "" {
		return nil, fmt.Errorf("checkpoints: no tensor %q; the nearest name is %q", name, near)
	}
	return nil, fmt.Errorf("checkpoints: no tensor %q", name)
}

// Close releases the file that Open opened. Tensors that were not read by then cannot be read any more.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	c := f.closer
	f.closer = nil
	return c.Close()
}
