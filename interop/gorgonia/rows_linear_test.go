package gorgonia_test

import (
	"math"

	gg "gorgonia.org/gorgonia"

	. "tweedie/autodiff"
)

// linear is a linear op on one array of shape in, as Gorgonia's product x M with a matrix M that the test writes down
// from the op's definition: put(i, o, w) makes input element i count w times in output element o.
func linear(name string, in, out Shape, ours func(s *Scope, x Var) Var, entries func(put func(i, o int, w float64))) row {
	n, m := in.Size(), out.Size()
	matrix := make([]float64, n*m)
	entries(func(i, o int, w float64) { matrix[i*m+o] += w })
	return row{Name: name, In: []Shape{in}, Ours: one(ours), Theirs: func(x []node) node {
		y := gg.Must(gg.Mul(reshape(x[0], 1, n), fixed(x[0], "M", S(n, m), matrix)))
		return reshape(y, out.Dims(nil)...)
	}}
}

// linearRows are the linear ops that Gorgonia has no counterpart of.
func linearRows() []row {
	type put = func(i, o int, w float64)
	idx := []int{2, 0, 2, 1}
	rows := []row{
		linear("flip", S(2, 3), S(2, 3), func(s *Scope, x Var) Var { return s.Flip(x, 1) }, func(p put) {
			grid(2, 3, func(i, j int) { p(i*3+j, i*3+2-j, 1) })
		}),
		linear("broadcast", S(3, 1), S(2, 3, 4), func(s *Scope, x Var) Var { return s.BroadcastTo(x, S(2, 3, 4)) }, func(p put) {
			grid(6, 4, func(i, j int) { p(i%3, i*4+j, 1) })
		}),
		linear("cumsum", S(2, 4), S(2, 4), func(s *Scope, x Var) Var { return s.Cumsum(x, 1) }, func(p put) {
			grid(2, 4, func(i, j int) {
				for k := j; k < 4; k++ {
					p(i*4+j, i*4+k, 1)
				}
			})
		}),
		linear("triangle below", S(3, 4), S(3, 4), (*Scope).Tril, func(p put) {
			grid(3, 4, func(i, j int) {
				if j <= i {
					p(i*4+j, i*4+j, 1)
				}
			})
		}),
		linear("triangle above", S(3, 4), S(3, 4), (*Scope).Triu, func(p put) {
			grid(3, 4, func(i, j int) {
				if j >= i {
					p(i*4+j, i*4+j, 1)
				}
			})
		}),
		linear("gather", S(3, 2), S(4, 2), func(s *Scope, x Var) Var { return s.Gather(x, 0, idx) }, func(p put) {
			grid(4, 2, func(i, j int) { p(idx[i]*2+j, i*2+j, 1) })
		}),
		linear("scatter_add", S(4, 2), S(3, 2), func(s *Scope, x Var) Var { return s.ScatterAdd(x, 0, idx, 3) }, func(p put) {
			grid(4, 2, func(i, j int) { p(i*2+j, idx[i]*2+j, 1) })
		}),
		linear("fft", S(5, 2), S(5, 2), func(s *Scope, x Var) Var { return s.FFT(x, false) }, func(p put) { fourier(5, -1, 1, p) }),
		linear("fft inverse", S(6, 2), S(6, 2), func(s *Scope, x Var) Var { return s.FFT(x, true) }, func(p put) { fourier(6, 1, 1./6, p) }),
		linear("resize", S(1, 1, 4), S(1, 1, 7), func(s *Scope, x Var) Var { return s.Resize(x, 7) }, func(p put) { interpolate(4, 7, p) }),
		linear("resize_adjoint", S(1, 1, 7), S(1, 1, 4), func(s *Scope, x Var) Var { return s.ResizeAdjoint(x, 4) }, func(p put) {
			interpolate(4, 7, func(i, o int, w float64) { p(o, i, w) })
		}),
		linear("linear_map", S(1, 3), S(1, 2), func(s *Scope, x Var) Var { return s.LinearMap(x, mapper{}) }, func(p put) {
			grid(2, 3, func(o, i int) { p(i, o, mapper{}.at(o, i)) })
		}),
		linear("linear_adjoint", S(1, 2), S(1, 3), func(s *Scope, x Var) Var { return s.LinearAdjoint(x, mapper{}) }, func(p put) {
			grid(2, 3, func(o, i int) { p(o, i, mapper{}.at(o, i)) })
		}),
	}
	for _, m := range []struct {
		name string
		mode PadMode
		from []int // the input element of each of the 3+2+4 output elements, -1 for none
	}{
		{"pad zero", PadZero, []int{-1, -1, 0, 1, 2, -1, -1, -1, -1}},
		{"pad circular", PadCircular, []int{1, 2, 0, 1, 2, 0, 1, 2, 0}},
		{"pad reflect", PadReflect, []int{2, 1, 0, 1, 2, 1, 0, 1, 2}},
		{"pad symmetric", PadSymmetric, []int{1, 0, 0, 1, 2, 2, 1, 0, 0}},
	} {
		rows = append(rows, linear(m.name, S(2, 3), S(2, 9), func(s *Scope, x Var) Var { return s.Pad(x, []int{2}, []int{4}, m.mode) }, func(p put) {
			grid(2, 9, func(i, o int) {
				if m.from[o] >= 0 {
					p(i*3+m.from[o], i*9+o, 1)
				}
			})
		}))
	}
	for i := range rows {
		rows[i].Seed = uint64(500 + i)
	}
	return rows
}

func grid(rows, columns int, f func(i, j int)) {
	for i := range rows {
		for j := range columns {
			f(i, j)
		}
	}
}

// fourier is y[k] = scale sum_j x[j] exp(sign 2 pi i j k / n) over pairs (re, im).
func fourier(n int, sign, scale float64, put func(i, o int, w float64)) {
	grid(n, n, func(k, j int) {
		sin, cos := math.Sincos(sign * 2 * math.Pi * float64(j*k%n) / float64(n))
		put(2*j, 2*k, scale*cos)
		put(2*j+1, 2*k, -scale*sin)
		put(2*j, 2*k+1, scale*sin)
		put(2*j+1, 2*k+1, scale*cos)
	})
}

// interpolate is linear interpolation from n cells to m, held constant beyond the outermost centres.
func interpolate(n, m int, put func(i, o int, w float64)) {
	for o := range m {
		at := min(max((float64(o)+0.5)*float64(n)/float64(m)-0.5, 0), float64(n-1))
		i := min(int(at), n-2)
		put(i, o, float64(i+1)-at)
		put(i+1, o, at-float64(i))
	}
}

// mapper is the matrix [[1,2,3],[4,5,6]].
type mapper struct{}

func (mapper) at(o, i int) float64 { return float64(3*o + i + 1) }
func (mapper) InShape() Shape      { return S(3) }
func (mapper) OutShape() Shape     { return S(2) }

func (m mapper) Apply(dst, x []float64) {
	clear(dst)
	grid(2, 3, func(o, i int) { dst[o] += m.at(o, i) * x[i] })
}

func (m mapper) Adjoint(dst, y []float64) {
	clear(dst)
	grid(2, 3, func(o, i int) { dst[i] += m.at(o, i) * y[o] })
}
