package denoisers_test

import (
	"math"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/difftest"
	"tweedie/diffusion/exact"
	"tweedie/families/denoisers"
	"tweedie/internal/testkit"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/rng"
)

type (
	scope = autodiff.Scope
	vr    = autodiff.Var
)

var sh = autodiff.S

var testLevels = []float64{.2, .7}

// network is a row of a network with testLevels.
func network[N interface {
	layers.Module
	Forward(*scope, vr, []float64) vr
}, C any](name string, build func(layers.Path, C) (N, error), c C, in autodiff.Shape, seed uint64) layerstest.Row {
	return layerstest.Row{Name: name, In: []autodiff.Shape{in}, Std: .3, Seed: seed,
		Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
			n, err := build(p, c)
			return n, func(s *scope, x []vr, first int) vr {
				return n.Forward(s, x[0], testLevels[first:first+x[0].Dim(0)])
			}, err
		}}
}

func smallTDV() denoisers.TDVConfig {
	return denoisers.TDVConfig{Channels: 1, Features: 2, Scales: 2, Blocks: 2, Steps: 2}
}

func smallTime() denoisers.TimeCNNConfig {
	return denoisers.TimeCNNConfig{Channels: 1, Height: 3, Width: 4, Hidden: []int{2, 3}, Kernel: 3, Features: 4, Embed: 5, Steps: 10}
}

func rows() []layerstest.Row {
	cnn := func(name string, c denoisers.CNNConfig, in autodiff.Shape, seed uint64) layerstest.Row {
		return network("CNN "+name, denoisers.NewCNN, c, in, seed)
	}
	conditioned := func(p layers.Path) (layers.Module, layerstest.Function, error) {
		n, err := denoisers.NewCNN(p, denoisers.CNNConfig{Channels: 3, Given: 1, Width: 3, Kernels: []int{3, 1, 3}, LinearFirst: true})
		return n, func(s *scope, x []vr, first int) vr {
			return denoisers.Conditioned{Net: n, Low: []float64{.1, .5, -.3, .8}}.Forward(s, x[0], testLevels[first:first+x[0].Dim(0)])
		}, err
	}
	tdv := func(name string, in autodiff.Shape, f func(n *denoisers.TDV, s *scope, x vr) vr) layerstest.Row {
		return layerstest.Row{Name: name, In: []autodiff.Shape{in}, Std: .3, Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
			n, err := denoisers.NewTDV(p, smallTDV())
			return n, func(s *scope, x []vr, _ int) vr { return f(n, s, x[0]) }, err
		}}
	}
	return []layerstest.Row{
		cnn("bias-free", denoisers.CNNConfig{Channels: 1, Width: 3, Kernels: []int{3, 1, 3}, LinearFirst: true}, sh(2, 1, 4, 5), 1),
		cnn("affine", denoisers.CNNConfig{Channels: 2, Width: 3, Kernels: []int{3, 3, 3}, Bias: "all"}, sh(2, 2, 4, 3), 1),
		cnn("noise map, circular", denoisers.CNNConfig{Channels: 1, NoiseMap: true, Width: 3, Kernels: []int{3, 3, 3}, Bias: "hidden", Padding: "circular"}, sh(2, 1, 4, 3), 1),
		cnn("dilated", denoisers.CNNConfig{Channels: 1, Width: 3, Kernels: []int{3, 3, 3}, Dilations: []int{1, 2, 1}, Bias: "all"}, sh(2, 1, 4, 5), 1),
		cnn("blocks of pixels, noise level", denoisers.CNNConfig{Channels: 1, NoiseLevel: true, Shuffle: 2, Width: 3, Kernels: []int{3, 3, 3}, Bias: "all"}, sh(2, 1, 5, 4), 1),
		network("UNetRes", denoisers.NewUNetRes, denoisers.UNetResConfig{Channels: 1, NoiseLevel: true, Widths: []int{2, 3}, Blocks: 1}, sh(2, 1, 4, 3), 1),
		{Name: "Conditioned", In: []autodiff.Shape{sh(2, 3, 2, 2)}, Std: .3, Make: conditioned},
		network("UNet", denoisers.NewUNet, denoisers.UNetConfig{Channels: 1, Width: 2}, sh(2, 1, 5, 6), 8),
		network("TimeCNN", denoisers.NewTimeCNN, smallTime(), sh(2, 1, 3, 4), 1),
		network("TDV", denoisers.NewTDV, smallTDV(), sh(2, 1, 5, 6), 1),
		tdv("TDV energy", sh(2, 1, 6, 5), func(n *denoisers.TDV, s *scope, x vr) vr { return n.Energy(s, x) }),
		tdv("TDV gradient", sh(1, 1, 5, 5), func(n *denoisers.TDV, s *scope, x vr) vr { return n.Grad(s, x) }),
	}
}

func TestConformance(t *testing.T) {
	for _, r := range rows() {
		t.Run(strings.ReplaceAll(r.Name, " ", "_"), func(t *testing.T) { layerstest.Check(t, r) })
	}
}

// Every exported type with a Forward method has a row.
func TestEveryNetworkHasARow(t *testing.T) {
	var names []string
	for _, r := range rows() {
		names = append(names, r.Name)
	}
	if missing, err := layerstest.Missing(".", names, "Forward"); err != nil || len(missing) > 0 {
		t.Errorf("no row for %v (%v)", missing, err)
	}
}

// Residual, and X0 at NoiseLevels, turn what a perfect network returns into the exact denoiser and score of a Gaussian.
func TestPreconditionings(t *testing.T) {
	g, err := exact.NewDiagonalGaussian([]float64{.2, -.4, 1}, []float64{1, .5, .2})
	if err != nil {
		t.Fatal(err)
	}
	noise := diffusion.NetworkFunc(func(s *scope, x vr, sigma []float64) vr { return s.Sub(x, g.Denoise(s, x, sigma)) })
	image := diffusion.NetworkFunc(func(s *scope, x vr, sigma []float64) vr { return g.Denoise(s, x, sigma) })
	difftest.Denoiser(t, diffusion.Preconditioned{Net: noise, Prec: diffusion.Residual{}}, 3, g.LogDensity)
	difftest.Denoiser(t, diffusion.Preconditioned{Net: image, Prec: diffusion.X0{Levels: diffusion.NoiseLevels{}}}, 3, g.LogDensity)
}

// A PatchPrior is the denoiser of its density.
func TestPatchPrior(t *testing.T) {
	cov := []float64{.5, .1, .1, .3, .2, 0, 0, .2}
	p, err := denoisers.NewPatchPrior(1, 2, []float64{1, 3}, []float64{.4, -.4, 0, 1}, cov)
	if err != nil {
		t.Fatal(err)
	}
	difftest.Denoiser(t, p, 2, p.LogDensity)
	if w := p.Weights(); math.Abs(w[1]-.75) > 1e-12 {
		t.Errorf("weights %v", w)
	}
	if _, err := denoisers.NewPatchPrior(1, 2, []float64{1, 3}, []float64{.4, math.NaN(), 0, 1}, cov); err == nil {
		t.Error("a mean of NaN was taken")
	}
	for _, bad := range [][]float64{cov[:4], {-1, 0, 0, 1, 1, 0, 0, 1}} {
		if _, err := denoisers.NewPatchPrior(1, 2, []float64{1, 3}, []float64{.4, -.4, 0, 1}, bad); err == nil {
			t.Errorf("covariances %v were taken", bad)
		}
	}
}

// Networks without additive constants are homogeneous, F(a y) = a F(y) for a > 0; one with them is not.
func TestHomogeneous(t *testing.T) {
	cnn := func(bias string) diffusion.Network {
		n, err := denoisers.NewCNN(layers.Root(rng.New(3)), denoisers.CNNConfig{Channels: 1, Width: 4, Kernels: []int{3, 3, 3}, Bias: bias})
		if err != nil {
			t.Fatal(err)
		}
		layerstest.Randomize(n.Params(), rng.New(4), .3)
		return n
	}
	u, err := denoisers.NewUNet(layers.Root(rng.New(3)), denoisers.UNetConfig{Channels: 1, Width: 4})
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, 35)
	rng.New(5).Stream().FillNorm(x)
	for name, row := range map[string]struct {
		net  diffusion.Network
		want bool
	}{"cnn": {cnn(""), true}, "cnn with constants": {cnn("all"), false}, "unet": {u, true}} {
		s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
		v := s.Const64(sh(1, 1, 5, 7), x)
		a := s.Scale(row.net.Forward(s, v, []float64{1}), 3.7)
		b := row.net.Forward(s, s.Scale(v, 3.7), []float64{1})
		gap := s.SumAll(s.Square(s.Sub(a, b))).Scalar() / s.SumAll(s.Square(a)).Scalar()
		if s.Close(); gap < 1e-20 != row.want {
			t.Errorf("%s: |F(a y) - a F(y)|^2 is %.2g of |a F(y)|^2", name, gap)
		}
	}
}

// A warm evaluation allocates nothing; below one leaves room for the runtime's own.
func TestStepsAllocateNothing(t *testing.T) {
	cnn, err := denoisers.NewCNN(layers.Root(rng.New(1)), denoisers.CNNConfig{Channels: 1, NoiseMap: true, Width: 8, Kernels: []int{3, 3, 3}, Padding: "circular"})
	if err != nil {
		t.Fatal(err)
	}
	u, err := denoisers.NewUNet(layers.Root(rng.New(1)), denoisers.UNetConfig{Channels: 1, Width: 8})
	if err != nil {
		t.Fatal(err)
	}
	tdv, err := denoisers.NewTDV(layers.Root(rng.New(1)), smallTDV())
	if err != nil {
		t.Fatal(err)
	}
	digits, err := denoisers.NewTimeCNN(layers.Root(rng.New(1)), denoisers.TimeCNNConfig{Channels: 1, Height: 8, Width: 8, Hidden: []int{4}, Kernel: 3, Features: 4, Embed: 5, Steps: 10})
	if err != nil {
		t.Fatal(err)
	}
	x, shape := make([]float64, 128), sh(2, 1, 8, 8)
	for name, net := range map[string]diffusion.Network{"cnn": cnn, "unet": u, "tdv": tdv, "time cnn": digits} {
		arena := autodiff.NewArena()
		testkit.NoMallocs(t, name, func() {
			s := arena.Scope(autodiff.Eval, autodiff.F32)
			net.Forward(s, s.Const64(shape, x), testLevels).CopyTo64(x)
			s.Close()
			clear(x)
		})
	}
}

// A config that cannot work is an error that names its field; an input that does not fit one that names its shape.
func TestErrors(t *testing.T) {
	p := blank()
	for want, err := range map[string]error{
		"width":    second(denoisers.NewCNN(p, denoisers.CNNConfig{Channels: 1, Kernels: []int{3, 3}})),
		"kernels":  second(denoisers.NewCNN(p, denoisers.CNNConfig{Channels: 1, Width: 2, Kernels: []int{3, 2}})),
		"bias":     second(denoisers.NewCNN(p, denoisers.CNNConfig{Channels: 1, Width: 2, Kernels: []int{3, 3}, Bias: "some"})),
		"padding":  second(denoisers.NewCNN(p, denoisers.CNNConfig{Channels: 1, Width: 2, Kernels: []int{3, 3}, Padding: "mirror"})),
		"channels": second(denoisers.NewUNet(p, denoisers.UNetConfig{Width: 4})),
		"scales":   second(denoisers.NewTDV(p, denoisers.TDVConfig{Channels: 1, Features: 1, Scales: 9, Blocks: 1, Steps: 1})),
		"hidden":   second(denoisers.NewTimeCNN(p, denoisers.TimeCNNConfig{Channels: 1, Height: 1, Width: 1, Kernel: 1, Features: 2, Embed: 1, Steps: 1})),
		"features": second(denoisers.NewTimeCNN(p, denoisers.TimeCNNConfig{Channels: 1, Height: 1, Width: 1, Kernel: 1, Features: 3, Embed: 1, Steps: 1, Hidden: []int{1}})),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %s", err, want)
		}
	}
	cnn, _ := denoisers.NewCNN(p, denoisers.DefaultCNN(1, 3))
	u, _ := denoisers.NewUNet(p, denoisers.DefaultUNet(1))
	tdv, _ := denoisers.NewTDV(p, denoisers.DefaultTDV(1))
	digits, _ := denoisers.NewTimeCNN(p, denoisers.DefaultTimeCNN())
	low := denoisers.Conditioned{Net: cnn, Low: make([]float64, 3)}
	for name, net := range map[string]diffusion.Network{"cnn": cnn, "unet": u, "tdv": tdv, "time cnn": digits, "conditioned": low} {
		for _, shape := range []autodiff.Shape{sh(2, 3, 28, 28), sh(1, 1, 28), sh(3, 1, 28, 28)} {
			_, err := layers.OutShape(func(s *scope, x vr) vr { return net.Forward(s, x, testLevels) }, shape)
			if err == nil || !strings.Contains(err.Error(), shape.String()) {
				t.Errorf("%s at %v: error %v", name, shape, err)
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }
