package dpnp

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"path/filepath"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
	"tweedie/inverse/optics"
)

// constant is a DPnP run at one eta from draws that are already near equilibrium.
func constant(eta float64, rounds int) DPnP {
	return DPnP{Mode: AnnealedMode, SMC: DefaultSMC(), Rounds: rounds, Hold: rounds, EtaMax: eta, EtaMin: eta, Sampler: "unipc", Steps: 10, Proximal: inverse.DefaultProximal()}
}

// T6: at constant eta the law is the posterior with noise S + eta^2 A A^T, and not the posterior.
func TestConstantEtaLaw(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of chains")
	}
	const n, s, sig, eta = 40000, .5, .2, .16
	p := cases.Problem(cases.Isotropic(0, s*s), inverse.NewIdentity(autodiff.S(n)), sig, make([]float64, n))
	res, err := constant(eta, 16).Solve(context.Background(), p, infer.Run{Samples: 1, Seed: 6})
	if err != nil {
		t.Fatal(err)
	}
	mean, se, v, _ := cases.PixelMoments(res.Samples[0])
	blurred := math.Sqrt(1 / (1/(s*s) + 1/(sig*sig+eta*eta)))
	posterior := math.Sqrt(1 / (1/(s*s) + 1/(sig*sig)))
	t.Logf("sd %.4f, law at eta %.4f, posterior %.4f (N=%d)", math.Sqrt(v), blurred, posterior, n)
	if math.Abs(mean) > 4*se {
		t.Errorf("mean %.5f with standard error %.5f, want 0", mean, se)
	}
	if math.Abs(math.Sqrt(v)/blurred-1) > .015 {
		t.Errorf("sd %.4f, want %.4f", math.Sqrt(v), blurred)
	}
	if math.Abs(math.Sqrt(v)/posterior-1) < .1 {
		t.Errorf("sd %.4f cannot be told from the posterior's %.4f", math.Sqrt(v), posterior)
	}
}

// masked observes those of n pixels that keep names.
func masked(n int, keep func(i int) bool) inverse.Operator {
	mask := make([]byte, n)
	for i := range mask {
		if keep(i) {
			mask[i] = 1
		}
	}
	op, err := optics.InpaintConfig{Mask: mask}.Build(autodiff.S(1, 1, n))
	if err != nil {
		panic(err)
	}
	return op
}

// T7: lag-1 autocorrelation of a mode with gain a is s^2/(s^2+eta^2) / (1 + eta^2 a^2/sig^2).
func TestContractionPerRound(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of chains")
	}
	const n, s, sig, eta = 40000, .5, .2, .16
	for _, a := range []float64{1, 0} {
		op := masked(n, func(i int) bool { return a == 1 || i == 0 })
		p := cases.Problem(cases.Isotropic(0, s*s), op, sig, make([]float64, op.OutShape().Size()))
		e, err := newEngine(context.Background(), constant(eta, 1), p, infer.Run{Samples: 1, Seed: 7})
		if err != nil {
			t.Fatal(err)
		}
		c, err := e.newChains()
		if err != nil {
			t.Fatal(err)
		}
		for k := 0; k < 40; k++ {
			if err := c.round(c.x, c.z, eta); err != nil {
				t.Fatal(err)
			}
		}
		before := append([]float64(nil), c.x...)
		if err := c.round(c.x, c.z, eta); err != nil {
			t.Fatal(err)
		}
		var xy, xx float64
		for i := range before {
			xy += before[i] * c.x[i]
			xx += before[i] * before[i]
		}
		want := s * s / (s*s + eta*eta) / (1 + eta*eta*a*a/(sig*sig))
		t.Logf("gain %g: autocorrelation %.4f, formula %.4f", a, xy/xx, want)
		if math.Abs(xy/xx-want) > .02 {
			t.Errorf("gain %g: autocorrelation %.4f, formula %.4f", a, xy/xx, want)
		}
	}
}

// T8: an annealed run ends within the gap of the law at eta_min, and directions without data keep the prior's variance.
func TestAnnealedRun(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of chains")
	}
	const n, s, sig = 40000, .5, .2
	op := masked(n, func(i int) bool { return i < n/2 })
	m := Annealed()
	m.EtaMax, m.EtaMin, m.Rounds, m.Hold, m.Sampler, m.Steps = .4, .06, 120, 20, "unipc", 10
	y := make([]float64, n/2)
	for i := range y {
		y[i] = .3
	}
	res, err := m.Solve(context.Background(), cases.Problem(cases.Isotropic(0, s*s), op, sig, y), infer.Run{Samples: 1, Seed: 8})
	if err != nil {
		t.Fatal(err)
	}
	x := res.Samples[0]
	mean, _, v, _ := cases.PixelMoments(x[:n/2])
	post := 1 / (1/(s*s) + 1/(sig*sig))
	gap := 1/(1/(s*s)+1/(sig*sig+m.EtaMin*m.EtaMin))/post - 1
	t.Logf("observed: mean %.4f (exact %.4f), variance ratio %.4f (gap at eta_min %.4f)", mean, .3*post/(sig*sig), v/post, gap)
	if math.Abs(v/post-1) > gap+.03 {
		t.Errorf("observed variance is %.4f of the posterior's, allowed gap %.4f", v/post, gap+.03)
	}
	if want := .3 * post / (sig * sig); math.Abs(mean-want) > .03*want {
		t.Errorf("observed mean %.4f, exact %.4f", mean, want)
	}
	_, _, null, _ := cases.PixelMoments(x[n/2:])
	t.Logf("null space: variance %.4f of the prior's", null/(s*s))
	if math.Abs(null/(s*s)-1) > .05 {
		t.Errorf("null-space variance is %.4f of the prior's", null/(s*s))
	}
}

func digest(t *testing.T, res *infer.Result) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, append(append([]float64(nil), res.Mean...), res.Samples[0]...)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A run that is cancelled and taken up again equals one that was not.
func TestDPnPResumes(t *testing.T) {
	m := Annealed()
	m.Rounds, m.Hold = 10, 2
	want, err := m.Solve(context.Background(), cases.Small(), infer.Run{Samples: 3, Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "state.safetensors")
	ctx, cancel := context.WithCancel(context.Background())
	part, err := m.Solve(ctx, cases.Small(), infer.Run{Samples: 3, Seed: 4, State: file, Progress: func(p infer.Progress) {
		if p.Done == 6 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || part == nil || len(part.Samples) != 3 {
		t.Fatalf("cancelled run: %v, %v", part, err)
	}
	got, err := m.Solve(context.Background(), cases.Small(), infer.Run{Samples: 3, Seed: 4, State: file})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(digest(t, got), digest(t, want)) || got.Evaluations != want.Evaluations {
		t.Error("the resumed run differs from the uninterrupted one")
	}
	if _, err := m.Solve(context.Background(), cases.Small(), infer.Run{Samples: 3, Seed: 5, State: file}); err == nil {
		t.Error("the state of another seed was taken up")
	}
}

// A prior in other units under an Affine gives the same samples as the prior in the units of x.
func TestAffineChangesUnitsOnly(t *testing.T) {
	m := Annealed()
	p := cases.Small()
	want, err := m.Solve(context.Background(), p, infer.Run{Samples: 2, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	p.Prior = cases.Isotropic(0, .2/(.25*.25)) // x = m/4 + 1/2
	p.Affine = diffusion.Affine{Scale: .25, Shift: .5}
	got, err := m.Solve(context.Background(), p, infer.Run{Samples: 2, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	for i := range got.Mean {
		if math.Abs(got.Mean[i]-want.Mean[i]) > 1e-12 {
			t.Fatalf("pixel %d is %v, in x's units %v", i, got.Mean[i], want.Mean[i])
		}
	}
}
