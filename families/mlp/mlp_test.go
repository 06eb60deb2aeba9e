package mlp_test

import (
	"math"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families"
	_ "tweedie/families/all"
	"tweedie/families/internal/nettest"
	"tweedie/families/mlp"
	"tweedie/internal/config/configtest"
	"tweedie/internal/testkit"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/prior"
	"tweedie/rng"
)

const points = `{"kind":"mlp","act":"silu","time":"concat","time_scale":0.001,"range":[-4,4],"prediction":{"kind":"eps","schedule":{"kind":"ddpm"}}}`

func open(t *testing.T, name string) *checkpoints.File {
	t.Helper()
	f, err := checkpoints.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// A state dict of Linear layers, read by a config, computes what PyTorch computes, and is a prior of points.
func TestGolden(t *testing.T) {
	f, g := open(t, "points.pt"), open(t, "points.golden.safetensors")
	array := func(name string) []float64 {
		x, err := g.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		v, err := x.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	net, architecture, spec, err := families.Describe(f, families.Source{Config: points}, families.PriorOptions{High: 1})
	if err != nil {
		t.Fatal(err)
	}
	x, times, want := array("x"), array("t"), array("out")
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	in := s.Const64(autodiff.S(4, 1, 1, 2), x)
	d := nettest.Apart(testkit.Values(net.Forward(s, in, times, families.Labels{})), want)
	if t.Logf("%.1e", d); !(d <= 2e-5) {
		t.Errorf("%g off, want 2e-5", d)
	}
	p, err := prior.New("points", architecture, net.Network(), spec)
	if err != nil {
		t.Fatal(err)
	}
	if p.Spec.Affine.ToPhysical(3) != 3 || p.Spec.Range != [2]float64{-4, 4} {
		t.Errorf("%+v", p.Spec)
	}
	// At step 500 of x_t = sqrt(abar) u, D = u - r eps.
	abar := 1.
	for i := range 501 {
		abar *= 1 - (1e-4 + float64(i)*(.02-1e-4)/999)
	}
	r := math.Sqrt(1/abar - 1)
	u := []float64{x[4] / math.Sqrt(abar), x[5] / math.Sqrt(abar)}
	got := testkit.Values(p.Denoiser.Denoise(s, s.Const64(autodiff.S(1, 1, 1, 2), u), []float64{r}))
	if d := nettest.Apart(got, []float64{u[0] - r*want[4], u[1] - r*want[5]}); !(d <= 2e-5) {
		t.Errorf("as a prior %g off", d)
	}
}

// What is missing or wrong is said, and an MLP is not taken for a denoiser whose layers have its names.
func TestErrors(t *testing.T) {
	f := open(t, "points.pt")
	renamed := &checkpoints.File{}
	for _, x := range f.Tensors() {
		if err := renamed.Add(families.Renamed(x, strings.Replace(x.Name, "net.", "model.", 1))); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []*checkpoints.File{f, renamed} {
		if family, _, err := families.Recognise(file, ""); family != mlp.Name || err != nil {
			t.Errorf("family %q, %v", family, err)
		}
		if _, err := prior.FromFile("points", file, prior.Options{}); err == nil || !strings.Contains(err.Error(), "family mlp") || !strings.Contains(err.Error(), "ckpt convert") {
			t.Errorf("%v", err)
		}
	}
	for want, config := range map[string]string{
		"give a config such as":          "",
		"takes 3 values":                 `{"act":"silu","time":"none"}`,
		"hidden is [16]":                 `{"act":"silu","time":"concat","hidden":[16]}`,
		"act is \"swish\"":               `{"act":"swish","time":"concat"}`,
		"depth is unknown":               `{"depth":3}`,
		"what the network predicts":      `{"act":"silu","time":"concat"}`,
		"of 2 values":                    `{"act":"silu","time":"concat","shape":[1,3],"prediction":{"kind":"denoised"}}`,
		"kind \"x\" is none of":          `{"act":"silu","time":"concat","prediction":{"kind":"x"}}`,
		"want [C,W], [C,H,W] or [C,D,H,": `{"act":"silu","time":"concat","shape":[2],"prediction":{"kind":"denoised"}}`,
	} {
		if _, _, _, err := families.Describe(f, families.Source{Config: config}, families.PriorOptions{High: 1}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}

func rows() (rows []layerstest.Row) {
	for _, c := range []mlp.Config{
		{Hidden: []int{3, 4}, Act: "silu", Time: "concat"},
		{Hidden: []int{3}, Act: "tanh", Time: "first", TimeScale: .1, Residual: true},
		{Hidden: []int{3}, Act: "gelu", Time: "sinusoidal", TimeDim: 4},
		{Act: "relu", Time: "none"},
	} {
		rows = append(rows, layerstest.Row{Name: "Network " + c.Time, In: []autodiff.Shape{autodiff.S(2, 1, 3)}, Std: .4,
			Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
				n, err := mlp.New(p, c, 3)
				return n, func(s *autodiff.Scope, x []autodiff.Var, first int) autodiff.Var {
					return n.Forward(s, x[0], []float64{.3, 2}[first:first+x[0].Dim(0)])
				}, err
			}})
	}
	return rows
}

func TestConformance(t *testing.T) {
	var names []string
	for _, r := range rows() {
		names = append(names, r.Name)
		t.Run(strings.ReplaceAll(r.Name, " ", "_"), func(t *testing.T) { layerstest.Check(t, r) })
	}
	if missing, err := layerstest.Missing(".", names, "Forward", "Params"); err != nil || len(missing) > 0 {
		t.Errorf("types without a row: %v %v", missing, err)
	}
}

// A config of hostile numbers is refused before anything is allocated.
func TestHostileNumbers(t *testing.T) {
	at := layers.Root(rng.New(0)).Blank()
	c := mlp.Default()
	c.Time, c.TimeDim, c.TimeScale = "sinusoidal", 8, 1
	configtest.Hostile(t, c, func(c mlp.Config) error { _, err := mlp.New(at, c, 2); return err })
}
