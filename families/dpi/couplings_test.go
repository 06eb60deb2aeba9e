package dpi_test

import (
	"path/filepath"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families/dpi"
	"tweedie/internal/testkit"
)

// coupled opens a flow of nflows or normflows, whose tensors and config tell what it is.
func coupled(t *testing.T, name, config string) (*dpi.Flow, error) {
	t.Helper()
	f, err := checkpoints.Open("testdata/" + name + ".pt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	family, prefix, err := dpi.RecogniseFlow(f, "")
	if err != nil || !strings.HasPrefix(name, family) {
		t.Fatalf("%s is recognised as %q (%v)", name, family, err)
	}
	c, err := dpi.ConfigFlow(f, family, prefix, []byte(config))
	if err != nil {
		return nil, err
	}
	return dpi.LoadFlow(f, family, prefix, c, dpi.FlowOptions{})
}

// Flows of nflows and normflows make the samples of their authors' code, with its log-determinants, and take them back.
func TestCouplingsGolden(t *testing.T) {
	goldens, err := filepath.Glob("testdata/*.golden.safetensors")
	if err != nil || len(goldens) < 9 {
		t.Fatalf("%d goldens, %v", len(goldens), err)
	}
	for _, path := range goldens {
		name := strings.TrimSuffix(filepath.Base(path), ".golden.safetensors")
		net, err := coupled(t, name, map[string]string{"normflows_sigmoid": `{"scale":"inverse-sigmoid"}`, "nflows_splines": `{"bound":2.5}`}[name])
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		g, err := checkpoints.Open(path)
		if err != nil {
			t.Fatal(err)
		}
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
		z := array("z")
		s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
		in := s.Const64(autodiff.S(6, len(z)/6), z)
		x, logdet := net.Net.Inverse(s, in)
		close32(t, name+" x", testkit.Values(x), array("x"))
		close32(t, name+" logdet", testkit.Values(logdet), array("logdet"))
		back, _ := net.Net.Forward(s, x)
		close32(t, name+" z", testkit.Values(back), z)
		s.Close()
		g.Close()
	}
}

// What a config does not know, and what no scale is, is said.
func TestCouplingsErrors(t *testing.T) {
	for config, want := range map[string]string{`{"scale":"x"}`: `scale is "x"`, `{"depth":1}`: "depth is unknown", `{"act":"x"}`: "unknown activation"} {
		if _, err := coupled(t, "normflows_swap", config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", config, err, want)
		}
	}
}
