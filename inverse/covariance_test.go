package inverse_test

import (
	"context"
	"encoding/binary"
	"math"
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
	"tweedie/inverse/inversetest"
	"tweedie/rng"
)

// correlated is the covariance of m data with the deviations .2, .3, ... and the correlations .6^|i-j|.
func correlated(m int) (*inverse.Covariance, *mat.SymDense) {
	c := mat.NewSymDense(m, nil)
	data := make([]float64, m*m)
	for i := range m {
		for j := range m {
			data[i*m+j] = (.2 + .1*float64(i)) * (.2 + .1*float64(j)) * math.Pow(.6, math.Abs(float64(i-j)))
			c.SetSym(i, j, data[i*m+j])
		}
	}
	return inverse.NewCovariance(m, data), c
}

// logNormal returns log N(y; mean, c).
func logNormal(y, mean []float64, c mat.Symmetric) float64 {
	var chol mat.Cholesky
	if !chol.Factorize(c) {
		return math.NaN()
	}
	r := mat.NewVecDense(len(y), nil)
	r.SubVec(mat.NewVecDense(len(y), y), mat.NewVecDense(len(y), mean))
	var s mat.VecDense
	if chol.SolveVecTo(&s, r) != nil {
		return math.NaN()
	}
	return -(mat.Dot(r, &s) + chol.LogDet() + float64(len(y))*math.Log(2*math.Pi)) / 2
}

// TestACovarianceIsWhitened compares the likelihood, proximal samplers and coupled likelihoods of correlated noise with
// dense algebra on the data as they were given.
func TestACovarianceIsWhitened(t *testing.T) {
	in := autodiff.S(1, 4, 3)
	op := optest.Build(t, in, `{"kind":"block-average","rows":2,"cols":1}`)
	m, n := op.OutShape().Size(), in.Size()
	given, c := correlated(m)
	y, x := optest.Normals(m, 1), optest.Normals(n, 2)
	lik, err := inverse.NewLikelihood(op, inverse.Gaussian{Covariance: given}, y)
	if err != nil {
		t.Fatal(err)
	}
	if err := lik.Validate(); err != nil {
		t.Fatal(err)
	}
	ax := optest.Apply(op, x)
	if got, want := lik.NegLogLik(x), -logNormal(y, ax, c); !(math.Abs(got-want) <= 1e-12*math.Abs(want)) {
		t.Errorf("NegLogLik is %v, not %v", got, want)
	}
	a, err := inverse.Matrix(op)
	if err != nil {
		t.Fatal(err)
	}
	var inv mat.Dense
	if err := inv.Inverse(c); err != nil {
		t.Fatal(err)
	}
	var atc, p mat.Dense
	atc.Mul(a.T(), &inv)
	var r mat.VecDense
	r.SubVec(mat.NewVecDense(m, ax), mat.NewVecDense(m, y))
	grad, want := make([]float64, n), mat.NewVecDense(n, nil)
	want.MulVec(&atc, &r)
	lik.Grad(grad, x)
	testkit.Near(t, "gradient", grad, want.RawVector().Data, 1e-10)

	const eta = .4
	p.Mul(&atc, a)
	for i := range n {
		p.Set(i, i, p.At(i, i)+1/(eta*eta))
	}
	want.MulVec(&atc, mat.NewVecDense(m, y))
	want.AddScaledVec(want, 1/(eta*eta), mat.NewVecDense(n, x))
	var mean mat.VecDense
	if err := mean.SolveVec(&p, want); err != nil {
		t.Fatal(err)
	}
	grown := mat.NewSymDense(m, nil)
	grown.SymOuterK(eta*eta, a)
	grown.AddSym(grown, c)
	for _, method := range []string{"auto", "dense", "cg"} {
		config := config(method)
		s, err := inverse.NewProximal(lik, config)
		if err != nil {
			t.Fatal(err)
		}
		z := make([]float64, n)
		if err := s.(inverse.ExactProximal).Mean(z, x, eta); err != nil {
			t.Fatal(err)
		}
		testkit.Near(t, method+": mean", z, mean.RawVector().Data, 1e-6)
		inversetest.Proximal(t, lik, s)
		d, err := inverse.NewCoupled(lik, config)
		if err != nil {
			t.Fatal(err)
		}
		res, err := d.Residual(x)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := res.LogLik(0, false), logNormal(y, ax, c); !(math.Abs(got-want) <= 1e-9*math.Abs(want)) {
			t.Errorf("%s: log p(y|x) is %v, not %v", d.Name(), got, want)
		}
		if got, want := res.LogLik(eta, false), logNormal(y, ax, grown); d.Complete(eta, false) && !(math.Abs(got-want) <= 1e-9*math.Abs(want)) {
			t.Errorf("%s: log N(y; A x, C + eta^2 A A^T) is %v, not %v", d.Name(), got, want)
		}
	}
}

// Operators that are not linear, or have no derivatives, are whitened, too; and missing data leave the rows and columns of
// the others.
func TestOtherOperatorsAreWhitened(t *testing.T) {
	op := squares{}
	given, c := correlated(3)
	x, y, keep := []float64{.5, -1, 2}, []float64{1, 0, 3}, []int{0, 2}
	part, err := inverse.Restrict(op, keep)
	if err != nil {
		t.Fatal(err)
	}
	some, err := inverse.NoiseOf(inverse.Gaussian{Covariance: given}, keep)
	if err != nil {
		t.Fatal(err)
	}
	marginal := mat.NewSymDense(2, nil)
	for i, k := range keep {
		for j, l := range keep {
			marginal.SetSym(i, j, c.At(k, l))
		}
	}
	kept := []float64{1, 3}
	lik, err := inverse.NewLikelihood(part, some, kept)
	if err != nil {
		t.Fatal(err)
	}
	f := func(x []float64) float64 { return -logNormal(kept, optest.Apply(part, x), marginal) }
	if got, want := lik.NegLogLik(x), f(x); !(math.Abs(got-want) <= 1e-12*math.Abs(want)) {
		t.Errorf("NegLogLik is %v, not %v", got, want)
	}
	grad, want := make([]float64, 3), make([]float64, 3)
	lik.Grad(grad, x)
	for i := range x {
		const h = 1e-5
		moved := append([]float64(nil), x...)
		moved[i] += h
		up := f(moved)
		moved[i] -= 2 * h
		want[i] = (up - f(moved)) / (2 * h)
	}
	testkit.Near(t, "gradient", grad, want, 1e-6)
	bare, err := inverse.NewLikelihood(opaque{op}, inverse.Gaussian{Covariance: given}, y)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := bare.NegLogLik(x), -logNormal(y, optest.Apply(op, x), c); !(math.Abs(got-want) <= 1e-12*math.Abs(want)) {
		t.Errorf("NegLogLik without derivatives is %v, not %v", got, want)
	}
}

// TestDescribedCovariances reads one from a file, and refuses what is none.
func TestDescribedCovariances(t *testing.T) {
	for text, want := range map[string]string{
		`{"kind":"gaussian","covariance":[[1,0],[0,1]],"sigma":1}`:      "gaussian: sigma: 1 is given beside covariance; give one of them",
		`{"kind":"gaussian","covariance":[[1,0],[0,1]],"sigmas":[1,1]}`: "gaussian: sigmas: they are given beside covariance; give one of them",
		`{"kind":"gaussian","covariance":[1,1]}`:                        "gaussian: covariance: has shape [2]; it must be [2,2], a row and a column for each measurement",
		`{"kind":"gaussian","covariance":[[1,0.5],[0.4,1]]}`:            "gaussian: covariance[1][0]: is 0.4, and 0.5 across the diagonal; the matrix must be symmetric",
		`{"kind":"gaussian","covariance":[[1,2],[2,1]]}`:                "gaussian: covariance[1][0]: is 2; its magnitude must be at most the product of the deviations, 1",
		`{"kind":"gaussian","covariance":[[1,1],[1,1]]}`:                "gaussian: covariance: is not positive definite",
		`{"kind":"gaussian","covariance":[[1,null],[0,1]]}`:             "gaussian: covariance[1][0]: is 0, and NaN across the diagonal; the matrix must be symmetric",
		`{"kind":"gaussian","covariance":[[-1,0],[0,1]]}`:               "gaussian: covariance[0][0] is -1; it must lie between 1e-100 and 1e+100",
		`{"kind":"gaussian","covariance":"c.npy"}`:                      "gaussian: covariance: names the file c.npy, which has not been read; a problem file reads it, and so does inverse.DecodeFrom",
		`{"kind":"gaussian","sigma":"auto"}`:                            `gaussian: sigma: is "auto"; a number must be estimated in its place first, as EstimateSigma does from the data`,
	} {
		n, err := inverse.DecodeNoise([]byte(text))
		if err == nil {
			err = n.Validate(2)
		}
		if err == nil || strings.ReplaceAll(err.Error(), ": is ", " is ") != strings.ReplaceAll(want, ": is ", " is ") {
			t.Errorf("%s\n got  %v\n want %s", text, err, want)
		}
	}
	given, _ := correlated(3)
	if _, err := inverse.NewLikelihood(inverse.NewIdentity(autodiff.S(3)), inverse.Gaussian{Covariance: given}, make([]float64, 3)); err != nil {
		t.Error(err)
	}
	bare := &inverse.Likelihood{Op: inverse.NewIdentity(autodiff.S(3)), Noise: inverse.Gaussian{Covariance: given}, Y: make([]float64, 3)}
	if err := bare.Validate(); err == nil || !strings.Contains(err.Error(), "NewLikelihood") {
		t.Errorf("a likelihood that is not whitened: %v", err)
	}
	dir := t.TempDir()
	npy := "\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (3, 3), }"
	file := []byte(npy + strings.Repeat(" ", 128-len(npy)-1) + "\n")
	for _, v := range given.Values.Data {
		file = binary.LittleEndian.AppendUint64(file, math.Float64bits(v))
	}
	if err := os.WriteFile(filepath.Join(dir, "c.npy"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	n, err := inverse.DecodeNoiseFrom(context.Background(), dir, []byte(`{"kind":"gaussian","covariance":"c.npy"}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Validate(3); err != nil {
		t.Error(err)
	}
	if got := n.(inverse.Gaussian).At(2); !(math.Abs(got-.4) <= 1e-12) {
		t.Errorf("the third deviation is %v", got)
	}
}

// "auto" survives being read and written.
func TestAutoSigma(t *testing.T) {
	n, err := inverse.DecodeNoise([]byte(`{"kind":"gaussian","sigma":"auto"}`))
	if err != nil || !n.(inverse.Gaussian).Auto {
		t.Fatal(n, err)
	}
	data, err := inverse.EncodeNoise(n)
	if err != nil || string(data) != `{"kind":"gaussian","sigma":"auto"}` {
		t.Errorf("%s, %v", data, err)
	}
	for _, text := range []string{`{"kind":"gaussian","sigma":"automatic"}`, `{"kind":"gaussian","sigmas":"auto"}`, `{"kind":"gaussian","sigma":1,"tau":2}`} {
		if _, err := inverse.DecodeNoise([]byte(text)); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestOutliers plants two outliers among 400 data; without them, one of a hundred measurements lists a datum.
func TestOutliers(t *testing.T) {
	noise, clean := inverse.Gaussian{Sigma: .5}, make([]float64, 400)
	y, listed := make([]float64, 400), 0
	st := rng.New(3).Stream()
	const runs = 1000
	for range runs {
		noise.Sample(y, clean, st)
		list, err := inverse.Outliers(noise, y, clean)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) > 0 {
			listed++
		}
	}
	if p := float64(listed) / runs; math.Abs(p-.01) > 4*math.Sqrt(.01/runs) {
		t.Errorf("%.3g of the measurements list outliers, not 0.01", p)
	}
	y[7], y[300] = 4, -6
	list, err := inverse.Outliers(noise, y, clean)
	if err != nil || len(list) != 2 || list[0] != (inverse.Outlier{Index: 300, Deviations: -12}) || list[1] != (inverse.Outlier{Index: 7, Deviations: 8}) {
		t.Errorf("the outliers are %v (%v)", list, err)
	}
	if _, err := inverse.Outliers(Logistic{Scale: 1}, y, clean); err == nil || !strings.Contains(err.Error(), "logistic") {
		t.Errorf("a noise without Standardised: %v", err)
	}
}
