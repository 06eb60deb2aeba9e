package inverse_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	_ "tweedie/internal/arrays/files"
	"tweedie/internal/testkit"
	"tweedie/inverse"
	"tweedie/inverse/internal/optest"
)

// writeNPY writes numbers into a file of numpy.
func writeNPY(t *testing.T, path, shape string, data []float64) {
	t.Helper()
	head := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }", shape)
	head += strings.Repeat(" ", 117-len(head)) + "\n"
	text := "\x93NUMPY\x01\x00" + string(binary.LittleEndian.AppendUint16(nil, uint16(len(head)))) + head
	raw, err := binary.Append([]byte(text), binary.LittleEndian, data)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A matrix in a file is the matrix written out, dense or sparse; one that lies the other way is an error that says so.
func TestMatricesOfFiles(t *testing.T) {
	dir := t.TempDir()
	data := []float64{1, 0, 2, 0, 0, -1}
	writeNPY(t, filepath.Join(dir, "a.npy"), "2, 3", data)
	writeNPY(t, filepath.Join(dir, "t.npy"), "3, 2", []float64{1, 0, 0, 0, 2, -1})
	mtx := "%%MatrixMarket matrix coordinate real general\n2 3 3\n1 1 1\n1 3 2\n2 3 -1\n"
	if err := os.WriteFile(filepath.Join(dir, "a.mtx"), []byte(mtx), 0o600); err != nil {
		t.Fatal(err)
	}
	in := autodiff.S(1, 1, 3)
	x := []float64{.5, 3, -2}
	for _, text := range []string{`{"kind":"dense","matrix":"a.npy"}`, `{"kind":"sparse","matrix":"a.npy"}`, `{"kind":"sparse","matrix":"a.mtx"}`} {
		op, err := inverse.DecodeFrom(context.Background(), dir, []byte(text), in)
		if err != nil {
			t.Fatal(err)
		}
		testkit.Near(t, text, optest.Apply(op, x), []float64{-3.5, 2}, 1e-15)
	}
	for _, kind := range []string{"dense", "sparse"} {
		text := `{"kind":"` + kind + `","matrix":"t.npy"}`
		if _, err := inverse.DecodeFrom(context.Background(), dir, []byte(text), in); err == nil || !strings.Contains(err.Error(), "transpose") || !strings.Contains(err.Error(), "[2,3]") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// A matrix of complex numbers measures real parts and then imaginary parts, and tells a reader of data so.
func TestComplexMatrix(t *testing.T) {
	op := optest.Build(t, autodiff.S(2), `{"kind":"dense","matrix":{"real":[[1,2],[3,4]],"imag":[[0,1],[-1,0.5]]}}`)
	if s, ok := inverse.ComplexShape(op); !ok || s != autodiff.S(2) || op.OutShape() != autodiff.S(2, 2) {
		t.Errorf("it measures %v: complex numbers %v, %v", op.OutShape(), s, ok)
	}
	testkit.Near(t, "A x", optest.Apply(op, []float64{1, 10}), []float64{21, 43, 10, 4}, 1e-15)
}

// A matrix without full rank that is small has a pseudo-inverse, singular values and couplings; the factor serves NewCoupled.
func TestSmallMatricesAreFactored(t *testing.T) {
	op := optest.Build(t, autodiff.S(3), `{"kind":"dense","rows":4,"data":[1,2,3,2,4,6,1,0,1,0,2,2]}`)
	var svd mat.SVD
	a := mat.NewDense(4, 3, []float64{1, 2, 3, 2, 4, 6, 1, 0, 1, 0, 2, 2})
	svd.Factorize(a, mat.SVDNone)
	testkit.Near(t, "singular values", op.(inverse.SVD).Singular(), svd.Values(nil), 1e-14)
	lik, err := inverse.NewLikelihood(op, inverse.Gaussian{Sigma: .1}, make([]float64, 4))
	if err != nil {
		t.Fatal(err)
	}
	c, err := inverse.NewCoupled(lik, inverse.DefaultProximal())
	if err != nil || c.Name() != "factor" || c.Unseen() != 1 {
		t.Errorf("NewCoupled gives %v (%v)", c, err)
	}
	if p, err := inverse.NewProximal(lik, inverse.DefaultProximal()); err != nil || p.Name() != "svd" {
		t.Errorf("NewProximal gives %v (%v)", p, err)
	}
}

// Where rounding keeps conjugate gradients from their tolerance, a small pseudo-inverse comes from the singular values.
func TestLeastSquaresOfSmallSystems(t *testing.T) {
	op := optest.Build(t, autodiff.S(1, 6, 6), `{"kind":"blur","boundary":"zero","gaussian":{"size":5,"std":1.5}}`)
	l := inverse.NewLeastSquares(op)
	l.MaxIter = 3
	f, err := inverse.DenseSVD(op)
	if err != nil {
		t.Fatal(err)
	}
	y := optest.Normals(36, 1)
	testkit.Near(t, "A+ y", optest.PseudoInverse(l, y), optest.PseudoInverse(f, y), 0)
	rest := 0.
	x := make([]float64, 36)
	l.MaxIter = 100
	l.Early(x, y, func(r []float64) bool {
		rest = mat.Norm(mat.NewVecDense(len(r), r), 2)
		return rest < .9*mat.Norm(mat.NewVecDense(len(y), y), 2)
	})
	got := optest.Apply(op, x)
	for i := range got {
		got[i] = y[i] - got[i]
	}
	if r := mat.Norm(mat.NewVecDense(len(got), got), 2); r > 1.0001*rest || rest == 0 {
		t.Errorf("the residual is %v, and was %v when the iteration ended", r, rest)
	}
}
