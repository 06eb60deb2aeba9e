package flowstest

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/flows"
)

// Family fails t unless LogProb of a sample equals the log q that Sample returned with it, to 1e-9 in float64, and,
// for a family with as many noise values as sample values, both equal the density by the change of variables,
//
//	log q(x) = log N(z; 0, I) - ln|det dx/dz|
//
// with the full Jacobian.
func Family(t TB, f flows.Family) {
	t.Helper()
	var err error
	func() {
		defer autodiff.Catch(&err)
		family(t, f)
	}()
	if err != nil {
		t.Errorf("%v", err)
	}
}

func family(t TB, f flows.Family) {
	t.Helper()
	d, k := f.Dim(), f.NoiseDim()
	z := normals("z", batch*k)
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	x, logq := f.Sample(s, s.Const64(autodiff.S(batch, k), z))
	score := f.LogProb(s, x)
	if x.Shape() != autodiff.S(batch, d) || logq.Shape() != autodiff.S(batch) || score.Shape() != autodiff.S(batch) {
		t.Errorf("noise [%d,%d] gives samples %v, log q %v, LogProb %v; want [%d,%d], [%d], [%d]", batch, k, x.Shape(), logq.Shape(), score.Shape(), batch, d, batch, batch)
		return
	}
	got, want := make([]float64, batch), make([]float64, batch)
	score.CopyTo64(got)
	logq.CopyTo64(want)
	compare(t, "LogProb of a sample", got, want)
	if k != d {
		return
	}
	for i, j := range full(t, "Sample", d, f.Sample, z) {
		det, _ := mat.LogDet(j)
		density := -det - float64(d)/2*math.Log(2*math.Pi)
		for _, v := range z[i*d : (i+1)*d] {
			density -= v * v / 2
		}
		if !(math.Abs(want[i]-density) <= 1e-9*max(1, math.Abs(density))) {
			t.Errorf("Sample: sample %d: log q is %.12g, the change of variables gives %.12g", i, want[i], density)
		}
	}
}
