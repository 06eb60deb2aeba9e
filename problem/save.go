package problem

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"

	"tweedie/checkpoints"
	"tweedie/internal/npy"
)

// mostInline is the largest number of values of an array that Save writes out in the file.
const mostInline = 64

// Save writes the problem with everything filled in, as Effective does, with paths relative to the file. Arrays that are
// not in files go beside it, as NAME.data.npy and so on, when they have more than 64 values.
func (p *Problem) Save(path string) error {
	f, err := p.Effective()
	if err != nil {
		return err
	}
	return f.Write(path)
}

// Write writes the File in the same way, with what it says and no more.
func (f File) Write(path string) error {
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return err
	}
	if err := f.relocate(func(p string) (string, error) { return relative(dir, p) }); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	base := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	for field, a := range f.arrays() {
		if *a == nil || (*a).File != "" || len((*a).Values.Data) <= mostInline {
			continue
		}
		name := base + "." + field + ".npy"
		if err := saveValues((*a).Values, filepath.Join(dir, name)); err != nil {
			return err
		}
		*a = &Array{File: name}
	}
	text, err := f.Text()
	if err != nil {
		return err
	}
	return checkpoints.AtomicWriteFile(path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// Text returns the File as JSON, indented, with its paths as they are.
func (f File) Text() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(f)
	return out.Bytes(), err
}

// relative returns path as seen from dir, or absolute where there is no way, as between drives.
func relative(dir, path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if rel, err := filepath.Rel(dir, path); err == nil {
		return rel, nil
	}
	return path, nil
}

// saveValues writes the values as an npy, complex ones as complex128.
func saveValues(v Values, path string) error {
	kind, size := byte('f'), 8
	if v.Complex {
		kind, size = 'c', 16
	}
	b := npy.AppendHeader(nil, kind, size, v.Shape)
	for _, x := range v.Data {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	return checkpoints.AtomicWriteFile(path, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}
