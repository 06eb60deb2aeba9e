// Package files registers the formats of arrays that ship: whatever the package checkpoints reads, images of FITS, pictures,
// and matrices of MatrixMarket and of scipy.sparse.
package files

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tweedie/checkpoints"
	"tweedie/data"
	"tweedie/internal/arrays"
	"tweedie/internal/config"
	"tweedie/internal/input"
)

func init() {
	arrays.RegisterFormat(arrays.Format{Name: arrays.Tensors, Match: func(string, []byte) bool { return true }, Read: readTensor})
	arrays.RegisterFormat(arrays.Format{Name: arrays.Picture, Match: isPicture, Read: readPicture})
	arrays.RegisterFormat(arrays.Format{Name: "FITS", Match: isFITS, Read: readFITS})
	arrays.RegisterFormat(arrays.Format{Name: "MatrixMarket", Match: isMatrixMarket, Read: marketValues, Sparse: marketSparse})
	arrays.RegisterFormat(arrays.Format{Name: "scipy.sparse", Match: isScipy, Read: scipyValues, Sparse: scipySparse})
}

// readTensor reads npy, npz, and whatever else holds tensors.
func readTensor(_ context.Context, path, member string, use arrays.Use) (arrays.Values, error) {
	f, err := checkpoints.Open(path)
	if err != nil {
		return arrays.Values{}, err
	}
	defer f.Close()
	names := f.Names()
	if member == "" {
		if len(names) != 1 {
			return arrays.Values{}, fmt.Errorf("%s holds %d arrays (%s); say which, as in %q", input.Name(path), len(names), input.List(names), path+":NAME")
		}
		member = names[0]
	}
	t, err := f.Tensor(member)
	if err != nil {
		return arrays.Values{}, fmt.Errorf("%s holds no array called %q; there are %s%s", input.Name(path), member, input.List(names), config.DidYouMean(member, names, ""))
	}
	return valuesOf(path, t, use)
}

// valuesOf reads the numbers of a tensor.
func valuesOf(path string, t *checkpoints.Tensor, use arrays.Use) (v arrays.Values, err error) {
	v = arrays.Values{Shape: t.Shape, Complex: t.Complex}
	if t.Complex {
		v.Shape = t.Shape[:len(t.Shape)-1]
	}
	if err := use.Allow(v.Shape, v.Complex); err != nil {
		return arrays.Values{}, err
	}
	if use.Most > 0 && t.Len() > use.Most {
		return v, fmt.Errorf("%s holds an array of shape %s; at most %d numbers are of use here", input.Name(path), arrays.Extents(t.Shape), use.Most)
	}
	if v.Data, err = t.Float64s(); err != nil {
		return arrays.Values{}, fmt.Errorf("%s: %w", input.Name(path), err)
	}
	return v, nil
}

func isPicture(_ string, head []byte) bool {
	return strings.HasPrefix(string(head), "\x89PNG\r\n\x1a\n") || strings.HasPrefix(string(head), "\xff\xd8\xff")
}

// readPicture reads a PNG or JPEG.
func readPicture(ctx context.Context, path, member string, use arrays.Use) (arrays.Values, error) {
	if member != "" {
		return arrays.Values{}, errors.New("a picture has no members")
	}
	set, err := data.Open(ctx, path, data.Options{Lo: use.Lo, Hi: use.Hi, Gray: use.Gray})
	if err != nil {
		return arrays.Values{}, err
	}
	c, h, w := set.Shape()
	if err := use.Allow([]int{c, h, w}, false); err != nil {
		return arrays.Values{}, err
	}
	pixels := make([]float32, c*h*w)
	if _, err := set.Read(0, pixels); err != nil {
		return arrays.Values{}, err
	}
	v := arrays.Values{Shape: []int{c, h, w}, Data: make([]float64, len(pixels))}
	for i, p := range pixels {
		v.Data[i] = float64(p)
	}
	return v, nil
}
