package optics

import (
	"math"
	"slices"

	"tweedie/internal/config"
)

// kernel is a PSF whose centre is entry (row, col).
type kernel struct {
	PSF
	row, col int
}

// offset returns how far entry i lies from the centre, in rows and columns.
func (k kernel) offset(i int) (r, c int) { return i/k.Cols - k.row, i%k.Cols - k.col }

// within returns the kernel without the entries that lie h rows or w columns or more from the centre: those that no two
// pixels of an h x w image are apart.
func (k kernel) within(h, w int) kernel {
	k.Data = slices.Clone(k.Data)
	for i := range k.Data {
		if r, c := k.offset(i); max(r, -r) >= h || max(c, -c) >= w {
			k.Data[i] = 0
		}
	}
	return k
}

// centroid returns the entry nearest to the centroid of the magnitudes, sum_k k |h_k| / sum_k |h_k|.
func (p PSF) centroid() (row, col int) {
	var sum, r, c float64
	for i, v := range p.Data {
		a := math.Abs(v)
		sum += a
		r += a * float64(i/p.Cols)
		c += a * float64(i%p.Cols)
	}
	return int(math.Round(r / sum)), int(math.Round(c / sum))
}

// ofSumOne returns the PSF divided by its sum. A sum that cancels to nothing is an error.
func (p PSF) ofSumOne() (PSF, error) {
	var sum, size float64
	for _, v := range p.Data {
		sum += v
		size += math.Abs(v)
	}
	if math.Abs(sum) < 1e-12*size {
		return p, config.Errorf("blur", "normalise", "the entries of psf sum to %g, by which they cannot be divided", sum)
	}
	p.Data = slices.Clone(p.Data)
	return p.normalised(), nil
}
