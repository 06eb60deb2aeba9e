package arrays

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"tweedie/checkpoints"
	"tweedie/data"
	"tweedie/internal/config"
	"tweedie/internal/input"
)

// Format reads arrays from files of one kind.
type Format struct {
	Name string // as in "FITS"
	// Match reports whether a file is of the kind, by its name and its first 512 bytes.
	Match func(path string, head []byte) bool
	// Read reads the array called member, or the only one when member is empty. NaN is missing.
	Read func(ctx context.Context, path, member string, use Use) (Values, error)
}

// Use says what an array is read for, which pictures follow.
type Use struct {
	Lo, Hi float64 // values of black and of white
	Gray   bool    // colours become luma
	// Most bounds the numbers of an array; 0 for no bound. More are refused by their shape, before they are read.
	Most int
}

var (
	formatsMu sync.RWMutex
	formats   = []Format{
		{Name: "tensors", Match: func(string, []byte) bool { return true }, Read: readTensor},
		{Name: "picture", Match: isPicture, Read: readPicture},
	}
)

// RegisterFormat makes every array readable from files of another kind. What is registered last is
// asked first.
func RegisterFormat(f Format) {
	formatsMu.Lock()
	defer formatsMu.Unlock()
	formats = append(formats, f)
}

// formatOf returns the format of a file.
func formatOf(path string) (Format, error) {
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
	for i := len(formats) - 1; ; i-- {
		if formats[i].Match(path, head) {
			return formats[i], nil
		}
	}
}

// Read returns the numbers of an array, from its file if it has one. Arrays of any file that the package checkpoints
// reads are taken as they are. A PNG or JPEG becomes [C,H,W], with black at use.Lo, white at use.Hi, and levels between
// them in proportion. Other formats come through RegisterFormat.
func (a *Array) Read(ctx context.Context, use Use) (Values, error) {
	if a.File == "" {
		return a.Values, nil
	}
	f, err := formatOf(a.File)
	if err != nil {
		return Values{}, err
	}
	return f.Read(ctx, a.File, a.Member, use)
}

// readTensor reads npy, npz, and whatever else holds tensors.
func readTensor(_ context.Context, path, member string, use Use) (Values, error) {
	f, err := checkpoints.Open(path)
	if err != nil {
		return Values{}, err
	}
	defer f.Close()
	names := f.Names()
	if member == "" {
		if len(names) != 1 {
			return Values{}, fmt.Errorf("%s holds %d arrays (%s); say which, as in %q", input.Name(path), len(names), input.List(names), path+":NAME")
		}
		member = names[0]
	}
	t, err := f.Tensor(member)
	if err != nil {
		return Values{}, fmt.Errorf("%s holds no array called %q; there are %s%s", input.Name(path), member, input.List(names), config.DidYouMean(member, names, ""))
	}
	if use.Most > 0 && t.Len() > use.Most {
		return Values{}, fmt.Errorf("%s holds an array of shape %v; at most %d numbers are of use here", input.Name(path), t.Shape, use.Most)
	}
	v := Values{Shape: t.Shape, Complex: t.Complex}
	if t.Complex {
		v.Shape = t.Shape[:len(t.Shape)-1]
	}
	if v.Data, err = t.Float64s(); err != nil {
		return Values{}, fmt.Errorf("%s: %w", input.Name(path), err)
	}
	return v, nil
}

func isPicture(_ string, head []byte) bool {
	return strings.HasPrefix(string(head), "\x89PNG\r\n\x1a\n") || strings.HasPrefix(string(head), "\xff\xd8\xff")
}

// readPicture reads a PNG or JPEG.
func readPicture(ctx context.Context, path, member string, use Use) (Values, error) {
	if member != "" {
		return Values{}, errors.New("a picture has no members")
	}
	set, err := data.Open(ctx, path, data.Options{Lo: use.Lo, Hi: use.Hi, Gray: use.Gray})
	if err != nil {
		return Values{}, err
	}
	c, h, w := set.Shape()
	pixels := make([]float32, c*h*w)
	if _, err := set.Read(0, pixels); err != nil {
		return Values{}, err
	}
	v := Values{Shape: []int{c, h, w}, Data: make([]float64, len(pixels))}
	for i, p := range pixels {
		v.Data[i] = float64(p)
	}
	return v, nil
}
