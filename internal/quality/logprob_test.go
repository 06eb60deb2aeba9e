package quality

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/families"
	"tweedie/prior"
	"tweedie/rng"
	"tweedie/zoo"
)

// ring is a closed form on 16 pixels whose images are x = 2 m + 1.
func ring() *prior.Prior {
	d := exact.Ring16()
	return &prior.Prior{Name: "ring", Denoiser: d, Exact: d, Spec: families.Spec{Shape: []int{1, 1, 16}, Affine: diffusion.Affine{Scale: 2, Shift: 1}, Range: [2]float64{-1, 3}}}
}

// TestLogProb compares the three methods with the closed form, and their gradients with differences of their values, in
// the units of the images.
func TestLogProb(t *testing.T) {
	prior := ring()
	const n, d = 3, 16
	x := make([]float64, n*d)
	for b := range n {
		prior.Exact.Sample(x[b*d:(b+1)*d], rng.New(80).Split("image", b).Stream())
	}
	want := make([]float64, n)
	for b := range n {
		want[b] = prior.Exact.LogDensity(x[b*d:(b+1)*d], 0) - d*math.Log(2)
	}
	for i := range x {
		x[i] = 2*x[i] + 1
	}
	flow, err := diffusion.DecodeODE([]byte(`{"kind":"flow-density","solver":"rk4","steps":60,"trace":"exact"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		method string
		tol    float64 // of the value: the noise of t0, and 4 standard errors of the bound, which is the larger
	}{{"exact", 1e-10}, {"", 1e-10}, {"ode", .5}, {"elbo", 4}} {
		l := &LogProb{Prior: prior, Method: row.method, ODE: flow, Draws: 256, Gradient: true, Seed: 3}
		out, err := l.Run(t.Context(), x)
		if err != nil {
			t.Fatal(err)
		}
		for b, r := range out.Rows {
			if math.Abs(r.LogProb-want[b]) > row.tol || math.Abs(r.BitsPerDim*d*math.Ln2+r.LogProb) > 1e-9 {
				t.Errorf("%s: image %d has %+v, and the closed form says %v", out.Method, b, r, want[b])
			}
		}
		for _, at := range []int{0, 21, 47} {
			const h = 1e-4
			value := func(step float64) float64 {
				y := append([]float64(nil), x...)
				y[at] += step
				one := *l
				one.Gradient = false
				o, err := one.Run(t.Context(), y)
				if err != nil {
					t.Fatal(err)
				}
				return o.Rows[at/d].LogProb
			}
			if slope := (value(h) - value(-h)) / (2 * h); math.Abs(slope-out.Gradient[at]) > 2e-4*(1+math.Abs(slope)) {
				t.Errorf("%s: d log p/dx is %v at value %d, and differences say %v", out.Method, out.Gradient[at], at, slope)
			}
		}
		if text := out.String(); out.Note == "" || !strings.HasPrefix(out.Note, out.Method+":") || !strings.HasSuffix(text, out.Note+"\n") || strings.Count(text, "\n") != n+2 {
			t.Errorf("%s prints\n%s", row.method, text)
		}
	}
}

// TestBoundIsBelow checks over 64 images that the mean bound is below the mean density, but for 4 standard errors.
func TestBoundIsBelow(t *testing.T) {
	prior := ring()
	const n, d = 64, 16
	x := make([]float64, n*d)
	for b := range n {
		prior.Exact.Sample(x[b*d:(b+1)*d], rng.New(81).Split("image", b).Stream())
	}
	for i := range x {
		x[i] = 2*x[i] + 1
	}
	run := func(method string) Densities {
		out, err := (&LogProb{Prior: prior, Method: method, Draws: 64}).Run(t.Context(), x)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	closed, bound := run("exact"), run("elbo")
	mean, square := 0., 0.
	for b := range n {
		gap := bound.Rows[b].LogProb - closed.Rows[b].LogProb
		mean += gap / n
		square += gap * gap / n
	}
	if se := math.Sqrt((square - mean*mean) / n); mean > 4*se || mean < -2-4*se {
		t.Errorf("the bound less the density is %v +- %v", mean, se)
	}
	// An image of the second block has its own gradient.
	const at, h = 20*d + 3, 1e-4
	l := &LogProb{Prior: prior, Method: "elbo", Draws: 4, Gradient: true}
	out, err := l.Run(t.Context(), x[:24*d])
	if err != nil {
		t.Fatal(err)
	}
	var side [2]float64
	for k, step := range []float64{-h, h} {
		y := append([]float64(nil), x[:24*d]...)
		y[at] += step
		o, err := l.Run(t.Context(), y)
		if err != nil {
			t.Fatal(err)
		}
		side[k] = o.Rows[20].LogProb
	}
	if slope := (side[1] - side[0]) / (2 * h); math.Abs(slope-out.Gradient[at]) > 2e-4*(1+math.Abs(slope)) {
		t.Errorf("the gradient of image 20 is %v, and differences say %v", out.Gradient[at], slope)
	}
	if bound.Rows[0].Evaluations != 128 {
		t.Errorf("64 draws take %d evaluations", bound.Rows[0].Evaluations)
	}
}

func TestLogProbRefusals(t *testing.T) {
	digits, err := zoo.Open("digits8", prior.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for want, l := range map[string]*LogProb{
		"not known in closed form":        {Prior: digits, Method: "exact", Draws: 1},
		`"elb"; want exact, ode or elbo;`: {Prior: digits, Method: "elb", Draws: 1},
		"--draws is 0":                    {Prior: digits, Method: "elbo"},
	} {
		if err := l.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	l := &LogProb{Prior: digits, Method: "elbo", Draws: 1}
	for largest, far := range map[float64]bool{1.06: false, 1.9: false, 2.1: true, 255: true} {
		x := make([]float64, 64)
		x[9] = largest
		out, err := l.Run(t.Context(), x)
		if err != nil || (out.Warning != "") != far || far && !strings.Contains(out.Warning, fmt.Sprintf("%.4g", largest)) {
			t.Errorf("values to %v: warning %q, %v", largest, out.Warning, err)
		}
	}
}
