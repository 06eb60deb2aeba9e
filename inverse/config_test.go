package inverse_test

import (
	"errors"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/internal/optest"
	"tweedie/inverse/inversetest"
	"tweedie/inverse/optics"
)

// TestValidateNamesTheField: every mistake gives a *FieldError for its field.
func TestValidateNamesTheField(t *testing.T) {
	image, vector := autodiff.S(1, 4, 6), autodiff.S(24)
	for _, c := range []struct {
		in          autodiff.Shape
		json, field string
	}{
		{image, `{"kind":"nothing"}`, "kind"},
		{image, `{"kind":"inpaint"}`, "box, random, lattice, keep, mask"},
		{image, `{"kind":"inpaint","mask":"AQ==","random":{"keep":0.5}}`, "box, random, lattice, keep, mask"},
		{vector, `{"kind":"inpaint","random":{"keep":0.5}}`, "shape"},
		{image, `{"kind":"inpaint","box":{"top":3,"left":0,"height":2,"width":1}}`, "box.height"},
		{image, `{"kind":"inpaint","box":{"top":0,"left":-1,"height":2,"width":1}}`, "box.width"},
		{image, `{"kind":"inpaint","box":{"top":0,"left":0,"height":4,"width":6}}`, "box"},
		{image, `{"kind":"inpaint","random":{"keep":1.5}}`, "random.keep"},
		{image, `{"kind":"inpaint","random":{"keep":0.01}}`, "random.keep"},
		{image, `{"kind":"inpaint","mask":"AQAB"}`, "mask"},
		{autodiff.S(1, 1, 3), `{"kind":"inpaint","mask":"AAAA"}`, "mask"},
		{image, `{"kind":"block-average","rows":3,"cols":2}`, "rows"},
		{image, `{"kind":"block-average","rows":2}`, "cols"},
		{vector, `{"kind":"block-average","rows":2,"cols":2}`, "shape"},
		{image, `{"kind":"blur"}`, "gaussian, uniform, line, motion, psf"},
		{image, `{"kind":"blur","boundary":"mirror","gaussian":{"size":3,"std":1}}`, "boundary"},
		{image, `{"kind":"blur","cut":1,"gaussian":{"size":3,"std":1}}`, "cut"},
		{image, `{"kind":"blur","gaussian":{"size":4,"std":1}}`, "gaussian.size"},
		{image, `{"kind":"blur","gaussian":{"size":3}}`, "gaussian.std"},
		{image, `{"kind":"blur","uniform":{"rows":0,"cols":1}}`, "uniform.rows"},
		{image, `{"kind":"blur","uniform":{"rows":1,"cols":-1}}`, "uniform.cols"},
		{image, `{"kind":"blur","line":{"length":-1}}`, "line.length"},
		{image, `{"kind":"blur","motion":{"size":0}}`, "motion.size"},
		{image, `{"kind":"blur","motion":{"size":3,"intensity":2}}`, "motion.intensity"},
		{image, `{"kind":"blur","psf":{"rows":2,"cols":2,"data":[1]}}`, "psf.data"},
		{image, `{"kind":"blur","psf":{"rows":1,"cols":2,"data":[0,0]}}`, "psf.data"},
		{vector, `{"kind":"blur","gaussian":{"size":3,"std":1}}`, "shape"},
		{image, `{"kind":"blur","boundary":"valid","uniform":{"rows":5,"cols":1}}`, "boundary"},
		{image, `{"kind":"blur","centre":[0,0],"uniform":{"rows":5,"cols":1}}`, "centre"},
		{image, `{"kind":"blur","centre":"middle","psf":[[1]]}`, "centre"},
		{image, `{"kind":"blur","centre":[0,1],"psf":[[1]]}`, "centre[1]"},
		{image, `{"kind":"blur","normalise":true,"uniform":{"rows":5,"cols":1}}`, "normalise"},
		{image, `{"kind":"blur","normalise":true,"psf":[[1,-1]]}`, "normalise"},
		{image, `{"kind":"inpaint","lattice":{"rows":0,"cols":1}}`, "lattice.rows"},
		{image, `{"kind":"inpaint","lattice":{"rows":1,"cols":1,"left":6}}`, "lattice.left"},
		{image, `{"kind":"inpaint","keep":[[1,0]]}`, "keep"},
		{autodiff.S(1, 1, 2), `{"kind":"inpaint","keep":[[0,0]]}`, "keep"},
		{autodiff.S(1, 1, 2), `{"kind":"inpaint","keep":[[0,null]]}`, "keep[1]"},
		{image, `{"kind":"mosaic"}`, "pattern[0]"},
		{image, `{"kind":"mosaic","pattern":[]}`, "pattern"},
		{image, `{"kind":"mosaic","pattern":["r","rr"]}`, "pattern[1]"},
		{image, `{"kind":"mosaic","pattern":["\u212a"]}`, "pattern[0]"},
		{image, `{"kind":"gray","mix":"luma"}`, "mix"},
		{image, `{"kind":"gray","weights":[1]}`, "mix"},
		{image, `{"kind":"gray","mix":"weights","weights":[1,2]}`, "weights"},
		{image, `{"kind":"gray","mix":"weights","weights":[0]}`, "weights"},
		{image, `{"kind":"downsample","rows":3}`, "rows"},
		{image, `{"kind":"downsample","cols":0}`, "cols"},
		{image, `{"kind":"downsample","filter":"cubic"}`, "filter"},
		{image, `{"kind":"downsample","boundary":"valid"}`, "boundary"},
		{image, `{"kind":"downsample","offset":7}`, "offset"},
		{vector, `{"kind":"downsample","rows":1}`, "shape"},
		{image, `{"kind":"hadamard","random":3}`, "shape"},
		{autodiff.S(1, 2, 2), `{"kind":"hadamard"}`, "random, sequency, keep"},
		{autodiff.S(1, 2, 2), `{"kind":"hadamard","random":5}`, "random"},
		{autodiff.S(1, 2, 2), `{"kind":"hadamard","sequency":-1}`, "sequency"},
		{autodiff.S(1, 2, 2), `{"kind":"hadamard","keep":[]}`, "keep"},
		{autodiff.S(1, 2, 2), `{"kind":"hadamard","keep":[1,1]}`, "keep"},
		{autodiff.S(1, 2, 2), `{"kind":"hadamard","keep":[4]}`, "keep[0]"},
		{image, `{"kind":"gaussian-rows"}`, "rows"},
		{autodiff.S(1, 4096, 4096), `{"kind":"gaussian-rows","rows":5}`, "rows"},
		{autodiff.S(4, 8192, 8192), `{"kind":"gaussian-rows","rows":1}`, "shape"},
		{image, `{"kind":"tone","gain":0}`, "gain"},
		{image, `{"kind":"tone","curve":"log"}`, "curve"},
		{image, `{"kind":"tone","curve":"gamma"}`, "gamma"},
		{image, `{"kind":"tone","gamma":2}`, "gamma"},
		{image, `{"kind":"tone","low":1,"high":1}`, "low"},
		{image, `{"kind":"tone","curve":"table"}`, "table"},
		{image, `{"kind":"tone","table":{"u":[0,1],"f":[0,1]}}`, "table"},
		{image, `{"kind":"tone","curve":"table","table":{"u":[0],"f":[0]}}`, "table.u"},
		{image, `{"kind":"tone","curve":"table","table":{"u":[0,1],"f":[0]}}`, "table.f"},
		{image, `{"kind":"tone","curve":"table","table":{"u":[0,0],"f":[0,1]}}`, "table.u"},
		{image, `{"kind":"tone","op":{"kind":"block-average","rows":3,"cols":1}}`, "op.rows"},
		{image, `{"kind":"intensity-blur","bright":{"gaussian":{"size":3,"std":1}}}`, "dim.gaussian, uniform, line, motion, psf"},
		{image, `{"kind":"intensity-blur","dim":{"psf":[[1]]},"bright":{"boundary":"valid","psf":[[1,1]]}}`, "bright"},
		{image, `{"kind":"intensity-blur","softness":0,"dim":{"psf":[[1]]},"bright":{"psf":[[1]]}}`, "softness"},
		{vector, `{"kind":"fourier-magnitude"}`, "shape"},
		{image, `{"kind":"fourier-magnitude","oversample":0.5}`, "oversample"},
		{image, `{"kind":"fourier-magnitude","eps":-1}`, "eps"},
		{image, `{"kind":"fourier-magnitude","eps":1,"intensity":true}`, "eps"},
		{autodiff.S(1, 4096, 4096), `{"kind":"fourier-magnitude","oversample":16}`, "oversample"},
		{image, `{"kind":"coded-diffraction"}`, "random, masks"},
		{image, `{"kind":"coded-diffraction","random":{"count":0,"law":"sign"}}`, "random.count"},
		{image, `{"kind":"coded-diffraction","random":{"count":1,"law":"signs"}}`, "random.law"},
		{autodiff.S(1, 256, 256), `{"kind":"coded-diffraction","random":{"count":65536,"law":"sign"}}`, "random.count"},
		{image, `{"kind":"coded-diffraction","masks":[1,2]}`, "masks"},
		{image, `{"kind":"coded-diffraction","masks":"m.npy"}`, "masks"},
		{image, `{"kind":"dft"}`, "low, random, keep, pattern"},
		{image, `{"kind":"dft","low":{"rows":5,"cols":1}}`, "low.rows"},
		{image, `{"kind":"dft","low":{"rows":1,"cols":0}}`, "low.cols"},
		{image, `{"kind":"dft","keep":[]}`, "keep"},
		{image, `{"kind":"dft","keep":[3,3]}`, "keep"},
		{image, `{"kind":"dft","keep":[24]}`, "keep"},
		{image, `{"kind":"dft","pattern":[[1,0,1]]}`, "pattern"},
		{image, `{"kind":"dft","pattern":[[0,0,0,0,0,0],[0,0,0,0,0,0],[0,0,0,0,0,0],[0,0,0,0,0,0]]}`, "pattern"},
		{image, `{"kind":"dft","pattern":[[0,0,0,0,0,0],[0,0,2,0,0,0],[0,0,0,0,0,0],[0,0,0,0,0,0]]}`, "pattern"},
		{image, `{"kind":"dft","pattern":{"real":[1],"imag":[0]}}`, "pattern"},
		{image, `{"kind":"dft","random":{"keep":0}}`, "random.keep"},
		{image, `{"kind":"dft","random":{"keep":0.01}}`, "random.centre"},
		{image, `{"kind":"dft","random":{"keep":0.2,"centre":2}}`, "random.centre"},
		{image, `{"kind":"dft","random":{"keep":0.2,"centre":-1}}`, "random.centre"},
		{vector, `{"kind":"dft","low":{"rows":1,"cols":1}}`, "shape"},
		{image, `{"kind":"dense","rows":2,"data":[1]}`, "data"},
		{image, `{"kind":"dense","data":[1]}`, "rows"},
		{image, `{"kind":"dense","rows":1,"matrix":[[1]]}`, "matrix"},
		{image, `{"kind":"dense","matrix":"a.npy"}`, "matrix"},
		{image, `{"kind":"dense","matrix":[[1,2]]}`, "matrix"},
		{autodiff.S(2), `{"kind":"dense","matrix":[[1,null]]}`, "matrix"},
		{autodiff.S(2), `{"kind":"dense","cut":1,"matrix":[[1,2]]}`, "cut"},
		{image, `{"kind":"restrict","keep":[0]}`, "op"},
		{image, `{"kind":"restrict","keep":[],"op":{"kind":"identity"}}`, "keep"},
		{image, `{"kind":"restrict","keep":[3,3],"op":{"kind":"identity"}}`, "keep[1]"},
		{image, `{"kind":"restrict","keep":[24],"op":{"kind":"identity"}}`, "keep[0]"},
		{image, `{"kind":"compose","ops":[]}`, "ops"},
		{image, `{"kind":"compose","ops":[null]}`, "ops[0]"},
		{image, `{"kind":"compose","ops":[{"kind":"block-average","rows":2,"cols":2},{"kind":"block-average","rows":1,"cols":2}]}`, "cols"},
		{image, `{"kind":"stack","ops":[]}`, "ops"},
		{image, `{"kind":"scale","factor":0,"op":{"kind":"identity"}}`, "factor"},
		{image, `{"kind":"scale"}`, "op"},
		{image, `{"kind":"sparse"}`, "matrix"},
		{image, `{"kind":"sparse","matrix":"A.npz"}`, "matrix"},
		{image, `{"kind":"sparse","matrix":[[1,2]]}`, "matrix"},
		{autodiff.S(2), `{"kind":"sparse","matrix":[[1e300,2]]}`, "matrix"},
		{image, `{"kind":"shift","op":{"kind":"identity"}}`, "offset"},
		{image, `{"kind":"shift","offset":1}`, "op"},
		{image, `{"kind":"shift","offset":[1,2],"op":{"kind":"identity"}}`, "offset"},
		{image, `{"kind":"shift","offset":{"real":[1],"imag":[2]},"op":{"kind":"identity"}}`, "offset"},
		{image, `{"kind":"shift","offset":{"real":[1],"imag":[2]},"op":{"kind":"dft","keep":[1,2]}}`, "offset"},
		{image, `{"kind":"shift","offset":null,"op":{"kind":"identity"}}`, "offset[0]"},
		{image, `{"kind":"shift","offset":"b.npy","op":{"kind":"identity"}}`, "offset"},
		{image, `{"kind":"select"}`, "indices, mask, slice, channels"},
		{image, `{"kind":"select","indices":[1],"channels":[0]}`, "indices, mask, slice, channels"},
		{image, `{"kind":"select","indices":[]}`, "indices, mask, slice, channels"},
		{image, `{"kind":"select","indices":[3,24]}`, "indices[1]"},
		{image, `{"kind":"select","indices":[3,3]}`, "indices"},
		{image, `{"kind":"select","mask":[1,0]}`, "mask"},
		{vector, `{"kind":"select","mask":[[0,0,0,0,0,0],[0,0,0,0,0,0],[0,0,0,0,0,0],[null,0,0,0,0,0]]}`, "mask"},
		{image, `{"kind":"select","slice":{"start":24}}`, "slice.start"},
		{image, `{"kind":"select","slice":{"start":3,"stop":3}}`, "slice.stop"},
		{image, `{"kind":"select","slice":{"step":-1}}`, "slice.step"},
		{vector, `{"kind":"select","channels":[0]}`, "shape"},
		{image, `{"kind":"select","channels":[1]}`, "channels[0]"},
		{image, `{"kind":"select","channels":[]}`, "channels"},
		{image, `{"kind":"select","box":{"top":0,"left":5,"height":2,"width":2}}`, "box.width"},
		{image, `{"kind":"pointwise"}`, "function"},
		{image, `{"kind":"pointwise","function":"cube"}`, "function"},
		{image, `{"kind":"pointwise","function":"power"}`, "exponent"},
		{image, `{"kind":"pointwise","function":"power","exponent":65}`, "exponent"},
		{image, `{"kind":"pointwise","function":"exp","exponent":2}`, "exponent"},
	} {
		_, err := inverse.Decode([]byte(c.json), c.in)
		var f *inverse.FieldError
		if !errors.As(err, &f) || f.Field != c.field {
			t.Errorf("%s on %v: error %v does not name %s", c.json, c.in, err, c.field)
		}
	}
}

func TestUnknownFieldsAreErrors(t *testing.T) {
	for _, json := range []string{
		`{"kind":"identity","x":1}`,
		`{"kind":"inpaint","random":{"keep":0.5,"sede":1}}`,
		`{"kind":"block-average","rows":2,"cols":2,"col":3}`,
		`{"kind":"blur","guassian":{"size":3,"std":1}}`,
		`{"kind":"dft","low":{"rows":1,"cols":1,"x":1}}`,
		`{"kind":"dense","rows":1,"dta":[1]}`,
		`{"kind":"compose","ops":[{"kind":"identity","x":1}]}`,
		`{"kind":"stack","op":[]}`,
		`{"kind":"scale","op":{"kind":"identity"},"by":2}`,
	} {
		if _, err := inverse.Decode([]byte(json), autodiff.S(1, 4, 6)); err == nil || !strings.Contains(err.Error(), "is unknown") {
			t.Errorf("%s: error %v", json, err)
		}
	}
	for _, json := range []string{``, `[]`, `{}`, `{"kind":3}`, `{"kind":"dense","rows":"x"}`} {
		if _, err := inverse.Decode([]byte(json), autodiff.S(1, 4, 6)); err == nil {
			t.Errorf("%q is taken for an operator", json)
		}
	}
}

// TestMembersMustFit: operators that do not fit each other are refused by name.
func TestMembersMustFit(t *testing.T) {
	a, b := inverse.NewIdentity(autodiff.S(2, 3)), inverse.NewIdentity(autodiff.S(5))
	if _, err := inverse.Compose(a, b); err == nil || !strings.Contains(err.Error(), "[2,3]") {
		t.Errorf("Compose: %v", err)
	}
	if _, err := inverse.Stack(a, b); err == nil || !strings.Contains(err.Error(), "[2,3]") {
		t.Errorf("Stack: %v", err)
	}
	if _, err := inverse.DenseSVD(inverse.NewIdentity(autodiff.S(1 << 14))); err == nil {
		t.Error("DenseSVD takes 16384 pixels")
	}
	defer func() {
		if recover() == nil {
			t.Error("a kind can be registered twice")
		}
	}()
	inverse.Register(optics.BlurConfig{})
}

// TestUndescribedMembers: what is made of an operator without a description has none either, and says so by nil.
func TestUndescribedMembers(t *testing.T) {
	bare := undescribed{inverse.NewIdentity(autodiff.S(2))}
	c, err := inverse.Compose(bare)
	if err != nil {
		t.Fatal(err)
	}
	s, err := inverse.Stack(c, c)
	if err != nil {
		t.Fatal(err)
	}
	x, err := inverse.Scale(2, bare)
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range []inverse.Operator{c, s, x} {
		if cfg := op.(inverse.Described).Config(); cfg != nil {
			t.Errorf("%s is described by %v", op.Name(), cfg)
		}
		inversetest.Operator(t, op)
	}
}

// undescribed hides all but the linear map.
type undescribed struct{ inverse.Linear }

// TestLeastSquaresGivesUp: too few iterations are an error with the last iterate, never silence.
func TestLeastSquaresGivesUp(t *testing.T) {
	l := inverse.NewLeastSquares(optest.Build(t, autodiff.S(1, 6, 6), `{"kind":"blur","boundary":"zero","gaussian":{"size":5,"std":1.5}}`))
	l.MaxIter = 3
	var e *inverse.ConvergenceError
	if n, err := l.Solve(make([]float64, 36), optest.Normals(36, 1)); n != 3 || !errors.As(err, &e) || e.Residual <= e.Tol {
		t.Errorf("%d iterations: %v", n, err)
	}
}

// The identity of a description leaves out what does not say which operator it is, at any depth, and nothing of others.
func TestEncodeIdentity(t *testing.T) {
	for text, want := range map[string]string{
		`{"kind":"scale","factor":2,"op":{"kind":"external","command":["a"],"timeout":5,"processes":2}}`: `{"factor":2,"kind":"scale","op":{"command":["a"],"kind":"external"}}`,
		`{"kind":"compose","ops":[{"kind":"scale","factor":1e21,"op":{"kind":"identity"}}]}`:             `{"kind":"compose","ops":[{"factor":1e+21,"kind":"scale","op":{"kind":"identity"}}]}`,
	} {
		c, err := inverse.DecodeConfig([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := inverse.EncodeIdentity(c); err != nil || string(got) != want {
			t.Errorf("%s\n got  %s (%v)\n want %s", text, got, err, want)
		}
	}
}
