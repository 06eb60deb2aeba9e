// Package fft transforms the planes of images for the operators that are simple in Fourier space.
package fft

import (
	"math"
	"math/cmplx"
	"sync"

	"gonum.org/v1/gonum/dsp/fourier"
)

// Planes hands out workspaces for 2-D transforms of H x W planes, to any number of goroutines.
type Planes struct {
	H, W int
	pool sync.Pool
}

// NewPlanes returns workspaces for planes of h x w.
func NewPlanes(h, w int) *Planes {
	p := &Planes{H: h, W: w}
	p.pool.New = func() any {
		return &Plane{H: h, W: w, row: fourier.NewCmplxFFT(w), col: fourier.NewCmplxFFT(h),
			Z: make([]complex128, h*w), line: make([]complex128, h)}
	}
	return p
}

// Get borrows a workspace, whose Z holds anything.
func (p *Planes) Get() *Plane { return p.pool.Get().(*Plane) }

// Put gives a workspace back.
func (p *Planes) Put(f *Plane) { p.pool.Put(f) }

// Filter multiplies the transform of every channel c of x [C,H,W] by g(c, k) at each frequency k, and writes the real
// part of the resulting image into dst, which may be x.
func (p *Planes) Filter(dst, x []float64, g func(c, k int) complex128) {
	f := p.Get()
	defer p.Put(f)
	n := len(f.Z)
	for c := range len(x) / n {
		f.Load(x[c*n:][:n])
		f.Forward()
		for k := range f.Z {
			f.Z[k] *= g(c, k)
		}
		f.Backward()
		f.Store(dst[c*n:][:n], 1/float64(n))
	}
}

// Plane is one H x W complex plane Z with its transforms, for one goroutine.
type Plane struct {
	H, W     int
	Z        []complex128
	row, col *fourier.CmplxFFT
	line     []complex128
}

// Load copies the real plane x into Z.
func (f *Plane) Load(x []float64) {
	for i, v := range x {
		f.Z[i] = complex(v, 0)
	}
}

// Forward sets Z_k = sum_x Z_x exp(-2 pi i k x), unnormalised.
func (f *Plane) Forward() {
	for i := range f.H {
		r := f.Z[i*f.W:][:f.W]
		f.row.Coefficients(r, r)
	}
	f.columns(f.col.Coefficients)
}

// Backward sets Z_x = sum_k Z_k exp(+2 pi i k x), unnormalised.
func (f *Plane) Backward() {
	for i := range f.H {
		r := f.Z[i*f.W:][:f.W]
		f.row.Sequence(r, r)
	}
	f.columns(f.col.Sequence)
}

func (f *Plane) columns(transform func(dst, src []complex128) []complex128) {
	for j := range f.W {
		for i := range f.H {
			f.line[i] = f.Z[i*f.W+j]
		}
		transform(f.line, f.line)
		for i := range f.H {
			f.Z[i*f.W+j] = f.line[i]
		}
	}
}

// Negated returns the index of frequency -k, given that of k, in an h x w plane.
func Negated(k, h, w int) int {
	i, j := k/w, k%w
	return (h-i)%h*w + (w-j)%w
}

// ToReal writes the Hermitian spectrum Z of a real plane into dst as H*W real orthonormal coordinates times g. A pair
// k, -k gives sqrt2 Re at the smaller index and sqrt2 Im at the larger one; a frequency with k = -k gives Re.
func (f *Plane) ToReal(dst []float64, g float64) {
	for k, v := range f.Z {
		switch m := Negated(k, f.H, f.W); {
		case m == k:
			dst[k] = g * real(v)
		case k < m:
			dst[k], dst[m] = g*math.Sqrt2*real(v), g*math.Sqrt2*imag(v)
		}
	}
}

// FromReal undoes ToReal with g = 1.
func (f *Plane) FromReal(c []float64) {
	for k := range f.Z {
		switch m := Negated(k, f.H, f.W); {
		case m == k:
			f.Z[k] = complex(c[k], 0)
		case k < m:
			v := complex(c[k]/math.Sqrt2, c[m]/math.Sqrt2)
			f.Z[k], f.Z[m] = v, cmplx.Conj(v)
		}
	}
}

// Store writes g times the real part of Z into dst.
func (f *Plane) Store(dst []float64, g float64) {
	for i := range dst {
		dst[i] = g * real(f.Z[i])
	}
}

// Orthonormal returns 1/sqrt(H W), the factor that makes both transforms unitary.
func (f *Plane) Orthonormal() float64 { return 1 / math.Sqrt(float64(f.H*f.W)) }

// Smooth returns the least number from n up whose prime factors are 2, 3 and 5: a fast length for a transform.
func Smooth(n int) int {
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
