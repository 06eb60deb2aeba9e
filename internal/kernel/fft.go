package kernel

import (
	"sync"

	"gonum.org/v1/gonum/dsp/fourier"

	"tweedie/internal/par"
)

// fftPlan transforms one line of a given length, in float64.
type fftPlan struct {
	fft  *fourier.CmplxFFT
	line []complex128
}

// fftPlans keeps idle plans by length; it holds as many of one as were ever in use at once.
var fftPlans = struct {
	sync.Mutex
	idle map[int][]*fftPlan
}{idle: map[int][]*fftPlan{}}

func takePlan(n int) *fftPlan {
	fftPlans.Lock()
	l := fftPlans.idle[n]
	if len(l) == 0 {
		fftPlans.Unlock()
		return &fftPlan{fourier.NewCmplxFFT(n), make([]complex128, n)}
	}
	p := l[len(l)-1]
	fftPlans.idle[n] = l[:len(l)-1]
	fftPlans.Unlock()
	return p
}

func givePlan(p *fftPlan) {
	fftPlans.Lock()
	n := len(p.line)
	fftPlans.idle[n] = append(fftPlans.idle[n], p)
	fftPlans.Unlock()
}

type fftJob[T Float] struct {
	n, inner, lines, perBlock int
	inverse                   bool
	scale                     float64
	dst, x                    []T
}

var fftJobs freeList

// FFT transforms the axis of n of a complex field x [outer,n,inner,2], re and im last, of any length n > 0:
//
//	dst[k] = scale sum_j x[j] exp(-2 pi i j k / n),   with + in the exponent when inverse;
//
// dst may be x. float32 fields are transformed in float64.
func FFT[T Float](dst, x []T, outer, n, inner int, inverse bool, scale float64) {
	if n < 1 {
		panic(&ArgError{"FFT", "the axis is empty: want n > 0"})
	}
	sized("FFT", "dst", len(dst), 2*outer*n*inner)
	sized("FFT", "x", len(x), 2*outer*n*inner)
	j := take[T, fftJob[T]](&fftJobs)
	*j = fftJob[T]{n: n, inner: inner, lines: outer * inner, perBlock: max(1, dearBlock/n), inverse: inverse, scale: scale, dst: dst, x: x}
	par.Do(blocksOf(j.lines, j.perBlock), j)
	give[T](&fftJobs, j)
}

// Block transforms a run of lines.
func (j *fftJob[T]) Block(i int) {
	p := takePlan(j.n)
	step := 2 * j.inner
	for l := i * j.perBlock; l < min((i+1)*j.perBlock, j.lines); l++ {
		at := 2 * (l/j.inner*j.n*j.inner + l%j.inner)
		for k, q := 0, at; k < j.n; k, q = k+1, q+step {
			p.line[k] = complex(float64(j.x[q]), float64(j.x[q+1]))
		}
		if j.inverse {
			p.fft.Sequence(p.line, p.line)
		} else {
			p.fft.Coefficients(p.line, p.line)
		}
		for k, q := 0, at; k < j.n; k, q = k+1, q+step {
			v := p.line[k]
			j.dst[q], j.dst[q+1] = T(j.scale*real(v)), T(j.scale*imag(v))
		}
	}
	givePlan(p)
}
