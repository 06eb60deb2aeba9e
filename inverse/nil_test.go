package inverse

import (
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/rng"
)

// What was left out is an error that says what, not a nil pointer.
func TestNilArguments(t *testing.T) {
	op, y := NewIdentity(autodiff.S(1)), []float64{0}
	bare := &Likelihood{}
	var gaussian *Gaussian
	failed := func(_ any, err error) error { return err }
	for name, err := range map[string]error{
		"no operator":                         failed(NewLikelihood(nil, Gaussian{Sigma: 1}, y)),
		"no noise":                            failed(NewLikelihood(op, nil, y)),
		"there is no noise":                   failed(NewLikelihood(op, gaussian, y)),
		"it is nil":                           failed(NewProximal(nil, DefaultProximal())),
		"likelihood: there is no operator":    failed(NewProximal(bare, DefaultProximal())),
		"proximal: likelihood: it is nil":     failed(NewMaskProximal(nil)),
		"potential":                           failed(NewMALA(nil, DefaultMALA())),
		"scale: op":                           failed(Scale(2, nil)),
		"stack: ops[1]":                       failed(Stack(op, nil)),
		"compose: ops[0]":                     failed(Compose(nil, op)),
		"matrix":                              failed(Matrix(nil)),
		"matrix: the operator is nil":         failed(DenseSVD(nil)),
		"operator: kind: the operator is nil": failed(Encode(nil)),
		"the noise is nil":                    failed(EncodeNoise(nil)),
		"AdjointGap": func() (err error) {
			defer autodiff.Catch(&err)
			AdjointGap(nil, rng.New(1).Stream())
			return nil
		}(),
		"NewLeastSquares": func() (err error) {
			defer autodiff.Catch(&err)
			NewLeastSquares(nil)
			return nil
		}(),
	} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	if lik, err := NewLikelihood(op, &Gaussian{Sigma: 2}, y); err != nil || lik.Noise.(Gaussian).Sigma != 2 {
		t.Errorf("a pointer to a noise: %v", err)
	}
	for _, sigma := range []float64{1e-200, 1e200} {
		if _, err := NewLikelihood(op, Gaussian{Sigma: sigma}, y); err == nil || !strings.Contains(err.Error(), "sigma") {
			t.Errorf("sigma %g, whose square is no number: %v", sigma, err)
		}
	}
}
