package files

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"tweedie/internal/arrays"
	"tweedie/internal/input"
	"tweedie/internal/npy"
)

// isScipy reports whether a file is what scipy.sparse.save_npz writes: an npz with a format, a shape and data.
func isScipy(path string, head []byte) bool {
	if !npy.IsArchive(head) {
		return false
	}
	found := 0
	err := withZip(path, func(z *zip.Reader, _ int64) error {
		for _, f := range z.File {
			if f.Name == "format.npy" || f.Name == "shape.npy" || f.Name == "data.npy" {
				found++
			}
		}
		return nil
	})
	return err == nil && found == 3
}

func withZip(path string, use func(z *zip.Reader, size int64) error) error {
	f, size, err := input.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := input.Zip(f, size, npy.MaxEntries)
	if err != nil {
		return err
	}
	return use(z, size)
}

// scipyParts are the arrays of such a file.
type scipyParts struct {
	z    *zip.Reader
	size int64
}

// scipySparse reads a matrix that scipy.sparse.save_npz wrote, in any of its formats.
func scipySparse(ctx context.Context, path, member string) (s arrays.Sparse, err error) {
	return scipyAllowed(ctx, path, member, arrays.Use{})
}

// scipyAllowed reads a matrix of a shape that use allows.
func scipyAllowed(_ context.Context, path, member string, use arrays.Use) (s arrays.Sparse, err error) {
	if member != "" {
		return s, fmt.Errorf("%s holds one sparse matrix; leave out %q", input.Name(path), member)
	}
	var refused error
	err = withZip(path, func(z *zip.Reader, size int64) (err error) {
		s, err = (&scipyParts{z, size}).read(func(shape []int, complex bool) error {
			refused = use.Allow(shape, complex)
			return refused
		})
		return err
	})
	if refused != nil {
		return s, refused
	}
	if err != nil {
		return s, fmt.Errorf("%s: %w", input.Name(path), err)
	}
	return s, nil
}

// scipyValues reads the same with its zeros.
func scipyValues(ctx context.Context, path, member string, use arrays.Use) (arrays.Values, error) {
	s, err := scipyAllowed(ctx, path, member, use)
	if err != nil {
		return arrays.Values{}, err
	}
	return dense(path, s, use)
}

// read reads the matrix, once judge has taken its shape.
func (p *scipyParts) read(judge func(shape []int, complex bool) error) (arrays.Sparse, error) {
	format, err := p.format()
	if err != nil {
		return arrays.Sparse{}, err
	}
	sh, err := p.whole("shape")
	if err != nil {
		return arrays.Sparse{}, err
	}
	if len(sh) != 2 {
		return arrays.Sparse{}, fmt.Errorf("shape has %d entries; a matrix has 2", len(sh))
	}
	h, err := p.header("data")
	if err == nil {
		err = judge(sh, h.Kind == 'c')
	}
	if err != nil {
		return arrays.Sparse{}, err
	}
	data, h, err := p.numbers("data")
	if err != nil {
		return arrays.Sparse{}, err
	}
	t := &arrays.Triplets{Rows: sh[0], Cols: sh[1], Complex: h.Kind == 'c'}
	if err := t.Check(); err != nil {
		return arrays.Sparse{}, err
	}
	entries := scipyEntries{t: t, data: data, shape: h.Shape}
	switch format {
	case "csr", "csc", "bsr":
		err = p.compressed(format, &entries)
	case "coo":
		err = p.coordinates(&entries)
	case "dia":
		err = p.diagonals(&entries)
	default:
		err = fmt.Errorf("format is %q; csr, csc, bsr, coo and dia can be read", format)
	}
	if err == nil {
		err = t.Room()
	}
	if err != nil {
		return arrays.Sparse{}, err
	}
	return t.Sparse(), nil
}

// open finds an array.
func (p *scipyParts) open(name string) (io.ReadCloser, *zip.File, error) {
	for _, f := range p.z.File {
		if f.Name == name+".npy" {
			if f.UncompressedSize64 > uint64(p.size)*1032+1<<16 { // deflate cannot expand more
				return nil, nil, fmt.Errorf("%s: the directory claims %d bytes, more than %d bytes can hold", name, f.UncompressedSize64, p.size)
			}
			r, err := f.Open()
			return r, f, err
		}
	}
	return nil, nil, fmt.Errorf("there is no array %s, which this format of sparse matrix has", name)
}

// header reads what an array is.
func (p *scipyParts) header(name string) (h npy.Header, err error) {
	r, _, err := p.open(name)
	if err != nil {
		return h, err
	}
	defer r.Close()
	if h, err = npy.ReadHeader(r); err != nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return h, err
}

// numbers reads an array, complex numbers as pairs.
func (p *scipyParts) numbers(name string) ([]float64, npy.Header, error) {
	r, f, err := p.open(name)
	if err != nil {
		return nil, npy.Header{}, err
	}
	defer r.Close()
	h, err := npy.ReadHeader(r)
	if err == nil && uint64(h.Offset+h.Bytes()) != f.UncompressedSize64 {
		err = fmt.Errorf("%s of shape %v takes %d bytes, the entry has %d", h.Type(), h.Shape, h.Offset+h.Bytes(), f.UncompressedSize64)
	}
	var body []byte
	if err == nil {
		body, err = npy.ReadBody(r, h)
	}
	if err != nil {
		return nil, h, fmt.Errorf("%s: %w", name, err)
	}
	v := make([]float64, h.Count*h.Components())
	npy.Float64s(v, h.Kind, h.Size, body)
	return v, h, nil
}

// whole reads a list of whole numbers.
func (p *scipyParts) whole(name string) ([]int, error) {
	v, h, err := p.numbers(name)
	if err != nil {
		return nil, err
	}
	if h.Kind != 'i' && h.Kind != 'u' || len(h.Shape) != 1 {
		return nil, fmt.Errorf("%s is %s of shape %v; it must be a list of integers", name, h.Type(), h.Shape)
	}
	out := make([]int, len(v))
	for i, x := range v {
		if x < -1<<53 || x > 1<<53 {
			return nil, fmt.Errorf("%s[%d] is %g; it is too large", name, i, x)
		}
		out[i] = int(x)
	}
	return out, nil
}

// format reads the name of the format, a string of numpy, of bytes or of characters.
func (p *scipyParts) format() (string, error) {
	r, _, err := p.open("format")
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, 1<<12))
	if err != nil {
		return "", fmt.Errorf("format: %w", err)
	}
	end := bytes.IndexByte(b, '\n') // of the header
	if !bytes.HasPrefix(b, []byte(npy.Magic)) || end < 0 {
		return "", errors.New("format is no array of numpy")
	}
	return strings.ReplaceAll(string(b[end+1:]), "\x00", ""), nil
}
