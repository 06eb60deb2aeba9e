package denoisers_test

import (
	"path/filepath"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/families/denoisers"
	"tweedie/families/internal/nettest"
	"tweedie/internal/testkit"
	"tweedie/prior"
)

// TestVariantsGolden compares denoisers in the layouts of several projects with what their code computes, and the priors made
// of them with the denoised image; see testdata/published/README.md.
func TestVariantsGolden(t *testing.T) {
	goldens, err := filepath.Glob("testdata/published/*.golden.safetensors")
	if err != nil || len(goldens) < 12 {
		t.Fatalf("%d goldens, %v", len(goldens), err)
	}
	for _, path := range goldens {
		name := strings.TrimSuffix(filepath.Base(path), ".golden.safetensors")
		f := openVariant(t, strings.TrimSuffix(name, "_padded"))
		g, err := checkpoints.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		x, shape := values(t, g, "x")
		sigma, _ := values(t, g, "t")
		want, _ := values(t, g, "out")
		g.Close()
		net, err := families.Load(f, families.Source{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := net.Check(shape, sigma, families.Labels{}); err != nil {
			t.Error(err)
		}
		p, err := prior.FromFile(name, f, prior.Options{Extents: []int{shape.Dim(2), shape.Dim(3)}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
		u := s.Const64(shape, x)
		d := nettest.Apart(testkit.Values(net.Forward(s, u, sigma, families.Labels{})), want)
		if t.Logf("%s: %.1e", name, d); !(d <= 2e-5) {
			t.Errorf("%s: %g off, want 2e-5", name, d)
		}
		if name == "saoyan" { // whose code returns the noise
			for i := range want {
				want[i] = x[i] - want[i]
			}
		}
		if d := nettest.Apart(testkit.Values(p.Denoiser.Denoise(s, u, sigma)), want); !(d <= 2e-5) {
			t.Errorf("%s: as a prior %g off, want 2e-5", name, d)
		}
		s.Close()
	}
}

func openVariant(t *testing.T, name string) *checkpoints.File {
	t.Helper()
	path := filepath.Join("testdata/published", name)
	f, err := checkpoints.Open(path + ".pt")
	if err != nil {
		f, err = checkpoints.Open(path + ".safetensors")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// What tensors do not tell is read from a config: dilations, and which code the network is of.
func TestDenoiserConfig(t *testing.T) {
	f := openVariant(t, "kair_ircnn")
	as := func(config string) []float64 {
		net, err := families.Load(f, families.Source{Config: config})
		if err != nil {
			t.Fatal(err)
		}
		s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
		defer s.Close()
		return testkit.Values(net.Forward(s, s.Const64(autodiff.S(1, 1, 8, 8), nettest.Normals(64)), []float64{1}, families.Labels{}))
	}
	found, same, other, noise := as(""), as(`{"dilations":[1,2,3,4,3,2,1]}`), as(`{"dilations":[1,1,1,1,1,1,1]}`), as(`{"noise":true}`)
	if nettest.Apart(same, found) != 0 || nettest.Apart(other, found) < 1e-2 {
		t.Errorf("with the same dilations %g off, with others %g", nettest.Apart(same, found), nettest.Apart(other, found))
	}
	for i, x := range nettest.Normals(64) {
		noise[i] = x - noise[i]
	}
	if d := nettest.Apart(noise, found); d > 1e-6 {
		t.Errorf("the noise is %g off", d)
	}
	if family, _, err := families.Recognise(f, ""); family != denoisers.Name || err != nil {
		t.Errorf("family %q, %v", family, err)
	}
}

// Of several denoisers in a file, as the 25 of IRCNN for as many noise levels, a prefix names one.
func TestOneOfSeveral(t *testing.T) {
	f, both := openVariant(t, "kair_ircnn"), &checkpoints.File{}
	for _, x := range f.Tensors() {
		for _, at := range []string{"0.", "12."} {
			if err := both.Add(families.Renamed(x, at+x.Name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := families.Load(both, families.Source{}); err == nil || !strings.Contains(err.Error(), "2 networks of family denoisers, at the prefixes \"0.\", \"12.\"") {
		t.Errorf("%v", err)
	}
	net, err := families.Load(both, families.Source{Prefix: "12."})
	if err != nil {
		t.Fatal(err)
	}
	if c := net.Network().(*denoisers.CNN).Config(); len(c.Dilations) != 7 {
		t.Errorf("%+v", c)
	}
}
