package flowstest_test

import (
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/flows"
	"tweedie/flows/flowstest"
	"tweedie/internal/testkit"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/rng"
)

// wrong is a right bijector with one fault.
type wrong struct {
	flows.Bijector
	fault string
}

func (w wrong) Forward(s *autodiff.Scope, x autodiff.Var) (z, logdet autodiff.Var) {
	z, ld := w.Bijector.Forward(s, x)
	switch w.fault {
	case "inverse":
		z = s.Add(z, s.Full(z.Shape(), 1e-7))
	case "logdet of forward":
		ld = s.AddScalar(ld, 1e-7)
	case "logdet of both":
		ld = s.AddScalar(ld, 1e-7)
	case "gradient":
		z = s.Add(s.StopGradient(z), s.Scale(s.Sub(z, s.StopGradient(z)), 1.001))
	}
	return z, ld
}

func (w wrong) Inverse(s *autodiff.Scope, z autodiff.Var) (x, logdet autodiff.Var) {
	if w.fault == "batch" {
		z = s.Add(z, s.Scale(s.BroadcastTo(s.Mean(z, 0), z.Shape()), 1e-3))
	}
	x, ld := w.Bijector.Inverse(s, z)
	switch w.fault {
	case "logdet of both":
		ld = s.AddScalar(ld, -1e-7)
	case "shape":
		ld = s.Reshape(ld, autodiff.S(ld.Size(), 1))
	case "panic":
		s.Add(x, s.Zeros(autodiff.S(99)))
	}
	return x, ld
}

func right(t *testing.T) *flows.RealNVP {
	t.Helper()
	f, err := flows.NewRealNVP(layers.Root(rng.New(1)), flows.RealNVPConfig{Dim: 4, Flows: 2, SeqFrac: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	layerstest.Randomize(f.Params(), rng.New(2), 0.3)
	return f
}

func TestBijectorAcceptsAndRejects(t *testing.T) {
	for fault, want := range map[string]string{
		"":                  "",
		"inverse":           "Forward(Inverse(z))",
		"logdet of forward": "do not cancel",
		"logdet of both":    "that of the Jacobian",
		"gradient":          "differences give",
		"batch":             "depends on value",
		"shape":             "want [3,4] and [3]",
		"panic":             "broadcast",
	} {
		var r testkit.Recorder
		flowstest.Bijector(&r, wrong{right(t), fault})
		all := strings.Join(r, "\n")
		if want == "" && all != "" {
			t.Errorf("a right bijector is rejected: %s", all)
		}
		if !strings.Contains(all, want) {
			t.Errorf("fault %q: errors %q do not mention %q", fault, all, want)
		}
	}
}

// shifted is a family whose log q is off by shift, in Sample alone or in LogProb too.
type shifted struct {
	flows.Family
	sample, score float64
}

func (f shifted) Sample(s *autodiff.Scope, z autodiff.Var) (x, logq autodiff.Var) {
	x, logq = f.Family.Sample(s, z)
	return x, s.AddScalar(logq, f.sample)
}

func (f shifted) LogProb(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	return s.AddScalar(f.Family.LogProb(s, x), f.score)
}

func TestFamilyAcceptsAndRejects(t *testing.T) {
	base := flows.NewFlow(layers.Root(rng.New(1)), right(t))
	for _, c := range []struct {
		f    flows.Family
		want string
	}{
		{base, ""},
		{shifted{base, 1e-7, 0}, "LogProb of a sample"},
		{shifted{base, 0, 1e-7}, "LogProb of a sample"},
		{shifted{base, 1e-7, 1e-7}, "change of variables"},
	} {
		var r testkit.Recorder
		flowstest.Family(&r, c.f)
		all := strings.Join(r, "\n")
		if (c.want == "") != (all == "") || !strings.Contains(all, c.want) {
			t.Errorf("errors %q, want mention of %q", all, c.want)
		}
	}
}
