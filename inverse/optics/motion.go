package optics

import (
	"math"

	"gonum.org/v1/gonum/mathext"

	"tweedie/rng"
)

// MotionPSF returns the path of a shaken camera on a size x size grid, normalised to sum 1. Intensity 0 makes a
// straight line and 1 a wild path. The path has the law of LeviBorodenko's motionblur, which DPS uses (Chung et al.
// 2209.14687): on a canvas twice the size with diagonal D, steps of length Beta(1,30)*(1.1-intensity)*D add up to a
// length of .75*D*(U+U(0,intensity^2)), or D/100 if that is more. Turns are triangular up to an angle
// U(0,intensity*pi) and flip their sign with probability Beta(2,20). The path is centred on its mean and turned at
// random. It is drawn at the final resolution, so single kernels differ from that program's.
func MotionPSF(size int, intensity float64, seed uint64) PSF {
	st := rng.New(seed).Split("motion", 0).Stream()
	diagonal := 2 * float64(size) * math.Sqrt2
	length := max(diagonal/100, .75*diagonal*(st.Float64()+intensity*intensity*st.Float64()))
	var steps []float64
	for sum := 0.0; sum < length; {
		beta := 1 - math.Pow(1-st.Float64(), 1./30)
		if s := beta * (1.1 - intensity) * diagonal; s < length {
			steps = append(steps, s)
			sum += s
		}
	}
	path := motionPath(steps, intensity, st)
	p := PSF{Rows: size, Cols: size, Data: make([]float64, size*size)}
	for i := 1; i < len(path); i++ {
		p.segment(path[i-1], path[i])
	}
	return p.normalised()
}

// motionPath turns the lengths of steps into points, in pixels of the final grid about its centre.
func motionPath(steps []float64, intensity float64, st *rng.Stream) []complex128 {
	maxAngle := st.Float64() * intensity * math.Pi
	jitter := mathext.InvRegIncBeta(2, 20, st.Float64())
	angle := maxAngle * (2*st.Float64() - 1)
	path := []complex128{0}
	var at, mean complex128
	for _, s := range steps {
		at += complex(s*math.Cos(angle), s*math.Sin(angle)) / 2
		path = append(path, at)
		mean += at
		turn := triangular(intensity*maxAngle, maxAngle+.1, st.Float64())
		flip := st.Float64() < jitter
		switch {
		case angle == 0:
		case flip == (angle > 0):
			angle = -turn
		default:
			angle = turn
		}
	}
	mean /= complex(float64(len(steps)), 0)
	sin, cos := math.Sincos(math.Pi * st.Float64())
	for i := range path {
		path[i] = (path[i] - mean) * complex(cos, sin)
	}
	return path
}

// triangular returns the quantile u of the triangular law on [0,hi] whose mode is at mode <= hi.
func triangular(mode, hi, u float64) float64 {
	if u*hi < mode {
		return math.Sqrt(u * hi * mode)
	}
	return hi - math.Sqrt((1-u)*hi*(hi-mode))
}

// segment adds the line between two points, whose real parts run along the columns, with a weight equal to its
// length.
func (p PSF) segment(a, b complex128) {
	d := b - a
	length := math.Hypot(real(d), imag(d))
	n := 1 + int(8*length)
	for i := range n {
		z := a + d*complex((float64(i)+.5)/float64(n), 0)
		p.splat(-imag(z), real(z), length/float64(n))
	}
}
