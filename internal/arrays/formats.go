package arrays

import (
	"context"
	"fmt"
	"io"
	"sync"

	"tweedie/internal/input"
)

// Names of formats that ship and hold images of a set, too.
const (
	Tensors = "tensors"
	Picture = "picture"
)

// Format reads arrays from files of one kind.
type Format struct {
	Name string // as in "FITS"
	// Match reports whether a file is of the kind, by its name and its first 512 bytes.
	Match func(path string, head []byte) bool
	// Read reads the array called member, or the only one when member is empty. NaN is missing.
	Read func(ctx context.Context, path, member string, use Use) (Values, error)
	// Sparse reads a matrix without its zeros; nil where the format knows no such.
	Sparse func(ctx context.Context, path, member string) (Sparse, error)
}

// Use says what an array is read for, which pictures follow.
type Use struct {
	Lo, Hi float64 // values of black and of white
	Gray   bool    // colours become luma
	// Most bounds the numbers of an array; 0 for no bound. More are refused by their shape, before they are read.
	Most int
	// Judge, where it is given, is asked about the shape of an array before its numbers are read, by the formats that ship. Of
	// complex numbers the shape is that of pairs taken as one. Its error ends the reading and is returned as it is.
	Judge func(shape []int, complex bool) error
}

// Allow asks Judge, if there is one.
func (u Use) Allow(shape []int, complex bool) error {
	if u.Judge == nil {
		return nil
	}
	return u.Judge(shape, complex)
}

var (
	formatsMu sync.RWMutex
	formats   []Format
)

// RegisterFormat makes every array readable from files of another kind. What is registered last is
// asked first.
func RegisterFormat(f Format) {
	formatsMu.Lock()
	defer formatsMu.Unlock()
	formats = append(formats, f)
}

// FormatOf returns the format of a file.
func FormatOf(path string) (Format, error) {
	f, size, err := input.Open(path)
	if err != nil {
		return Format{}, err
	}
	defer f.Close()
	head := make([]byte, min(512, size))
	if _, err := io.ReadFull(f, head); err != nil {
		return Format{}, fmt.Errorf("%s: %w", input.Name(path), err)
	}
	formatsMu.RLock()
	defer formatsMu.RUnlock()
	for i := len(formats) - 1; i >= 0; i-- {
		if formats[i].Match(path, head) {
			return formats[i], nil
		}
	}
	return Format{}, fmt.Errorf("no format is registered that reads %s; a program that imports tweedie/problem knows those that ship", input.Name(path))
}

// Read returns the numbers of an array, from its file if it has one, once use allows their shape. Arrays of any file that the package checkpoints
// reads are taken as they are. A PNG or JPEG becomes [C,H,W], with black at use.Lo, white at use.Hi, and levels between
// them in proportion. Other formats come through RegisterFormat.
func (a *Array) Read(ctx context.Context, use Use) (Values, error) {
	if a.File == "" {
		return a.Values, use.Allow(a.Values.Shape, a.Values.Complex)
	}
	f, err := FormatOf(a.File)
	if err != nil {
		return Values{}, err
	}
	asked, own := false, use
	own.Judge = func(shape []int, complex bool) error {
		asked = true
		return use.Allow(shape, complex)
	}
	v, err := f.Read(ctx, a.File, a.Member, own)
	if err == nil && !asked { // a format of somebody's own
		err = use.Allow(v.Shape, v.Complex)
	}
	return v, err
}
