package flows_test

import (
	"math"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/autodiff/gradtest"
	"tweedie/flows"
	"tweedie/flows/flowstest"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/rng"
)

type (
	scope = autodiff.Scope
	vr    = autodiff.Var
)

var sh = autodiff.S

func root() layers.Path { return layers.Root(rng.New(1)) }

// must returns v with random parameters.
func must[T layers.Module](v T, err error) T {
	if err != nil {
		panic(err)
	}
	layerstest.Randomize(v.Params(), rng.New(2), 0.3)
	for _, p := range v.Params() { // running statistics far from 0 and 1
		if strings.Contains(p.Name(), ".running_") {
			for i := range p.Data() {
				p.Data()[i] += 0.25 * float32(i%3)
			}
			p.Touch()
		}
	}
	return v
}

type bijectorRow struct {
	name string
	make func(p layers.Path) flows.Bijector
}

func realNVP(c flows.RealNVPConfig) func(p layers.Path) flows.Bijector {
	return func(p layers.Path) flows.Bijector { return must(flows.NewRealNVP(p, c)) }
}

// glow makes Glows with scales of either sign, first convolutions whose matrices are far from singular, and priors
// with deviations around 1, because the deviations of one block scale the values of the next.
func glow(c flows.GlowConfig) func(p layers.Path) flows.Bijector {
	return func(p layers.Path) flows.Bijector {
		fresh, err := flows.NewGlow(p, c)
		g := must(flows.NewGlow(p, c))
		if err != nil {
			panic(err)
		}
		for i, p := range g.Params() {
			for j, d := 0, p.Data(); j < len(d); j++ {
				switch {
				case strings.HasSuffix(p.Name(), "scale_inv"):
					d[j] = float32(math.Copysign(1, float64(d[j])) + math.Round(1024*float64(d[j]))/4096)
				case strings.Contains(p.Name(), ".conv."):
					d[j] = float32(math.Round(256*float64(d[j])) / 4096)
				case strings.HasSuffix(p.Name(), "invconv.weight"):
					d[j] = float32(math.Round(4096*float64(fresh.Params()[i].Data()[j]))) / 4096
				}
			}
			p.Touch()
		}
		return g
	}
}

// masked makes a coupling of five values, three of which are moved.
func masked(scale string, toData, interleaved bool) func(p layers.Path) flows.Bijector {
	return func(p layers.Path) flows.Bijector {
		out := 6
		if scale == "none" {
			out = 3
		}
		net := must(layers.NewMLP(p.At("net"), layers.MLPConfig{Sizes: []int{2, 4, out}, Act: "tanh"}))
		return must(flows.NewMasked(p, flows.MaskedConfig{Dim: 5, Move: []int{3, 0, 4}, Scale: scale, ToData: toData, Interleaved: interleaved}, net))
	}
}

func bijectors() []bijectorRow {
	return []bijectorRow{
		{"Masked exp, to data, interleaved", masked("exp", true, true)},
		{"Masked sigmoid", masked("sigmoid", true, true)},
		{"Masked inverse-sigmoid", masked("inverse-sigmoid", true, false)},
		{"Masked nflows", masked("nflows", false, false)},
		{"Masked spline", func(p layers.Path) flows.Bijector {
			net := must(layers.NewMLP(p.At("net"), layers.MLPConfig{Sizes: []int{2, 4, 24}, Act: "tanh"}))
			return must(flows.NewMasked(p, flows.MaskedConfig{Dim: 5, Move: []int{3, 0, 4}, Scale: "spline", Spline: &flows.SplineConfig{Bins: 3, Bound: 1.5}}, net))
		}},
		{"Masked none", masked("none", false, false)},
		{"Pointwise", func(p layers.Path) flows.Bijector {
			return must(flows.NewPointwise(p, flows.PointwiseConfig{Dim: 4, At: []int{3, 1}, Spline: flows.SplineConfig{Bins: 3, Bound: 2.5}}))
		}},
		{"Triangles", func(p layers.Path) flows.Bijector { return must(flows.NewTriangles(p, 4)) }},
		{"Ordering", func(p layers.Path) flows.Bijector { return must(flows.NewOrdering(p, []int{2, 0, 3, 1})) }},
		{"Standard", func(p layers.Path) flows.Bijector { return must(flows.NewStandard(p, 4)) }},
		{"RealNVP", realNVP(flows.RealNVPConfig{Dim: 6, Flows: 3, SeqFrac: 0.5})},
		{"RealNVP running statistics", realNVP(flows.RealNVPConfig{Dim: 6, Flows: 2, SeqFrac: 0.5, BatchNorm: true})},
		{"RealNVP odd dimension, reversed", realNVP(flows.RealNVPConfig{Dim: 7, Flows: 2, SeqFrac: 0.5, Permute: "reverse"})},
		{"RealNVP additive", realNVP(flows.RealNVPConfig{Dim: 5, Flows: 2, SeqFrac: 0.5, Additive: true, Permute: "none"})},
		{"Glow", glow(flows.GlowConfig{Channels: 1, Height: 4, Width: 4, Flows: 2, Blocks: 2, Hidden: 3})},
		{"Glow matrices, not square", glow(flows.GlowConfig{Channels: 2, Height: 2, Width: 4, Flows: 1, Blocks: 1, Hidden: 3, Plain: true})},
		{"Glow additive, matrices", glow(flows.GlowConfig{Channels: 1, Height: 4, Width: 4, Flows: 1, Blocks: 2, Hidden: 2, Additive: true, Plain: true})},
		{"ActNorm", func(p layers.Path) flows.Bijector { return must(flows.NewActNorm(p, 4)) }},
		{"Affine", func(p layers.Path) flows.Bijector {
			return must(flows.NewAffine(p, flows.GaussianConfig{Dim: 4, Mean: .5, Std: .7}))
		}},
		{"Positive", func(p layers.Path) flows.Bijector { return must(flows.NewPositive(p, 4, 2.5)) }},
		{"Box", func(p layers.Path) flows.Bijector { return must(flows.NewBox(p, 4, -1, 3)) }},
		{"Chain", func(p layers.Path) flows.Bijector {
			f := realNVP(flows.RealNVPConfig{Dim: 4, Flows: 1, SeqFrac: 0.5})(p.At("flow"))
			return must(flows.NewChain(p, must(flows.NewBox(p.At("box"), 4, 0, 1)), must(flows.NewActNorm(p.At("norm"), 4)), f))
		}},
	}
}

type familyRow struct {
	name string
	make func(p layers.Path) flows.Family
}

func families() []familyRow {
	gauss := flows.GaussianConfig{Dim: 4, Mean: 0.5, Std: 0.1}
	return []familyRow{
		{"Diagonal", func(p layers.Path) flows.Family {
			g := must(flows.NewDiagonal(p, gauss))
			for i, std := range []float32{0.5, -0.25, 1, 0.75} { // of either sign, and not close to 0
				g.Params()[1].Data()[i] = std
			}
			g.Params()[1].Touch()
			return g
		}},
		{"Full", func(p layers.Path) flows.Family { return must(flows.NewFull(p, gauss)) }},
		{"LowRank", func(p layers.Path) flows.Family {
			return must(flows.NewLowRank(p, flows.LowRankConfig{Dim: 4, Rank: 2, Std: 1, Factor: 1}))
		}},
		{"Flow", func(p layers.Path) flows.Family {
			return flows.NewFlow(p, realNVP(flows.RealNVPConfig{Dim: 4, Flows: 2, SeqFrac: 0.5})(p.At("nvp")))
		}},
		{"Mixture", func(p layers.Path) flows.Family {
			wide := flows.GaussianConfig{Dim: 4, Mean: -.5, Std: .8}
			return must(flows.NewMixture(p, must(flows.NewFull(p.At("0"), wide)),
				must(flows.NewLowRank(p.At("1"), flows.LowRankConfig{Dim: 4, Rank: 2, Std: 1, Factor: 1})), must(flows.NewFull(p.At("2"), wide))))
		}},
		{"Transformed", func(p layers.Path) flows.Family {
			return must(flows.NewTransformed(p, must(flows.NewFull(p.At("gauss"), gauss)), must(flows.NewPositive(p.At("head"), 4, 1))))
		}},
	}
}

// offKinks is a seed for which no difference steps over a kink of a LeakyReLU, in any row.
const offKinks = 4

// conform returns the row of derivatives of a map to [B,D] and [B].
func conform(name string, m layers.Module, in int, shift float64, f func(*scope, vr) (vr, vr)) layerstest.Row {
	return layerstest.Row{Name: name, In: []autodiff.Shape{sh(3, in)}, Keep: true, Gap: 0.05, Seed: offKinks,
		Make: func(layers.Path) (layers.Module, layerstest.Function, error) {
			return m, func(s *scope, x []vr, _ int) vr {
				c := s.Child()
				y, ld := f(c, c.AddScalar(x[0], shift))
				if !y.IsZero() {
					ld = c.Concat(1, y, c.Reshape(ld, sh(ld.Size(), 1)))
				}
				c.Close(ld)
				return ld
			}, nil
		}}
}

func TestBijectors(t *testing.T) {
	for _, r := range bijectors() {
		t.Run(r.name, func(t *testing.T) {
			b := r.make(root().At("net"))
			flowstest.Bijector(t, b)
			layerstest.Check(t, conform(r.name+" inverse", b, b.Dim(), 0, b.Inverse))
			b = r.make(root().At("net"))
			shift := 0.0
			switch r.name {
			case "Box", "Positive", "Chain":
				shift = 1.1 // into the data's domain
				if r.name == "Chain" {
					return // its data lie in (0,1); its links have their own rows
				}
			}
			layerstest.Check(t, conform(r.name+" forward", b, b.Dim(), shift, b.Forward))
		})
	}
}

func TestFamilies(t *testing.T) {
	for _, r := range families() {
		t.Run(r.name, func(t *testing.T) {
			f := r.make(root().At("net"))
			flowstest.Family(t, f)
			layerstest.Check(t, conform(r.name+" sample", f, f.NoiseDim(), 0, f.Sample))
			layerstest.Check(t, conform(r.name+" density", f, f.Dim(), 1.5, func(s *scope, x vr) (vr, vr) { return vr{}, f.LogProb(s, x) }))
		})
	}
}

// Every exported bijector and every exported family must have a row.
func TestEveryFlowHasARow(t *testing.T) {
	var names []string
	for _, r := range bijectors() {
		names = append(names, r.name)
	}
	for methods, rows := range map[[2]string][]string{{"Forward", "Inverse"}: names, {"Sample", "LogProb"}: familyNames()} {
		missing, err := layerstest.Missing(".", rows, methods[:]...)
		if err != nil || len(missing) > 0 {
			t.Errorf("no row for %v (%v)", missing, err)
		}
		missing, err = layerstest.Missing(".", rows[:len(rows)-1], methods[:]...)
		if err != nil || len(missing) != 1 {
			t.Errorf("without its last row the walk misses %v (%v)", missing, err)
		}
	}
}

func familyNames() (names []string) {
	for _, r := range families() {
		names = append(names, r.name)
	}
	return names
}

func TestCholeskyDerivatives(t *testing.T) {
	var seen []map[string]bool
	for _, in := range []autodiff.Shape{sh(3, 3), sh(2, 4, 4)} {
		seen = append(seen, gradtest.Check(t, gradtest.Case{Name: "cholesky", In: []autodiff.Shape{in},
			F: func(s *scope, x []vr) vr {
				n := in.Dim(-1)
				eye := s.Triu(s.Tril(s.Full(sh(n, n), 3)))
				return flows.Cholesky(s, s.Add(s.MatMul(x[0], x[0], false, true), eye))
			}}))
		gradtest.Check(t, gradtest.Case{Name: "cholesky of a matrix that is not symmetric", In: []autodiff.Shape{in},
			F: func(s *scope, x []vr) vr {
				n := in.Dim(-1)
				eye := s.Triu(s.Tril(s.Full(sh(n, n), 5)))
				return flows.Cholesky(s, s.Add(x[0], eye))
			}})
	}
	if !seen[0]["cholesky"] {
		t.Errorf("the rows reach %v", seen[0])
	}
}
