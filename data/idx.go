package data

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/bits"
	"path/filepath"
	"strings"
)

// codes is a set of images of unsigned bytes, x = lo + (hi-lo) code/255.
type codes struct {
	source
	size
	interval
	labels
	raw []byte // [N,C,H,W]
}

// Len implements Set.
func (c *codes) Len() int { return len(c.raw) / c.pixels() }

// Read implements Set.
func (c *codes) Read(i int, dst []float32) (int, error) {
	checkRead(c, i, dst)
	for k, v := range c.raw[i*len(dst) : (i+1)*len(dst)] {
		dst[k] = c.value(float64(v), 255)
	}
	return c.label(i), nil
}

// value maps an integer pixel 0..full to the range.
func (v interval) value(code, full float64) float32 {
	return float32(v.lo + float64(code/full*(v.hi-v.lo)))
}

// isIDX reports whether head is two zero bytes, an element type and a number of axes (Y. LeCun's MNIST format).
func isIDX(head []byte) bool {
	return len(head) >= 4 && head[0] == 0 && head[1] == 0 && head[2] >= 8 && head[2] <= 14 && head[3] > 0
}

// readIDX reads images [N,H,W] of unsigned bytes. Labels come from Options.Labels, or from the file beside this one that is
// called labels-idx1 where this one is called images-idx3.
func readIDX(origin source, r io.Reader, limit int64, o Options) (Set, error) {
	origin.kind = "IDX"
	dims, raw, err := idx(r, limit, func(dims []int) error {
		switch {
		case len(dims) != 3:
			return fmt.Errorf("IDX: axes %v, want three: images, rows, columns", dims)
		case float64(dims[1])*float64(dims[2]) > float64(o.pixels()):
			return fmt.Errorf("IDX: images of %d x %d pixels, the limit is %d; raise the limit of pixels", dims[1], dims[2], o.pixels())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(raw) == 0 {
		return nil, fmt.Errorf("IDX: %d images of %d x %d hold no pixels", dims[0], dims[1], dims[2])
	}
	c := &codes{source: origin, size: size{1, dims[1], dims[2]}, interval: o.scale(), raw: raw}
	file := o.Labels
	if file == "" {
		dir, base := filepath.Split(origin.name)
		beside := strings.NewReplacer("images-idx3", "labels-idx1", "images.idx3", "labels.idx1").Replace(base)
		if file = dir + beside; beside == base {
			return c, nil
		}
	}
	c.labels, err = idxLabels(origin.at(file), o)
	switch {
	case errors.Is(err, fs.ErrNotExist) && o.Labels == "":
		return c, nil
	case err != nil:
		return nil, fmt.Errorf("labels %q: %w", file, err)
	}
	if len(c.labels) != c.Len() {
		return nil, fmt.Errorf("labels %q: %d labels for %d images", file, len(c.labels), c.Len())
	}
	return c, nil
}

// idxLabels reads an IDX file of one axis, plain or in gzip.
func idxLabels(from item, o Options) ([]int, error) {
	f, err := from.open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	limit := f.Size()
	var r io.Reader = f
	var magic [2]byte
	if n, _ := f.ReadAt(magic[:], 0); n == 2 && magic == [2]byte{0x1f, 0x8b} {
		limit = o.expanded(limit)
		if r, _, err = gunzip(f, limit); err != nil {
			return nil, err
		}
	}
	_, raw, err := idx(r, limit, func(dims []int) error {
		if len(dims) != 1 {
			return fmt.Errorf("IDX: axes %v, want one", dims)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	labels := make([]int, len(raw))
	for i, v := range raw {
		labels[i] = int(v)
	}
	return labels, nil
}

// idx reads a whole IDX file of unsigned bytes. The product of the axes must be the number of bytes that follow; it is
// held against limit, and the axes are checked, before they are read; memory grows as they come.
func idx(r io.Reader, limit int64, check func(dims []int) error) (dims []int, raw []byte, err error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil || !isIDX(head[:]) {
		return nil, nil, fmt.Errorf("IDX: the file begins with %q, want two zero bytes, a type and a rank", head)
	}
	if head[2] != 8 {
		return nil, nil, fmt.Errorf("IDX: element type %#02x; unsigned bytes, 0x08, can be read", head[2])
	}
	n := uint64(1)
	for range head[3] {
		var word [4]byte
		if _, err := io.ReadFull(r, word[:]); err != nil {
			return nil, nil, errors.New("IDX: the file ends inside its header")
		}
		d := binary.BigEndian.Uint32(word[:])
		dims = append(dims, int(d))
		hi, lo := bits.Mul64(n, uint64(d))
		if n = lo; hi != 0 || n > uint64(limit) {
			return nil, nil, fmt.Errorf("IDX: axes %v take more than the %d bytes that there can be", dims, limit)
		}
	}
	if err := check(dims); err != nil {
		return nil, nil, err
	}
	var buf bytes.Buffer
	if k, err := io.CopyN(&buf, r, int64(n)); err == io.EOF {
		return nil, nil, fmt.Errorf("IDX: axes %v take %d bytes, the file has %d after its header", dims, n, k)
	} else if err != nil {
		return nil, nil, fmt.Errorf("IDX: %w", err)
	}
	var more [1]byte
	if k, err := io.ReadFull(r, more[:]); k > 0 {
		return nil, nil, fmt.Errorf("IDX: bytes follow the %d of axes %v", n, dims)
	} else if err != io.EOF {
		return nil, nil, fmt.Errorf("IDX: %w", err)
	}
	return dims, buf.Bytes(), nil
}
