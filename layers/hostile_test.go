package layers_test

import (
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"tweedie/internal/config/configtest"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/rng"
)

func TestHostileNumbers(t *testing.T) {
	configtest.Hostile(t, layers.LinearConfig{In: 2, Out: 3}, layerstest.Refusal(layers.NewLinear))
	configtest.Hostile(t, layers.ConvConfig{In: 2, Out: 4, Kernel: []int{3, 3}, Stride: []int{1, 2}, Dilation: []int{1, 1}, PadLo: []int{1, 1}, PadHi: []int{1, 1}, Groups: 2}, layerstest.Refusal(layers.NewConv))
	configtest.Hostile(t, layers.PointwiseConfig{In: 2, Out: 3, Layout: layers.OutIn}, layerstest.Refusal(layers.NewPointwise))
	configtest.Hostile(t, layers.FIRConfig{Taps: []float64{1, 3, 3, 1}, Dims: 2, Mode: "filter", PadLo: 1, PadHi: 1}, layerstest.Refusal(layers.NewFIR))
	configtest.Hostile(t, layers.FIRConvConfig{In: 2, Out: 3, Taps: []float64{1, 3, 3, 1}, Dims: 2, Mode: "down"}, layerstest.Refusal(layers.NewFIRConv))
	configtest.Hostile(t, layers.GroupNormConfig{Channels: 4, Groups: 2, Eps: 1e-5}, layerstest.Refusal(layers.NewGroupNorm))
	configtest.Hostile(t, layers.LayerNormConfig{Size: 4, Eps: 1e-5}, layerstest.Refusal(layers.NewLayerNorm))
	configtest.Hostile(t, layers.BatchNormConfig{Features: 4, Eps: 1e-5, Momentum: .1}, layerstest.Refusal(layers.NewBatchNorm))
	configtest.Hostile(t, layers.SinusoidConfig{Dim: 8, MaxPeriod: 100, Shift: 1, Scale: 1}, layerstest.Refusal(layers.NewSinusoid))
	configtest.Hostile(t, layers.FourierConfig{Dim: 8, Std: 1}, layerstest.Refusal(layers.NewFourier))
	configtest.Hostile(t, layers.MLPConfig{Sizes: []int{2, 3, 2}, Act: "silu"}, layerstest.Refusal(layers.NewMLP))
	configtest.Hostile(t, layers.LabelConfig{Kind: "fourier", Std: 1, Dim: 8, Width: 4}, layerstest.Refusal(layers.NewLabel))
	configtest.Hostile(t, layers.SelfAttentionConfig{Channels: 4, Heads: 2, Packing: layers.HeadQKV, Groups: 2, Eps: 1e-5, Dims: 2}, layerstest.Refusal(layers.NewSelfAttention))
	configtest.Hostile(t, layers.UpConvConfig{In: 2, Out: 3, Dims: 2}, layerstest.Refusal(layers.NewUpConv))
	configtest.Hostile(t, layers.DownConvConfig{In: 2, Out: 3, Dims: 2}, layerstest.Refusal(layers.NewDownConv))
	configtest.Hostile(t, layers.ResBlockConfig{In: 4, Out: 8, Emb: 4, Dims: 2}, layerstest.Refusal(layers.NewResBlock))
	configtest.Hostile(t, layers.DefaultConvScore(1), layerstest.Refusal(layers.NewConvScore))
	configtest.Hostile(t, layers.Init{Dist: "normal", Scale: 1}, func(i layers.Init) error {
		return layerstest.Refusal(layers.NewLinear)(layers.LinearConfig{In: 1, Out: 1, Init: i})
	})
}

func TestParametersThatFitNoMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	root := layers.Root(rng.New(0))
	for _, c := range []struct {
		err  error
		want string
	}{
		{root.Fits("linear", math.MaxInt, 2), "linear: a parameter of extents [9223372036854775807 2]: want each in 1..268435456"},
		{root.Fits("linear", 1<<20, 1<<20), "linear: a parameter of extents [1048576 1048576] takes 4.1e+03 GiB: want at most 8"},
		{root.Fits("linear", 0, 2), "want each in 1.."},
		{func() error {
			_, err := layers.NewLinear(root, layers.LinearConfig{In: 1 << 20, Out: 1 << 20})
			return err
		}(), "takes 4.1e+03 GiB"},
	} {
		var e *layers.Error
		if !errors.As(c.err, &e) || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%v does not say %q", c.err, c.want)
		}
	}
	net, err := layers.NewMLP(root.Blank(), layers.MLPConfig{Sizes: slices.Repeat([]int{1 << 15}, 9), Act: "silu"})
	if err != nil {
		t.Fatal(err)
	}
	if err := layers.CheckSize("mlp", net.Params()); err == nil || !strings.Contains(err.Error(), "asks for 8.59e+09 parameters, 32 GiB") {
		t.Error(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 8<<20 {
		t.Errorf("refusing took %d bytes", n)
	}
}
