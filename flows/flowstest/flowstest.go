// Package flowstest checks that a bijector is one, and that a family scores what it draws.
//
// At three random latents z, in float64, Bijector requires
//
//	Forward(Inverse(z)) = z  and  Inverse(Forward(x)) = x       to 1e-9
//	logdet of Inverse + logdet of Forward = 0                   to 1e-9
//	both log-determinants = ln|det J|                           to 1e-9, J the full Jacobian, by reverse mode
//	J = central differences                                     to 1e-6
//	d x_i / d z_j = 0 for two different samples of a batch
package flowstest

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/autodiff/gradtest"
	"tweedie/flows"
	"tweedie/rng"
)

// TB is the part of testing.TB that a check uses, so that a check can itself be tested on a bijector that is wrong.
type TB = gradtest.TB

// batch is the number of samples in a check.
const batch = 3

// direction is one of the two maps of a bijector.
type direction func(s *autodiff.Scope, v autodiff.Var) (w, logdet autodiff.Var)

// Bijector fails t unless b is invertible and its log-determinants agree with its Jacobian. It uses the parameters
// that b has; give it random ones.
func Bijector(t TB, b flows.Bijector) {
	t.Helper()
	var err error
	func() {
		defer autodiff.Catch(&err)
		bijector(t, b)
	}()
	if err != nil {
		t.Errorf("%v", err)
	}
}

func bijector(t TB, b flows.Bijector) {
	t.Helper()
	z := normals("z", batch*b.Dim())
	x, down := run(t, b.Dim(), b.Inverse, z)
	back, up := run(t, b.Dim(), b.Forward, x)
	compare(t, "Forward(Inverse(z))", back, z)
	again, _ := run(t, b.Dim(), b.Inverse, back)
	compare(t, "Inverse(Forward(x))", again, x)
	for i := range down {
		if !(math.Abs(down[i]+up[i]) <= 1e-9*max(1, math.Abs(up[i]))) {
			t.Errorf("sample %d: log-determinants %.12g of Inverse and %.12g of Forward do not cancel", i, down[i], up[i])
		}
	}
	jacobian(t, "Inverse", b.Dim(), b.Inverse, z, down)
	jacobian(t, "Forward", b.Dim(), b.Forward, x, up)
}

func normals(label string, n int) []float64 {
	v := make([]float64, n)
	rng.New(21).Split(label, 0).Stream().FillNorm(v)
	return v
}

// run returns the value and the log-determinant of f at v [batch,d].
func run(t TB, d int, f direction, v []float64) (w, logdet []float64) {
	t.Helper()
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	y, ld := f(s, s.Const64(autodiff.S(batch, d), v))
	if y.Shape() != autodiff.S(batch, d) || ld.Shape() != autodiff.S(batch) {
		t.Errorf("a batch [%d,%d] gives values %v and log-determinants %v; want [%d,%d] and [%d]", batch, d, y.Shape(), ld.Shape(), batch, d, batch)
	}
	w, logdet = make([]float64, y.Size()), make([]float64, ld.Size())
	y.CopyTo64(w)
	ld.CopyTo64(logdet)
	return w, logdet
}

func compare(t TB, what string, got, want []float64) {
	t.Helper()
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= 1e-9*max(1, math.Abs(want[i]))) {
			t.Errorf("%s: value %d is %.12g, want %.12g", what, i, got[i], want[i])
			return
		}
	}
}

// jacobian compares the log-determinants of f at v with its Jacobian matrix, and the matrix with differences.
func jacobian(t TB, what string, d int, f direction, v, logdet []float64) {
	t.Helper()
	j := full(t, what, d, f, v)
	for i := range j {
		got, _ := mat.LogDet(j[i])
		if !(math.Abs(logdet[i]-got) <= 1e-9*max(1, math.Abs(got))) {
			t.Errorf("%s: sample %d: log-determinant %.12g, that of the Jacobian is %.12g", what, i, logdet[i], got)
		}
	}
	const h = 1e-5
	for col := range d {
		plus, minus := append([]float64{}, v...), append([]float64{}, v...)
		for i := range batch {
			plus[i*d+col] += h
			minus[i*d+col] -= h
		}
		a, _ := run(t, d, f, plus)
		b, _ := run(t, d, f, minus)
		for i := range batch {
			for row := range d {
				got, want := j[i].At(row, col), (a[i*d+row]-b[i*d+row])/(2*h)
				if !(math.Abs(got-want) <= 1e-6*max(1, math.Abs(want))) {
					t.Errorf("%s: sample %d: derivative %d,%d is %.9g, differences give %.9g", what, i, row, col, got, want)
					return
				}
			}
		}
	}
}

// full returns the Jacobian of every sample, one row for each reverse sweep.
func full(t TB, what string, d int, f direction, v []float64) []*mat.Dense {
	t.Helper()
	s := autodiff.NewArena().Scope(autodiff.Record, autodiff.F64)
	defer s.Close()
	x := s.Watch(s.Const64(autodiff.S(batch, d), v))
	y, _ := f(s, x)
	var g [1]autodiff.Var
	row := make([]float64, batch*d)
	sweep := func(ct []float64) {
		s.VJP([]autodiff.Var{y}, []autodiff.Var{s.Const64(y.Shape(), ct)}, []autodiff.Var{x}, g[:])
		g[0].CopyTo64(row)
	}
	j := make([]*mat.Dense, batch)
	for i := range j {
		j[i] = mat.NewDense(d, d, nil)
	}
	for k := range d {
		ct := make([]float64, batch*d)
		for i := range batch {
			ct[i*d+k] = 1
		}
		sweep(ct)
		for i := range batch {
			j[i].SetRow(k, row[i*d:(i+1)*d])
		}
	}
	ct := make([]float64, batch*d)
	copy(ct, normals("ct", d))
	sweep(ct)
	for i, r := range row[d:] {
		if r != 0 {
			t.Errorf("%s: sample 0 depends on value %d of sample %d of its batch", what, i%d, 1+i/d)
			break
		}
	}
	return j
}
