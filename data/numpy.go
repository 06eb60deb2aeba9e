package data

import (
	"context"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"sync"

	"tweedie/internal/input"
	"tweedie/internal/npy"
)

// openNPY leaves the array on disk, and opens the file again for each image; a column-major one is held in memory.
func openNPY(ctx context.Context, origin source, f input.File, bytes int64, o Options) (Set, error) {
	h, err := npy.ReadHeader(io.NewSectionReader(f, 0, bytes))
	if err != nil {
		return nil, err
	}
	if have := bytes - h.Offset; have != h.Bytes() {
		return nil, fmt.Errorf("npy: %s of shape %v takes %d bytes, the file has %d after its header", h.Type(), h.Shape, h.Bytes(), have)
	}
	origin.kind = "npy"
	if err := checkPixels(h, o); err != nil {
		return nil, err
	}
	if h.Fortran {
		raw, err := npy.ReadBody(io.NewSectionReader(f, h.Offset, h.Bytes()), h)
		if err != nil {
			return nil, err
		}
		return newArray(ctx, origin, h, inMemory(raw), nil, o)
	}
	read := func(b []byte, off int64) error {
		f, err := origin.at(origin.name).open()
		if err != nil {
			return err
		}
		defer f.Close()
		if n, err := f.ReadAt(b, h.Offset+off); n < len(b) {
			return err
		}
		npy.Normalize(npy.Header{Kind: h.Kind, Size: h.Size, Big: h.Big}, b)
		return nil
	}
	return newArray(ctx, origin, h, read, nil, o)
}

// openNPZ holds the array in memory.
func openNPZ(ctx context.Context, origin source, f input.File, bytes int64, o Options) (Set, error) {
	entries, err := npy.Archive(f, bytes)
	if err != nil {
		return nil, err
	}
	origin.kind = "npz"
	limit := o.expanded(bytes)
	var images *npy.Entry
	var labels []int
	var names []string
	for i := range entries {
		e := &entries[i]
		switch {
		case e.Header.Bytes() > limit:
			return nil, fmt.Errorf("npz: %q expands to %d bytes, the limit for a file of %d bytes is %d; save it uncompressed", e.Name, e.Header.Bytes(), bytes, limit)
		case o.Labels != "" && e.Name == o.Labels:
			if labels, err = arrayLabels(e); err != nil {
				return nil, err
			}
			continue
		case o.Array == "" || e.Name == o.Array:
			images = e
		}
		names = append(names, e.Name)
	}
	switch {
	case o.Array != "" && images == nil:
		return nil, fmt.Errorf("npz: no array is called %q; there are %s", o.Array, input.List(names))
	case images == nil || o.Array == "" && len(names) != 1:
		example := ""
		if images != nil {
			example = fmt.Sprintf(", as in %q", path.Base(filepath.ToSlash(origin.name))+":"+names[0])
		}
		return nil, fmt.Errorf("npz: %d arrays (%s); state which holds the images behind a colon%s, or as data.array in --config", len(names), input.List(names), example)
	}
	if o.Labels != "" && labels == nil {
		return nil, fmt.Errorf("npz: %d arrays (%s); none is %q, which should hold the labels (data.labels in --config)", len(names), input.List(names), o.Labels)
	}
	if err := checkPixels(images.Header, o); err != nil {
		return nil, err
	}
	body := sync.OnceValues(images.Body) // which nobody asks for where the shape is not that of images
	set, err := newArray(ctx, origin, images.Header, func(b []byte, off int64) error {
		raw, err := body()
		if err == nil {
			copy(b, raw[off:])
		}
		return err
	}, labels, o)
	if err == nil {
		_, err = body() // while the file is open
	}
	if err != nil {
		return nil, err
	}
	return set, nil
}

func inMemory(raw []byte) func(b []byte, off int64) error {
	return func(b []byte, off int64) error {
		copy(b, raw[off:])
		return nil
	}
}

// arrayLabels reads integers [N] from 0.
func arrayLabels(e *npy.Entry) ([]int, error) {
	if h := e.Header; len(h.Shape) != 1 || h.Kind != 'i' && h.Kind != 'u' {
		return nil, fmt.Errorf("npz: labels %q are %s of shape %v, want integers [N]", e.Name, h.Type(), h.Shape)
	}
	raw, err := e.Body()
	if err != nil {
		return nil, err
	}
	wide := make([]float64, e.Header.Count)
	npy.Float64s(wide, e.Header.Kind, e.Header.Size, raw)
	labels := make([]int, len(wide))
	for i, v := range wide {
		if v < 0 || v > 1<<31 {
			return nil, fmt.Errorf("npz: label %d of %q is %g, want an integer from 0", i, e.Name, v)
		}
		labels[i] = int(v)
	}
	return labels, nil
}
