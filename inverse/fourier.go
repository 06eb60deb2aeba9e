package inverse

import (
	"math"
	"math/cmplx"
	"sync"

	"gonum.org/v1/gonum/dsp/fourier"
)

// planes hands out workspaces for 2-D transforms of h x w planes, to any number of goroutines.
type planes struct {
	h, w int
	pool sync.Pool
}

func newPlanes(h, w int) *planes {
	p := &planes{h: h, w: w}
	p.pool.New = func() any {
		return &plane{h: h, w: w, row: fourier.NewCmplxFFT(w), col: fourier.NewCmplxFFT(h),
			z: make([]complex128, h*w), line: make([]complex128, h)}
	}
	return p
}

func (p *planes) get() *plane  { return p.pool.Get().(*plane) }
func (p *planes) put(f *plane) { p.pool.Put(f) }

// plane is one h x w complex plane z with its transforms, for one goroutine.
type plane struct {
	h, w     int
	row, col *fourier.CmplxFFT
	z, line  []complex128
}

// load copies the real plane x into z.
func (f *plane) load(x []float64) {
	for i, v := range x {
		f.z[i] = complex(v, 0)
	}
}

// forward sets z_k = sum_x z_x exp(-2 pi i k x), unnormalised.
func (f *plane) forward() {
	for i := range f.h {
		r := f.z[i*f.w:][:f.w]
		f.row.Coefficients(r, r)
	}
	f.columns(f.col.Coefficients)
}

// backward sets z_x = sum_k z_k exp(+2 pi i k x), unnormalised.
func (f *plane) backward() {
	for i := range f.h {
		r := f.z[i*f.w:][:f.w]
		f.row.Sequence(r, r)
	}
	f.columns(f.col.Sequence)
}

func (f *plane) columns(transform func(dst, src []complex128) []complex128) {
	for j := range f.w {
		for i := range f.h {
			f.line[i] = f.z[i*f.w+j]
		}
		transform(f.line, f.line)
		for i := range f.h {
			f.z[i*f.w+j] = f.line[i]
		}
	}
}

// negated returns the index of frequency -k, given that of k, in an h x w plane.
func negated(k, h, w int) int {
	i, j := k/w, k%w
	return (h-i)%h*w + (w-j)%w
}

// toReal writes the Hermitian spectrum z of a real plane into dst as h*w real orthonormal coordinates times g. A pair
// k, -k gives sqrt2 Re at the smaller index and sqrt2 Im at the larger one; a frequency with k = -k gives Re.
func (f *plane) toReal(dst []float64, g float64) {
	for k, v := range f.z {
		switch m := negated(k, f.h, f.w); {
		case m == k:
			dst[k] = g * real(v)
		case k < m:
			dst[k], dst[m] = g*math.Sqrt2*real(v), g*math.Sqrt2*imag(v)
		}
	}
}

// fromReal undoes toReal with g = 1.
func (f *plane) fromReal(c []float64) {
	for k := range f.z {
		switch m := negated(k, f.h, f.w); {
		case m == k:
			f.z[k] = complex(c[k], 0)
		case k < m:
			v := complex(c[k]/math.Sqrt2, c[m]/math.Sqrt2)
			f.z[k], f.z[m] = v, cmplx.Conj(v)
		}
	}
}

// store writes g times the real part of z into dst.
func (f *plane) store(dst []float64, g float64) {
	for i := range dst {
		dst[i] = g * real(f.z[i])
	}
}

// orthonormal returns 1/sqrt(h w), the factor that makes both transforms unitary.
func (f *plane) orthonormal() float64 { return 1 / math.Sqrt(float64(f.h*f.w)) }

// smooth returns the least number from n up whose prime factors are 2, 3 and 5: a fast length for a transform.
func smooth(n int) int {
	for ; ; n++ {
		r := n
		for _, p := range []int{2, 3, 5} {
			for r%p == 0 {
				r /= p
			}
		}
		if r == 1 {
			return n
		}
	}
}
