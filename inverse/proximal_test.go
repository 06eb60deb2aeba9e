package inverse_test

import (
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/internal/optest"
	"tweedie/inverse/inversetest"
	"tweedie/rng"
)

// problem is a likelihood of a random image through an operator.
func problem(t *testing.T, op inverse.Operator, noise inverse.Noise) *inverse.Likelihood {
	t.Helper()
	st := rng.New(11).Split("problem", 0).Stream()
	x, y := make([]float64, op.InShape().Size()), make([]float64, op.OutShape().Size())
	st.FillNorm(x)
	op.Apply(y, x)
	noise.Sample(y, y, st)
	lik, err := inverse.NewLikelihood(op, noise, y)
	if err != nil {
		t.Fatal(err)
	}
	return lik
}

// proximalRows has a row for every exported type with Sample(dst, x, eta, stream).
var proximalRows = []struct {
	typ, method string
	in          autodiff.Shape
	json        string
	sigma       inverse.Gaussian
}{
	{"DenseProximal", "dense", autodiff.S(1, 3, 5), `{"kind":"blur","boundary":"zero","gaussian":{"size":3,"std":0.8}}`, inverse.Gaussian{Sigma: .2}},
	{"DenseProximal", "dense", autodiff.S(1, 1, 3), `{"kind":"dense","rows":2,"data":[1,1,2,0,2,3]}`, inverse.Gaussian{Sigmas: []float64{2, 1}}},
	{"SVDProximal", "svd", autodiff.S(2, 2, 6), `{"kind":"block-average","rows":2,"cols":3}`, inverse.Gaussian{Sigma: .2}},
	{"SVDProximal", "svd", autodiff.S(1, 4, 3), `{"kind":"dft","random":{"keep":0.5,"centre":0,"seed":1}}`, inverse.Gaussian{Sigma: .2}},
	{"SVDProximal", "svd", autodiff.S(1, 4, 6), `{"kind":"downsample","rows":2,"cols":3}`, inverse.Gaussian{Sigma: .2}},
	{"SVDProximal", "svd", autodiff.S(1, 4, 4), `{"kind":"blur","boundary":"reflect","uniform":{"rows":3,"cols":2}}`, inverse.Gaussian{Sigma: .2}},
	{"SVDProximal", "svd", autodiff.S(1, 4, 4), `{"kind":"hadamard","random":5,"signs":true,"seed":1}`, inverse.Gaussian{Sigma: .2}},
	{"SVDProximal", "svd", autodiff.S(3, 2, 3), `{"kind":"gray","mix":"luma"}`, inverse.Gaussian{Sigma: .2}},
	{"MaskProximal", "mask", autodiff.S(3, 2, 3), `{"kind":"mosaic"}`, inverse.Gaussian{Sigma: .2}},
	{"FourierProximal", "fourier", autodiff.S(2, 3, 4), `{"kind":"blur","motion":{"size":3,"intensity":0.5,"seed":2}}`, inverse.Gaussian{Sigma: .1}},
	{"CGProximal", "cg", autodiff.S(1, 2, 4), `{"kind":"blur","boundary":"zero","line":{"length":2,"angle":20}}`, inverse.Gaussian{Sigma: .2}},
	{"CGProximal", "cg", autodiff.S(1, 1, 3), `{"kind":"dense","rows":2,"data":[1,1,2,0,2,3]}`, inverse.Gaussian{Sigmas: []float64{2, 1}}},
	{"MaskProximal", "mask", autodiff.S(2, 3, 3), `{"kind":"inpaint","random":{"keep":0.5,"seed":3}}`, inverse.Gaussian{Sigma: .2}},
	{"MaskProximal", "mask", autodiff.S(2, 3, 2), `{"kind":"inpaint","multiply":true,"box":{"top":0,"left":0,"height":2,"width":2}}`, inverse.Gaussian{Sigma: .2}},
	{"MaskProximal", "own", autodiff.S(4), `{"kind":"identity"}`, inverse.Gaussian{Sigma: .2}},
	{"Denoising", "denoising", autodiff.S(5), `{"kind":"identity"}`, inverse.Gaussian{Sigma: .2}},
	{"MALA", "mala", autodiff.S(1, 2, 3), `{"kind":"blur","boundary":"zero","gaussian":{"size":3,"std":0.8}}`, inverse.Gaussian{Sigma: .3}},
}

// config is the default with a method; MALA has a fixed step, so that every step leaves the law invariant.
func config(method string) inverse.ProximalConfig {
	c := inverse.DefaultProximal()
	c.Method = method
	c.MALA = inverse.MALAConfig{Step: .2, Steps: 3, Target: .57}
	return c
}

// TestProximalSamplers is T5 of the DPnP specification for every sampler: mean to 1e-8, covariance P^-1 to 4
// standard errors over 20000 draws, at two eta.
func TestProximalSamplers(t *testing.T) {
	for _, r := range proximalRows {
		t.Run(r.method, func(t *testing.T) {
			lik := problem(t, optest.Build(t, r.in, r.json), r.sigma)
			s, err := inverse.NewProximal(lik, config(r.method))
			if err != nil {
				t.Fatal(err)
			}
			inversetest.Proximal(t, lik, s)
		})
	}
}

func TestAProximalMethodIsRegisteredOnce(t *testing.T) {
	for _, name := range []string{"auto", "mask"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s can be registered twice", name)
				}
			}()
			inverse.RegisterProximal(name, NewDenoising)
		}()
	}
}

func TestEveryProximalSamplerHasARow(t *testing.T) {
	rows, methods := map[string]bool{}, map[string]bool{"auto": true}
	for _, r := range proximalRows {
		rows[r.typ], methods[r.method] = true, true
	}
	for _, name := range inverse.ProximalMethods() {
		if !methods[name] {
			t.Errorf("the method %q has no conformance row", name)
		}
	}
	found := typesWith(t, parseAll(t), "Sample", "ProximalSampler")
	for noise := range typesWith(t, parseAll(t), "Residual", "Noise") {
		delete(found, noise) // TestNoises checks it
	}
	if len(found) < 6 {
		t.Fatalf("only %v sample; the walk is broken", found)
	}
	for name := range found {
		if !rows[name] {
			t.Errorf("type %s has Sample, but no conformance row", name)
		}
	}
}

// TestFourWays draws the same mean by four routes (T5): they agree to 1e-8, CG at a residual of 1e-10.
func TestFourWays(t *testing.T) {
	blur := optest.Build(t, autodiff.S(2, 5, 7), `{"kind":"blur","gaussian":{"size":5,"std":1}}`)
	lik := problem(t, blur, inverse.Gaussian{Sigma: .1})
	x := make([]float64, lik.Size())
	rng.New(12).Stream().FillNorm(x)
	for _, eta := range []float64{.16, 1} {
		var first []float64
		for _, method := range []string{"dense", "svd", "fourier", "cg"} {
			c := config(method)
			c.CG.Tol = 1e-10
			s, err := inverse.NewProximal(lik, c)
			if err != nil {
				t.Fatal(err)
			}
			mean := make([]float64, len(x))
			if err := s.(inverse.ExactProximal).Mean(mean, x, eta); err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = mean
			}
			if d := floats.Distance(mean, first, math.Inf(1)); !(d <= 1e-8) {
				t.Errorf("eta = %v: the mean by %s is %.3g away from that by dense", eta, method, d)
			}
			if cg, ok := s.(*inverse.CGProximal); ok {
				iterations, residual, err := cg.Solve(mean, x, eta, nil)
				if err != nil || residual > 1e-10 || iterations < 5 {
					t.Errorf("eta = %v: cg made %d iterations to %.3g: %v", eta, iterations, residual, err)
				}
			}
		}
	}
}

// TestFactoredProximal gives an operator without a closed form the svd sampler, by DenseSVD.
func TestFactoredProximal(t *testing.T) {
	op, err := inverse.DenseSVD(optest.Build(t, autodiff.S(1, 3, 4), `{"kind":"blur","boundary":"zero","gaussian":{"size":3,"std":0.8}}`))
	if err != nil {
		t.Fatal(err)
	}
	lik := problem(t, op, inverse.Gaussian{Sigma: .2})
	s, err := inverse.NewSVDProximal(lik)
	if err != nil {
		t.Fatal(err)
	}
	inversetest.Proximal(t, lik, s)
}

func TestAutomaticChoice(t *testing.T) {
	one, each := inverse.Gaussian{Sigma: .1}, func(m int) inverse.Gaussian {
		s := make([]float64, m)
		for i := range s {
			s[i] = .1 + float64(i)
		}
		return inverse.Gaussian{Sigmas: s}
	}
	zero := `{"kind":"blur","boundary":"zero","line":{"length":2,"angle":20}}`
	for _, c := range []struct {
		in    autodiff.Shape
		json  string
		noise inverse.Gaussian
		want  string
	}{
		{autodiff.S(1, 4, 4), `{"kind":"identity"}`, one, "mask"},
		{autodiff.S(1, 4, 4), `{"kind":"inpaint","multiply":true,"random":{"keep":0.5,"seed":1}}`, each(16), "mask"},
		{autodiff.S(1, 4, 4), `{"kind":"blur","gaussian":{"size":3,"std":0.8}}`, one, "fourier"},
		{autodiff.S(1, 4, 4), `{"kind":"blur","gaussian":{"size":3,"std":0.8}}`, each(16), "dense"},
		{autodiff.S(1, 4, 4), `{"kind":"block-average","rows":2,"cols":2}`, one, "svd"},
		{autodiff.S(1, 4, 4), `{"kind":"downsample","rows":2,"cols":2}`, one, "svd"},
		{autodiff.S(1, 4, 4), `{"kind":"blur","boundary":"zero","gaussian":{"size":3,"std":0.8}}`, one, "svd"},
		{autodiff.S(3, 4, 4), `{"kind":"mosaic"}`, one, "mask"},
		{autodiff.S(1, 4, 4), `{"kind":"tone"}`, one, "mala"},
		{autodiff.S(1, 4, 4), zero, one, "dense"},
		{autodiff.S(1, 32, 32), zero, one, "cg"},
	} {
		s, err := inverse.NewProximal(problem(t, optest.Decode(t, c.in, c.json), c.noise), inverse.DefaultProximal())
		if err != nil || s.Name() != c.want {
			t.Errorf("auto for %s takes %v (%v), not %s", c.json, s.Name(), err, c.want)
		}
	}
	s, err := inverse.NewProximal(problem(t, squares{}, one), inverse.DefaultProximal())
	if err != nil || s.Name() != "mala" {
		t.Errorf("auto for a nonlinear operator: %v, %v", s, err)
	}
}

// squares is y_i = x_i^2 + x_{i+1}.
type squares struct{}

func (squares) Name() string             { return "squares" }
func (squares) InShape() autodiff.Shape  { return autodiff.S(3) }
func (squares) OutShape() autodiff.Shape { return autodiff.S(3) }

func (squares) Apply(dst, x []float64) {
	if len(dst) != 3 || len(x) != 3 {
		panic(&autodiff.ShapeError{Op: "squares", Msg: "3 entries belong"})
	}
	for i, v := range x {
		dst[i] = v*v + x[(i+1)%3]
	}
}

func (squares) VJP(dst, x, ct []float64) {
	if len(dst) != 3 || len(x) != 3 || len(ct) != 3 {
		panic(&autodiff.ShapeError{Op: "squares", Msg: "3 entries belong"})
	}
	for i, v := range x {
		dst[i] = 2*v*ct[i] + ct[(i+2)%3]
	}
}

func TestProximalErrors(t *testing.T) {
	one := inverse.Gaussian{Sigma: .1}
	nonlinear := problem(t, squares{}, one)
	zero := problem(t, optest.Build(t, autodiff.S(1, 4, 4), `{"kind":"blur","boundary":"zero","line":{"length":2,"angle":20}}`), one)
	for _, c := range []struct {
		lik          *inverse.Likelihood
		method, want string
	}{
		{nonlinear, "dense", "linear"}, {nonlinear, "mask", "linear"}, {nonlinear, "cg", "linear"},
		{zero, "svd", "DenseSVD"}, {zero, "fourier", "circular"}, {zero, "mask", "diagonal"}, {zero, "guess", "method"},
		{zero, "denoising", "denoising needs the identity"},
	} {
		if _, err := inverse.NewProximal(c.lik, config(c.method)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s on %s: error %v does not speak of %q", c.method, c.lik.Op.Name(), err, c.want)
		}
	}
	c := config("cg")
	c.CG = inverse.CGConfig{Tol: 1e-12, MaxIter: 2}
	s, err := inverse.NewProximal(zero, c)
	if err != nil {
		t.Fatal(err)
	}
	z := make([]float64, 16)
	var conv *inverse.ConvergenceError
	if err := s.Sample(z, make([]float64, 16), 10, rng.New(1).Stream()); !errors.As(err, &conv) || conv.Iterations < 2 {
		t.Errorf("two iterations to 1e-12 give %v, not a *ConvergenceError", err)
	}
	for field, change := range map[string]func(*inverse.ProximalConfig){
		"dense":        func(c *inverse.ProximalConfig) { c.Dense = -1 },
		"cg.tol":       func(c *inverse.ProximalConfig) { c.CG.Tol = 0 },
		"cg.max_iter":  func(c *inverse.ProximalConfig) { c.CG.MaxIter = 0 },
		"mala.step":    func(c *inverse.ProximalConfig) { c.MALA.Step = math.NaN() },
		"mala.steps":   func(c *inverse.ProximalConfig) { c.MALA.Steps = 0 },
		"mala.burn_in": func(c *inverse.ProximalConfig) { c.MALA.Unadjusted, c.MALA.BurnIn = true, 5 },
		"mala.target":  func(c *inverse.ProximalConfig) { c.MALA.Target = 1 },
	} {
		c := inverse.DefaultProximal()
		change(&c)
		var f *inverse.FieldError
		if _, err := inverse.NewProximal(zero, c); !errors.As(err, &f) || f.Field != field {
			t.Errorf("error %v does not name %s", err, field)
		}
	}
}

// TestWarmStart: conjugate gradients start at x, which is the answer when eta is tiny.
func TestWarmStart(t *testing.T) {
	lik := problem(t, optest.Build(t, autodiff.S(1, 4, 4), `{"kind":"blur","boundary":"zero","gaussian":{"size":3,"std":0.8}}`), inverse.Gaussian{Sigma: 1})
	s, err := inverse.NewCGProximal(lik, inverse.DefaultCG())
	if err != nil {
		t.Fatal(err)
	}
	if n, _, err := s.Solve(make([]float64, 16), optest.Normals(16, 1), 1e-6, nil); n != 0 || err != nil {
		t.Errorf("%d iterations from the answer, error %v", n, err)
	}
}

// TestDeterminism: the same draw on one processor and on two, at a size where gonum's matrix product is cut in blocks.
func TestDeterminism(t *testing.T) {
	draw := func(method string) []float64 {
		lik := problem(t, optest.Build(t, autodiff.S(2, 12, 10), `{"kind":"blur","gaussian":{"size":5,"std":1}}`), inverse.Gaussian{Sigma: .1})
		s, err := inverse.NewProximal(lik, config(method))
		if err != nil {
			t.Fatal(err)
		}
		z := make([]float64, lik.Size())
		if err := s.Sample(z, optest.Normals(len(z), 1), .3, rng.New(2).Stream()); err != nil {
			t.Fatal(err)
		}
		return z
	}
	for _, method := range []string{"dense", "svd", "fourier", "cg", "mala"} {
		before := runtime.GOMAXPROCS(1)
		one := draw(method)
		runtime.GOMAXPROCS(2)
		two := draw(method)
		runtime.GOMAXPROCS(before)
		if !slices.Equal(one, two) {
			t.Errorf("%s draws other bytes with two processors", method)
		}
	}
}

// TestMALANonlinear: y = z^2 + noise has two modes; the moments of z ~ exp(-(y-z^2)^2/2 sigma^2 - (z-x)^2/2 eta^2) by
// 3000 independent chains agree with quadrature within 4 standard errors.
func TestMALANonlinear(t *testing.T) {
	const sigma, y, x, eta = .5, 1., .3, .8
	lik, err := inverse.NewLikelihood(square{}, inverse.Gaussian{Sigma: sigma}, []float64{y})
	if err != nil {
		t.Fatal(err)
	}
	var mass, m1, m2, m4 float64
	for i := range 4000 {
		z := -4 + 8*(float64(i)+.5)/4000
		p := math.Exp(-(y-z*z)*(y-z*z)/(2*sigma*sigma) - (z-x)*(z-x)/(2*eta*eta))
		mass, m1, m2, m4 = mass+p, m1+p*z, m2+p*z*z, m4+p*z*z*z*z
	}
	m1, m2, m4 = m1/mass, m2/mass, m4/mass
	c := inverse.DefaultProximal()
	c.MALA = inverse.MALAConfig{Step: .1, BurnIn: 100, Steps: 150, Target: .57}
	s, err := inverse.NewProximal(lik, c)
	if err != nil {
		t.Fatal(err)
	}
	const N = 3000
	st := rng.New(3).Stream()
	var s1, s2 float64
	z := make([]float64, 1)
	for range N {
		z[0] = x
		if err := s.Sample(z, []float64{x}, eta, st); err != nil {
			t.Fatal(err)
		}
		s1, s2 = s1+z[0], s2+z[0]*z[0]
	}
	if e := (s1/N - m1) / math.Sqrt((m2-m1*m1)/N); math.Abs(e) > 4 {
		t.Errorf("mean %.4f, where %.4f belongs: %.1f standard errors", s1/N, m1, e)
	}
	if e := (s2/N - m2) / math.Sqrt((m4-m2*m2)/N); math.Abs(e) > 4 {
		t.Errorf("second moment %.4f, where %.4f belongs: %.1f standard errors", s2/N, m2, e)
	}
}

// square is y = x^2 of one number.
type square struct{}

func (square) Name() string             { return "square" }
func (square) InShape() autodiff.Shape  { return autodiff.S(1) }
func (square) OutShape() autodiff.Shape { return autodiff.S(1) }
func (square) Apply(dst, x []float64)   { dst[0] = x[0] * x[0] }
func (square) VJP(dst, x, ct []float64) { dst[0] = 2 * x[0] * ct[0] }
