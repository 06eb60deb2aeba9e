package inverse_test

import (
	"testing"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/internal/optest"
	"tweedie/inverse/inversetest"
)

// uneven is noise with a sigma of its own for each of m data, from .1 to .4.
func uneven(m int) inverse.Gaussian {
	s := make([]float64, m)
	for i := range s {
		s[i] = .1 + .3*float64(i*7%m)/float64(m)
	}
	return inverse.Gaussian{Sigmas: s}
}

// coupledRows has a row for every structure that NewCoupled knows, with one sigma and with one for each datum.
var coupledRows = []struct {
	name, method, want string
	in                 autodiff.Shape
	json               string
	each               bool
}{
	{"identity", "auto", "mask", autodiff.S(5), `{"kind":"identity"}`, true},
	{"mask", "auto", "mask", autodiff.S(2, 3, 3), `{"kind":"inpaint","random":{"keep":0.5,"seed":3}}`, false},
	{"mask/sigmas", "auto", "mask", autodiff.S(2, 3, 3), `{"kind":"inpaint","random":{"keep":0.5,"seed":3}}`, true},
	{"mask/image", "auto", "mask", autodiff.S(2, 3, 2), `{"kind":"inpaint","multiply":true,"box":{"top":0,"left":0,"height":2,"width":2}}`, true},
	{"fourier", "auto", "fourier", autodiff.S(2, 3, 4), `{"kind":"blur","motion":{"size":3,"intensity":0.5,"seed":2}}`, false},
	{"fourier/sigmas", "auto", "factor", autodiff.S(2, 3, 4), `{"kind":"blur","motion":{"size":3,"intensity":0.5,"seed":2}}`, true},
	{"svd", "auto", "svd", autodiff.S(2, 2, 6), `{"kind":"block-average","rows":2,"cols":3}`, false},
	{"svd/dft", "auto", "svd", autodiff.S(1, 4, 3), `{"kind":"dft","random":{"keep":0.5,"centre":0,"seed":1}}`, false},
	{"svd/sigmas", "svd", "rows", autodiff.S(2, 2, 6), `{"kind":"block-average","rows":2,"cols":3}`, true},
	{"rows/restrict", "auto", "rows", autodiff.S(1, 4, 4), `{"kind":"restrict","keep":[0,1,3],"op":{"kind":"block-average","rows":2,"cols":2}}`, true},
	{"factor/square", "auto", "factor", autodiff.S(1, 3, 5), `{"kind":"blur","boundary":"zero","gaussian":{"size":3,"std":0.8}}`, true},
	{"factor/wide", "auto", "factor", autodiff.S(1, 1, 3), `{"kind":"dense","rows":2,"data":[1,1,2,0,2,3]}`, true},
	{"factor/tall", "auto", "factor", autodiff.S(2), `{"kind":"dense","rows":3,"data":[1,2,3,4,5,7]}`, true},
	{"factor/rank-deficient", "dense", "factor", autodiff.S(3), `{"kind":"dense","rows":4,"data":[1,2,3,2,4,6,1,0,1,0,2,2]}`, true},
	{"factor/stack", "auto", "factor", autodiff.S(2, 4, 3), `{"kind":"stack","ops":[{"kind":"inpaint","random":{"keep":0.5,"seed":1}},{"kind":"dft","low":{"rows":1,"cols":1}}]}`, true},
	{"factor/mask", "dense", "factor", autodiff.S(2, 3, 3), `{"kind":"inpaint","random":{"keep":0.5,"seed":3}}`, true},
	{"cg", "cg", "cg", autodiff.S(1, 2, 4), `{"kind":"blur","boundary":"zero","line":{"length":2,"angle":20}}`, true},
	{"cg/wide", "cg", "cg", autodiff.S(1, 4, 4), `{"kind":"compose","ops":[{"kind":"blur","gaussian":{"size":3,"std":0.6}},{"kind":"block-average","rows":2,"cols":2}]}`, false},
	{"cg/tall", "cg", "cg", autodiff.S(2), `{"kind":"dense","rows":3,"data":[1,2,3,4,5,7]}`, true},
}

func TestCoupled(t *testing.T) {
	for _, r := range coupledRows {
		t.Run(r.name, func(t *testing.T) {
			op := optest.Build(t, r.in, r.json)
			noise := inverse.Gaussian{Sigma: .2}
			if r.each {
				noise = uneven(op.OutShape().Size())
			}
			lik := problem(t, op, noise)
			c := inverse.DefaultProximal()
			c.Method = r.method
			s, err := inverse.NewCoupled(lik, c)
			if err != nil || s.Name() != r.want {
				t.Fatalf("%v (%v), not %s", s, err, r.want)
			}
			inversetest.Coupled(t, lik, s)
		})
	}
}
