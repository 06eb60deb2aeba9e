package optics

import (
	"math"

	"tweedie/internal/config"
	"tweedie/inverse"
)

// PSF is a point-spread function: a kernel h [Rows,Cols]. Blurring by it is the convolution
// y_i = sum_k h_k x_{i-(k-centre)}; its centre is entry (Rows/2, Cols/2), rounded down, unless a BlurConfig names another.
// In JSON it is an object of these fields, or an inverse.Array [Rows,Cols] as in "psf.npy".
type PSF struct {
	Rows int       `json:"rows"`
	Cols int       `json:"cols"`
	Data []float64 `json:"data"` // row-major

	array inverse.Array // what JSON gave in place of the fields
}

// validate returns an error that names what is wrong under the given kind and the field that holds the PSF.
func (p PSF) validate(kind, field string) error {
	if p.unread() {
		_, err := p.array.Real()
		return config.Errorf(kind, field, "%v", err)
	}
	if n, ok := config.Size(p.Rows, p.Cols); p.Rows < 1 || p.Cols < 1 || !ok || n != len(p.Data) {
		return config.Errorf(kind, field+".data", "%d entries are not rows x cols = %d x %d", len(p.Data), p.Rows, p.Cols)
	}
	zero := true
	for i, v := range p.Data {
		if !(math.Abs(v) <= inverse.MostEntry) {
			return config.Errorf(kind, field+".data", "entry %d is %v; it must lie between %g and %g", i, v, -inverse.MostEntry, inverse.MostEntry)
		}
		zero = zero && v == 0
	}
	if zero {
		return config.Errorf(kind, field+".data", "every entry is zero; a kernel must have one that is not")
	}
	return nil
}

// normalised divides the PSF by its sum.
func (p PSF) normalised() PSF {
	sum := 0.0
	for _, v := range p.Data {
		sum += v
	}
	for i := range p.Data {
		p.Data[i] /= sum
	}
	return p
}

// GaussianPSF returns exp(-(r^2+c^2)/(2 std^2)) on a size x size grid about its middle, normalised to sum 1; std is
// in pixels.
func GaussianPSF(size int, std float64) PSF {
	p := PSF{Rows: size, Cols: size, Data: make([]float64, size*size)}
	for i := range p.Data {
		r, c := float64(i/size-size/2), float64(i%size-size/2)
		p.Data[i] = math.Exp(-(r*r + c*c) / (2 * std * std))
	}
	return p.normalised()
}

// UniformPSF returns the kernel that averages rows x cols pixels.
func UniformPSF(rows, cols int) PSF {
	p := PSF{Rows: rows, Cols: cols, Data: make([]float64, rows*cols)}
	for i := range p.Data {
		p.Data[i] = 1
	}
	return p.normalised()
}

// LinePSF returns the kernel of motion along a straight line of length pixels at angle degrees, counter-clockwise
// from the rows. Each point of the line is spread over the four nearest pixels; the kernel sums to 1.
func LinePSF(length, angle float64) PSF {
	half := int(math.Ceil(length/2)) + 1
	p := PSF{Rows: 2*half + 1, Cols: 2*half + 1}
	p.Data = make([]float64, p.Rows*p.Cols)
	sin, cos := math.Sincos(angle * math.Pi / 180)
	n := 32 * (int(math.Ceil(length)) + 1)
	for i := range n {
		t := length * ((float64(i)+.5)/float64(n) - .5)
		p.splat(-t*sin, t*cos, 1)
	}
	return p.normalised()
}

// splat adds weight at (r, c) pixels from the centre, shared among the four nearest pixels bilinearly. A share that
// falls outside the kernel is lost.
func (p PSF) splat(r, c, weight float64) {
	r, c = r+float64(p.Rows/2), c+float64(p.Cols/2)
	i, j := math.Floor(r), math.Floor(c)
	for k := range 4 {
		di, dj := float64(k/2), float64(k%2)
		a, b := int(i+di), int(j+dj)
		if a >= 0 && a < p.Rows && b >= 0 && b < p.Cols {
			p.Data[a*p.Cols+b] += weight * (1 - math.Abs(r-i-di)) * (1 - math.Abs(c-j-dj))
		}
	}
}
