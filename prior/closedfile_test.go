package prior

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/diffusion/exact/exactfile"
	"tweedie/infer"
	"tweedie/inverse"
)

const fieldFile = `{"kind": "gaussian", "shape": [1, 4, 4], "mean": 0.5,
 "kernel": {"kind": "exponential", "variance": 0.25, "length": 2, "nugget": 0.0025}}`

// described writes the description of a prior and opens it.
func described(t *testing.T, text string) (*Prior, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "prior.json")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return Open(path, Options{})
}

// TestOpenDescription: a file of JSON is a prior whose units are those of its images, with all that a problem wants.
func TestOpenDescription(t *testing.T) {
	p, err := described(t, fieldFile)
	if err != nil {
		t.Fatal(err)
	}
	std := math.Sqrt(.2525)
	if p.Shape() != autodiff.S(1, 4, 4) || p.Spec.Affine != (diffusion.Affine{Scale: 1}) || p.Name == "" || p.Exact == nil {
		t.Errorf("%+v", p.Spec)
	}
	op, err := inverse.Decode([]byte(`{"kind":"identity"}`), p.Shape())
	if err != nil {
		t.Fatal(err)
	}
	lik, err := inverse.NewLikelihood(op, inverse.Gaussian{Sigma: .1}, make([]float64, 16))
	if err != nil {
		t.Fatal(err)
	}
	problem := infer.NewProblem(p, lik)
	if math.Abs(problem.Std-std) > 1e-12 || problem.Mean != .5 || problem.DType != autodiff.F64 || math.Abs(problem.Range[1]-.5-2*std) > 1e-12 {
		t.Errorf("deviation %g, mean %g, range %v, type %v", problem.Std, problem.Mean, problem.Range, problem.DType)
	}
}

// TestDescriptionIdentity: states of runs tell two files apart by what they say, and not by their names.
func TestDescriptionIdentity(t *testing.T) {
	id := func(text string) string {
		p, err := described(t, text)
		if err != nil {
			t.Fatal(err)
		}
		m, err := p.Identity()
		if err != nil {
			t.Fatal(err)
		}
		return m["closed form"]
	}
	if a, b := id(fieldFile), id(fieldFile); a != b {
		t.Errorf("one description in two files is %s and %s", a, b)
	}
	if a, b := id(fieldFile), id(strings.Replace(fieldFile, `"length": 2`, `"length": 3`, 1)); a == b {
		t.Error("two descriptions in files of one name have one identity")
	}
}

// TestWrongDescription: the error names the file and the field.
func TestWrongDescription(t *testing.T) {
	_, err := described(t, strings.Replace(fieldFile, "0.25", "-1", 1))
	if err == nil || !strings.Contains(err.Error(), "prior.json: gaussian: kernel.variance is -1") {
		t.Errorf("the error is %v", err)
	}
	g, err := exact.NewDiagonalGaussian([]float64{0, 0}, []float64{1, 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exactfile.Of(g, []int{1, 3}, nil); err == nil {
		t.Error("a shape of three elements was taken for a prior of two")
	}
	d, err := exactfile.Of(g, []int{1, 2}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p := FromDistribution("two", d); p.Spec.Std != 1 || p.Spec.Range != [2]float64{-2, 2} || p.Exact != exact.Distribution(g) {
		t.Errorf("%+v", p.Spec)
	}
}
