package flows_test

import (
	"errors"
	"math"
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

// pair returns value and log-determinant, or sample and log q, of f at v in float64.
func pair(in autodiff.Shape, v []float64, f func(*scope, vr) (vr, vr)) (y, ld []float64) {
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	a, b := f(s, s.Const64(in, v))
	y, ld = make([]float64, a.Size()), make([]float64, b.Size())
	a.CopyTo64(y)
	b.CopyTo64(ld)
	return y, ld
}

// x -> z -> x returns to 1e-9, the log-determinants are opposite and agree with a Jacobian of central differences at
// D = 6 to 1e-6, for both normalisation modes. The harness holds them to more.
func TestInvertibility(t *testing.T) {
	for _, batchNorm := range []bool{false, true} {
		flowstest.Bijector(t, must(flows.NewRealNVP(root(), flows.RealNVPConfig{Dim: 6, Flows: 4, SeqFrac: 0.25, BatchNorm: batchNorm})))
	}
}

// A new flow is the permutation that numpy's legacy generator gives, exactly, with log-determinant 0, and stays the
// identity after as many inverse permutations.
func TestStartsAsPermutation(t *testing.T) {
	for _, batchNorm := range []bool{false, true} {
		for _, tc := range []struct {
			flows int
			want  []int // z[j] = x[want[j]]
		}{
			{1, []int{6, 2, 1, 7, 3, 0, 5, 4}}, // k = 0
			{2, []int{4, 1, 2, 5, 6, 3, 7, 0}}, // then k = 1: [7 2 1 6 0 4 3 5]
		} {
			f, err := flows.NewRealNVP(root(), flows.RealNVPConfig{Dim: 8, Flows: tc.flows, SeqFrac: 0.5, BatchNorm: batchNorm})
			if err != nil {
				t.Fatal(err)
			}
			x := testkit.Normals(16, "x")
			use := layers.RunningStatistics
			if batchNorm {
				use = layers.BatchStatistics
			}
			z, ld := pair(sh(2, 8), x, f.With(use).Forward)
			want := make([]float64, 16)
			for b := range 2 {
				for j, k := range tc.want {
					want[8*b+j] = x[8*b+k]
				}
			}
			testkit.Near(t, "permutation", z, want, 0)
			testkit.Near(t, "log-determinant", ld, []float64{0, 0}, 0)
			back, ld := pair(sh(2, 8), z, f.With(use).Inverse)
			testkit.Near(t, "back", back, x, 0)
			testkit.Near(t, "log-determinant", ld, []float64{0, 0}, 0)
		}
	}
}

// The log-determinants of the heads agree with central differences of x(u), one derivative per value.
func TestHeadsAgainstDifferences(t *testing.T) {
	const d, h = 5, 1e-5
	for name, b := range map[string]flows.Bijector{
		"softplus": must(flows.NewPositive(root(), d, 1)),
		"sigmoid":  must(flows.NewBox(root(), d, -1, 1)),
	} {
		u := testkit.Normals(d, "u")
		for i := range u {
			u[i] *= 2
		}
		_, ld := pair(sh(1, d), u, b.Inverse)
		want := 0.0
		for i := range u {
			shifted := func(e float64) float64 {
				v := append([]float64{}, u...)
				v[i] += e
				x, _ := pair(sh(1, d), v, b.Inverse)
				return x[i]
			}
			want += math.Log((8*(shifted(h)-shifted(-h)) - (shifted(2*h) - shifted(-2*h))) / (12 * h))
		}
		testkit.Near(t, name, ld, []float64{want}, 1e-7)
	}
}

// Far out the heads do not overflow, and have an inverse where float64 has one.
func TestHeadsFarOut(t *testing.T) {
	p := must(flows.NewPositive(root(), 4, 1))
	p.Params()[0].Data()[0] = 0
	p.Params()[0].Touch()
	x, ld := pair(sh(1, 4), []float64{-700, -40, 40, 700}, p.Inverse)
	testkit.Near(t, "softplus", x[2:], []float64{40, 700}, 1e-9)
	testkit.Near(t, "log-determinant", ld, []float64{-740}, 1e-9)
	u, _ := pair(sh(1, 4), x, p.Forward)
	testkit.Near(t, "back", u, []float64{-700, -40, 40, 700}, 1e-9)
	_, ld = pair(sh(1, 2), []float64{-300, 300}, must(flows.NewBox(root(), 2, 0, 1)).Inverse)
	testkit.Near(t, "sigmoid", ld, []float64{-600}, 1e-9)
}

// Sizes and names of the published configurations.
func TestParameterCountAndNames(t *testing.T) {
	for _, c := range []struct {
		dim, flows int
		seqfrac    float64
		want       int // (D/2)H + H^2 + HD + 6H + 2D per coupling, and 2 per actnorm
	}{{2, 8, 1. / 128, 281_000}, {256, 32, 4, 897_000}} {
		f, err := flows.NewRealNVP(root(), flows.RealNVPConfig{Dim: c.dim, Flows: c.flows, SeqFrac: c.seqfrac, BatchNorm: true})
		if err != nil {
			t.Fatal(err)
		}
		if n := layers.Count(f.Params()); math.Abs(float64(n-c.want)) > 1000 {
			t.Errorf("D = %d, %d flows: %d parameters, want about %d", c.dim, c.flows, n, c.want)
		}
	}
	f := must(flows.NewRealNVP(root(), flows.RealNVPConfig{Dim: 8, Flows: 2, SeqFrac: 1, BatchNorm: true}))
	names := map[string]autodiff.Shape{}
	for _, p := range f.Params() {
		names[p.Name()] = p.Shape()
	}
	for name, want := range map[string]autodiff.Shape{
		"blocks.0.actnorm.loc": sh(1), "blocks.1.actnorm2.log_scale_inv": sh(1), "blocks.1.coupling.net.0.weight": sh(4, 4),
		"blocks.0.coupling2.net.2.running_var": sh(4), "blocks.0.coupling.net.3.bias": sh(4), "blocks.0.coupling.net.5.weight": sh(4),
		"blocks.0.coupling.net.6.scale": sh(8), "blocks.0.coupling.net.6.fc.weight": sh(8, 4),
	} {
		if got, ok := names[name]; !ok || got != want {
			t.Errorf("%s: shape %v, want %v", name, got, want)
		}
	}
	plain := must(flows.NewRealNVP(root(), flows.RealNVPConfig{Dim: 2, Flows: 1, SeqFrac: 1. / 16}))
	if p := plain.Params()[8]; p.Name() != "blocks.0.coupling.net.4.scale" {
		t.Errorf("without norms the scale is called %q", p.Name())
	}
}

// With batch statistics the flow is still undone within a batch, but its log-determinant is not the Jacobian's: the
// harness must say so, and Exact must too.
func TestBatchStatisticsAreNotExact(t *testing.T) {
	f := must(flows.NewRealNVP(root(), flows.RealNVPConfig{Dim: 4, Flows: 2, SeqFrac: 0.5, BatchNorm: true}))
	if !f.Exact() || f.With(layers.BatchStatistics).Exact() || f.With(layers.UpdateStatistics).Exact() {
		t.Error("Exact does not tell the statistics apart")
	}
	var r testkit.Recorder
	b := f.With(layers.BatchStatistics)
	flowstest.Bijector(&r, b)
	all := strings.Join(r, "\n")
	if !strings.Contains(all, "that of the Jacobian") || !strings.Contains(all, "of its batch") || strings.Contains(all, "Forward(Inverse(z))") || strings.Contains(all, "cancel") {
		t.Errorf("the harness says %q of batch statistics", all)
	}
	chain := must(flows.NewChain(root(), must(flows.NewBox(root().At("box"), 4, 0, 1)), b))
	if flows.NewFlow(root(), chain).Exact() || must(flows.NewTransformed(root(), flows.NewFlow(root(), b), must(flows.NewBox(root(), 4, 0, 1)))).Exact() {
		t.Error("a family over batch statistics claims to be exact")
	}
	stats := f.Params()[6] // blocks.0.coupling.net.2.weight and after it bias, running_mean
	for _, p := range f.Params() {
		if strings.HasSuffix(p.Name(), "running_mean") {
			stats = p
			break
		}
	}
	before := stats.Version()
	pair(sh(3, 4), testkit.Normals(12, "z"), b.Inverse)
	if stats.Version() != before {
		t.Error("BatchStatistics wrote running statistics")
	}
	pair(sh(3, 4), testkit.Normals(12, "z"), f.With(layers.UpdateStatistics).Inverse)
	if stats.Version() == before {
		t.Error("UpdateStatistics did not write running statistics")
	}
}

func TestConstructionErrors(t *testing.T) {
	p := root().At("q")
	nvp := func(c flows.RealNVPConfig) error { _, err := flows.NewRealNVP(p, c); return err }
	for want, err := range map[string]error{
		"dim 1, flows 2":                  nvp(flows.RealNVPConfig{Dim: 1, Flows: 2, SeqFrac: 1}),
		"leaves no hidden units":          nvp(flows.RealNVPConfig{Dim: 6, Flows: 2, SeqFrac: 4}),
		"unknown permute":                 nvp(flows.RealNVPConfig{Dim: 6, Flows: 2, SeqFrac: 1, Permute: "sort"}),
		"want 1 <= rank <= dim":           second(flows.NewLowRank(p, flows.LowRankConfig{Dim: 2, Rank: 3, Std: 1, Factor: 1})),
		"factor 0":                        second(flows.NewLowRank(p, flows.LowRankConfig{Dim: 2, Rank: 1, Std: 1})),
		"diagonal Gaussian: dim 2, std 0": second(flows.NewDiagonal(p, flows.GaussianConfig{Dim: 2})),
		"full Gaussian":                   second(flows.NewFull(p, flows.GaussianConfig{Dim: 0, Std: 1})),
		"bounded interval":                second(flows.NewBox(p, 2, 1, 1)),
		"scale -1":                        second(flows.NewPositive(p, 2, -1)),
		"at least one":                    second(flows.NewChain(p)),
		"want equal dimensions":           second(flows.NewChain(p, must(flows.NewBox(p, 2, 0, 1)), must(flows.NewBox(p, 3, 0, 1)))),
		"the family has 2 values":         second(flows.NewTransformed(p, must(flows.NewDiagonal(p, flows.GaussianConfig{Dim: 2, Std: 1})), must(flows.NewBox(p, 3, 0, 1)))),
		"actnorm: dim 0":                  second(flows.NewActNorm(p, 0)),
	} {
		var e *layers.Error
		if !errors.As(err, &e) || e.Module != "q" || !strings.Contains(strings.ReplaceAll(err.Error(), " and std", ", std"), want) {
			t.Errorf("error %v: want a *layers.Error at q that says %q", err, want)
		}
	}
	var err error
	func() {
		defer autodiff.Catch(&err)
		f := must(flows.NewRealNVP(p, flows.RealNVPConfig{Dim: 6, Flows: 1, SeqFrac: 1}))
		pair(sh(2, 5), testkit.Normals(10, "x"), f.Forward)
	}()
	if err == nil || !strings.Contains(err.Error(), "[B,6]") || !strings.Contains(err.Error(), "q") {
		t.Errorf("a batch that does not fit: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestRandomizeReachesEverything(t *testing.T) {
	f := must(flows.NewRealNVP(root(), flows.RealNVPConfig{Dim: 5, Flows: 2, SeqFrac: 0.5, BatchNorm: true}))
	layerstest.Randomize(f.Params(), rng.New(9), 0.3)
	s := autodiff.NewArena().Scope(autodiff.Record, autodiff.F64)
	defer s.Close()
	x, ld := f.Inverse(s, s.Const64(sh(3, 5), testkit.Normals(15, "z")))
	var theta []vr
	var names []string
	for _, p := range f.Params() {
		if p.Trainable() {
			theta, names = append(theta, s.Param(p)), append(names, p.Name())
		}
	}
	g := make([]vr, len(theta))
	s.Grad(s.Add(s.SumAll(s.Square(x)), s.SumAll(s.Square(ld))), theta, g)
	for i := range g {
		if s.Dot(g[i], g[i]).Scalar() == 0 {
			t.Errorf("no gradient reaches %s", names[i])
		}
	}
}
