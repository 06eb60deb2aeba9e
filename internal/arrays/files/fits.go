package files

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"tweedie/checkpoints"
	"tweedie/internal/arrays"
	"tweedie/internal/config"
	"tweedie/internal/input"
)

// isFITS goes by the first card, or by gzip, in which the package checkpoints reads nothing but FITS.
func isFITS(_ string, head []byte) bool {
	return bytes.HasPrefix(head, []byte("SIMPLE  =")) || bytes.HasPrefix(head, []byte("\x1f\x8b"))
}

// readFITS reads an image of a FITS file, of shape [NAXISn, ..., NAXIS1]: the member is the number of its header, 0 for the
// primary one, or its EXTNAME; it may be left out of a file with one image. Rows are in the order of the file, as astropy
// gives them: row 0 is the one that viewers of FITS draw at the bottom, whereas row 0 of a picture is at its top. Columns of
// tables are arrays, too, called EXTNAME.TTYPE.
func readFITS(_ context.Context, path, member string, use arrays.Use) (arrays.Values, error) {
	f, err := checkpoints.Open(path)
	if err != nil {
		return arrays.Values{}, err
	}
	defer f.Close()
	t, err := imageOf(f, member)
	if err != nil {
		return arrays.Values{}, fmt.Errorf("%s %w", input.Name(path), err)
	}
	return valuesOf(path, t, use)
}

// imageOf finds the tensor that a member names.
func imageOf(f *checkpoints.File, member string) (*checkpoints.Tensor, error) {
	var images []*checkpoints.Tensor
	var names []string
	for _, t := range f.Tensors() {
		if t.Image != nil {
			images = append(images, t)
			names = append(names, fmt.Sprintf("%d (%s)", *t.Image, t.Name))
		}
	}
	switch {
	case member != "":
	case len(images) == 1:
		return images[0], nil
	case len(images) == 0 && len(f.Names()) == 1:
		return f.Tensors()[0], nil
	case len(images) == 0:
		return nil, fmt.Errorf("holds no image, but the columns %s; say which, as in \"FILE.fits:%s\"", input.List(f.Names()), f.Names()[0])
	default:
		return nil, fmt.Errorf("holds %d images, %s; say which by its number or name, as in \"FILE.fits:%d\"", len(images), input.List(names), *images[0].Image)
	}
	number, notNumber := strconv.Atoi(member)
	for _, t := range f.Tensors() {
		if t.Image != nil && notNumber == nil && *t.Image == number || notNumber != nil && strings.EqualFold(t.Name, member) {
			return t, nil
		}
	}
	return nil, fmt.Errorf("holds no array called %q; there are %s%s", member, input.List(append(names, columnsOf(f)...)), config.DidYouMean(member, f.Names(), ""))
}

// columnsOf lists the columns of the tables of a file.
func columnsOf(f *checkpoints.File) (names []string) {
	for _, t := range f.Tensors() {
		if t.Image == nil {
			names = append(names, t.Name)
		}
	}
	return names
}
