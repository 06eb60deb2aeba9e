package inverse_test

import (
	"math"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/internal/optest"
	"tweedie/rng"
)

// scene is a smooth image with an edge and deviations near 1/3, [1,h,w].
func scene(h, w int) []float64 {
	x := make([]float64, h*w)
	for i := range h {
		for j := range w {
			a, b := float64(i)/float64(h), float64(j)/float64(w)
			x[i*w+j] = .5 + .3*math.Sin(6*a+2*b) + .2*math.Cos(9*b)
			if a > .6 && b > .4 {
				x[i*w+j] += .3
			}
		}
	}
	return x
}

// TestEstimateSigma asks for sigma within 4 standard errors, as the estimate states them, and 3% more where the image is
// in it.
func TestEstimateSigma(t *testing.T) {
	square := autodiff.S(1, 64, 64)
	for _, r := range []struct {
		name   string
		op     inverse.Operator
		x      []float64
		sigma  float64
		within float64
		says   string
		spoil  func(y []float64)
	}{
		{"tall", randomMatrix(t, 700, 100, 0), optest.Normals(100, 1), .3, 4 / math.Sqrt(2*600), "600 of its 700 directions", nil},
		{"tall with missing entries", randomMatrix(t, 700, 100, 0), optest.Normals(100, 1), .3, 4 / math.Sqrt(2*500), "500 of its 600 directions", func(y []float64) {
			for i := range 100 {
				y[7*i] = math.NaN()
			}
		}},
		{"falling singular values", randomMatrix(t, 300, 300, .04), optest.Normals(300, 2), .01, 4 / math.Sqrt(2*100), "hardly reaches", nil},
		{"blur", optest.Build(t, square, `{"kind":"blur","gaussian":{"size":5,"std":1}}`), scene(64, 64), .05, 4 / math.Sqrt(2*560), "hardly reaches", nil},
		{"identity", inverse.NewIdentity(square), scene(64, 64), .05, 4*1.17/31 + .03, "961 diagonal wavelet", nil},
		{"identity with missing entries", inverse.NewIdentity(square), scene(64, 64), .05, 4*1.17/29 + .03, "diagonal wavelet", func(y []float64) {
			for i := range 40 {
				y[100*i] = math.NaN()
			}
		}},
		{"block average", optest.Build(t, square, `{"kind":"block-average","rows":2,"cols":2}`), scene(64, 64), .05, 4*1.17/15 + .03, "225 diagonal wavelet", nil},
	} {
		for seed := range uint64(5) {
			y := inverse.Simulate(r.op, inverse.Gaussian{Sigma: r.sigma}, r.x, rng.New(seed))
			if r.spoil != nil {
				r.spoil(y)
			}
			sigma, method, err := inverse.EstimateSigma(r.op, y, .5, 1)
			if err != nil || !strings.Contains(method, r.says) {
				t.Errorf("%s: %q, %v", r.name, method, err)
				continue
			}
			if !(math.Abs(sigma/r.sigma-1) <= r.within) {
				t.Errorf("%s: sigma is %.4g and its estimate %.4g, more than %.2g from it", r.name, r.sigma, sigma, r.within)
			}
		}
	}
}

// randomMatrix is a dense operator [m,n] of normal numbers over sqrt(m); a fall above 0 scales column j by exp(-fall j).
func randomMatrix(t *testing.T, m, n int, fall float64) inverse.Operator {
	t.Helper()
	data := optest.Normals(m*n, 3)
	for i := range data {
		data[i] *= math.Exp(-fall*float64(i%n)) / math.Sqrt(float64(m))
	}
	op, err := inverse.DenseConfig{Rows: m, Data: data}.Build(autodiff.S(n))
	if err != nil {
		t.Fatal(err)
	}
	return op
}

// spreading measures every pixel in every datum.
type spreading struct{ inverse.Base }

func (*spreading) Apply(dst, x []float64) {
	for i := range dst {
		dst[i] = 0
		for j, v := range x {
			dst[i] += v * math.Cos(float64(i*j))
		}
	}
}

// TestSigmaThatCannotBeEstimated asks for the reason.
func TestSigmaThatCannotBeEstimated(t *testing.T) {
	square := autodiff.S(1, 64, 64)
	identity := inverse.NewIdentity(square)
	detailed := optest.Normals(64*64, 4)
	for i := range detailed {
		if i/64%8 > 3 { // half of the image is smooth
			detailed[i] = 0
		}
	}
	for _, r := range []struct {
		op   inverse.Operator
		x    []float64
		want string
	}{
		{inverse.NewIdentity(autodiff.S(400)), make([]float64, 400), "a measurement of shape [400] is no image"},
		{&spreading{inverse.NewBase("spreading", autodiff.S(1, 16, 16), autodiff.S(1, 16, 16))}, scene(16, 16), "spreads single pixels"},
		{randomMatrix(t, 200, 200, 0), optest.Normals(200, 1), "reaches all but"},
		{identity, detailed, "not Gaussian"},
	} {
		y := inverse.Simulate(r.op, inverse.Gaussian{Sigma: .02}, r.x, rng.New(1))
		if s, _, err := inverse.EstimateSigma(r.op, y, 0, 1); err == nil || !strings.Contains(err.Error(), r.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: sigma is %v (%v), where %q belongs", r.op.Name(), s, err, r.want)
		}
	}
	for want, y := range map[string][]float64{
		"without noise":                make([]float64, 64*64),
		"only 0 wavelet":               optest.Normals(64*64, 1),
		"y has 3 entries":              {1, 2, 3},
		"y has infinite entries":       append(make([]float64, 64*64-1), math.Inf(1)),
		"the prior's mean":             make([]float64, 64*64),
		"sigma cannot be estimated fr": make([]float64, 64*64),
	} {
		mean := 0.
		switch {
		case strings.HasPrefix(want, "only"):
			for i := range y {
				if i%3 == 0 {
					y[i] = math.NaN()
				}
			}
		case strings.HasPrefix(want, "the prior"):
			mean = math.NaN()
		}
		if _, _, err := inverse.EstimateSigma(identity, y, mean, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, where %q belongs", err, want)
		}
	}
	if _, _, err := inverse.EstimateSigma(nil, nil, 0, 1); err == nil {
		t.Error("no operator is taken")
	}
}
