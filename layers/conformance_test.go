package layers_test

import (
	"fmt"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/layers"
	"tweedie/layers/layerstest"
)

type (
	scope = autodiff.Scope
	vr    = autodiff.Var
)

var sh = autodiff.S

// layer returns a row for a Layer that build makes.
func layer[M layers.Layer, C any](name string, build func(layers.Path, C) (M, error), c C, in autodiff.Shape) layerstest.Row {
	return layerstest.Row{Name: name, In: []autodiff.Shape{in},
		Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
			m, err := build(p, c)
			return m, func(s *scope, x []vr, _ int) vr { return m.Forward(s, x[0]) }, err
		}}
}

var testLabels = []float64{-0.7, 0.4, 1.3}

// labelled returns a row for a network with testLabels.
func labelled[M interface {
	layers.Module
	Forward(*scope, vr, []float64) vr
}, C any](name string, build func(layers.Path, C) (M, error), c C, in autodiff.Shape) layerstest.Row {
	return layerstest.Row{Name: name, In: []autodiff.Shape{in}, Std: 0.2,
		Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
			m, err := build(p, c)
			return m, func(s *scope, x []vr, first int) vr {
				return m.Forward(s, x[0], testLabels[first:first+x[0].Dim(0)])
			}, err
		}}
}

// embedding returns a row for an Embedding; the row is linear in an input that multiplies it.
func embedding[M layers.Embedding, C any](name string, build func(layers.Path, C) (M, error), c C, dim int) layerstest.Row {
	return layerstest.Row{Name: name, In: []autodiff.Shape{sh(2, dim)},
		Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
			m, err := build(p, c)
			return m, func(s *scope, x []vr, first int) vr {
				c := s.Child()
				y := c.Mul(x[0], m.Forward(c, []float64{0.3, 41.5}[first:first+x[0].Dim(0)]))
				c.Close(y)
				return y
			}, err
		}}
}

// block returns a row for a ResBlock with its embedding.
func block(name string, c layers.ResBlockConfig, in ...autodiff.Shape) layerstest.Row {
	return layerstest.Row{Name: name, In: in,
		Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
			m, err := layers.NewResBlock(p, c)
			return m, func(s *scope, x []vr, _ int) vr {
				var e vr
				if len(x) > 1 {
					e = x[1]
				}
				return m.Forward(s, x[0], e)
			}, err
		}}
}

func batchNorm(use layers.Statistics, in autodiff.Shape) layerstest.Row {
	c := layers.BatchNormConfig{Features: in.Dim(1), Eps: 1e-2}
	return layerstest.Row{Name: "BatchNorm " + use.String(), In: []autodiff.Shape{in}, Coupled: use != layers.RunningStatistics,
		Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
			m, err := layers.NewBatchNorm(p, c)
			return m, func(s *scope, x []vr, _ int) vr { return m.Forward(s, x[0], use) }, err
		}}
}

func rows() []layerstest.Row {
	return []layerstest.Row{
		layer("Linear", layers.NewLinear, layers.LinearConfig{In: 5, Out: 4}, sh(3, 5)),
		layer("Linear rank 3, no bias", layers.NewLinear, layers.LinearConfig{In: 5, Out: 4, NoBias: true}, sh(2, 3, 5)),
		layer("Conv 1-D", layers.NewConv, layers.ConvConfig{In: 2, Out: 3, Kernel: []int{4}}, sh(2, 2, 6)),
		layer("Conv 2-D strided, grouped, asymmetric", layers.NewConv, layers.ConvConfig{In: 4, Out: 6, Kernel: []int{3, 2}, Stride: []int{2, 1},
			PadLo: []int{0, 1}, PadHi: []int{1, 0}, Dilation: []int{1, 2}, Groups: 2}, sh(2, 4, 5, 6)),
		layer("Conv 3-D", layers.NewConv, layers.ConvConfig{In: 2, Out: 2, Kernel: []int{3, 1, 3}, NoBias: true}, sh(2, 2, 3, 2, 4)),
		layer("GroupNorm", layers.NewGroupNorm, layers.GroupNormConfig{Channels: 6, Groups: 2, Eps: 1e-5}, sh(2, 6, 3, 4)),
		layer("GroupNorm silu", layers.NewGroupNorm, layers.GroupNormConfig{Channels: 6, Groups: 3, Eps: 1e-6, SiLU: true}, sh(2, 6, 5)),
		layer("LayerNorm", layers.NewLayerNorm, layers.LayerNormConfig{Size: 8, Eps: 1e-5}, sh(3, 8)),
		batchNorm(layers.RunningStatistics, sh(3, 4)),
		batchNorm(layers.BatchStatistics, sh(5, 4)),
		batchNorm(layers.UpdateStatistics, sh(3, 2, 3, 2)),
		layer("SelfAttention "+string(layers.HeadQKV), layers.NewSelfAttention, layers.SelfAttentionConfig{Channels: 8, Heads: 2, Packing: layers.HeadQKV, Groups: 2, Eps: 1e-5}, sh(2, 8, 2, 3)),
		layer("SelfAttention "+string(layers.QKVHead), layers.NewSelfAttention, layers.SelfAttentionConfig{Channels: 8, Heads: 4, Packing: layers.QKVHead, Groups: 2, Eps: 1e-5}, sh(2, 8, 5)),
		layer("SelfAttention "+string(layers.HeadD), layers.NewSelfAttention, layers.SelfAttentionConfig{Channels: 8, Heads: 2, Packing: layers.HeadD, Dims: 2, Groups: 2, Eps: 1e-5, Scale: layers.SqrtHalf}, sh(2, 8, 2, 2)),
		layer("SelfAttention apart, no norm", layers.NewSelfAttention, layers.SelfAttentionConfig{Channels: 8, Heads: 2, NoNorm: true, Layout: layers.OutIn}, sh(2, 8, 2, 3)),
		layer("SelfAttention apart", layers.NewSelfAttention, layers.SelfAttentionConfig{Channels: 4, Heads: 1, Groups: 2, Eps: 1e-6, Layout: layers.InOut, Scale: layers.SqrtHalf}, sh(2, 4, 5)),
		layer("Pointwise in, out", layers.NewPointwise, layers.PointwiseConfig{In: 3, Out: 5, Layout: layers.InOut}, sh(2, 3, 2, 4)),
		layer("Pointwise out, in", layers.NewPointwise, layers.PointwiseConfig{In: 3, Out: 5, Layout: layers.OutIn}, sh(2, 3, 6)),
		layer("FIRConv down", layers.NewFIRConv, layers.FIRConvConfig{In: 2, Out: 3, Taps: []float64{1, 3, 3, 1}, Dims: 2, Mode: "down"}, sh(2, 2, 6, 4)),
		layer("FIRConv up", layers.NewFIRConv, layers.FIRConvConfig{In: 2, Out: 3, Taps: []float64{1, 3, 3, 2}, Dims: 2, Mode: "up"}, sh(2, 2, 3, 2)),
		embedding("Sinusoid", layers.NewSinusoid, layers.SinusoidConfig{Dim: 7}, 7),
		embedding("Sinusoid sin first", layers.NewSinusoid, layers.SinusoidConfig{Dim: 6, SinFirst: true, Shift: 1, Rounding: "rate"}, 6),
		embedding("Fourier", layers.NewFourier, layers.FourierConfig{Dim: 6, Std: 16}, 6),
		embedding("Fourier scaled", layers.NewFourier, layers.FourierConfig{Dim: 6, Std: 1, Scaled: true, CosFirst: true}, 6),
		embedding("Label fourier", layers.NewLabel, layers.LabelConfig{Kind: "fourier", Dim: 6, Width: 5}, 5),
		embedding("Label sinusoid", layers.NewLabel, layers.LabelConfig{Kind: "sinusoid", Dim: 6, Width: 5}, 5),
		layer("AvgPool", func(p layers.Path, f int) (*layers.AvgPool, error) { return layers.NewAvgPool(p, 2, f) }, 2, sh(2, 3, 4, 6)),
		layer("Conv upsampled", layers.NewConv, layers.ConvConfig{In: 2, Out: 3, Kernel: []int{3, 2}, Upsample: []int{2, 3}}, sh(2, 2, 3, 2)),
		layer("UpConv", layers.NewUpConv, layers.UpConvConfig{In: 2, Out: 3, Dims: 2}, sh(2, 2, 3, 2)),
		layer("Conv halving", layers.NewDownConv, layers.DownConvConfig{In: 2, Out: 3, Dims: 2}, sh(2, 2, 5, 4)),
		layer("Conv halving, padded after", layers.NewDownConv, layers.DownConvConfig{In: 2, Out: 3, Dims: 2, After: true}, sh(2, 2, 5, 4)),
		layer("FIR down", layers.NewFIR, layers.FIRConfig{Taps: []float64{1, 3, 3, 1}, Dims: 2, Mode: "down"}, sh(2, 2, 5, 4)),
		layer("FIR up", layers.NewFIR, layers.FIRConfig{Taps: []float64{1, 3, 3, 1}, Dims: 2, Mode: "up"}, sh(2, 2, 3, 4)),
		layer("FIR filter", layers.NewFIR, layers.FIRConfig{Taps: []float64{1, 2}, Dims: 1, Mode: "filter", PadHi: 1}, sh(2, 2, 5)),
		layer("MLP", layers.NewMLP, layers.MLPConfig{Sizes: []int{3, 6, 5, 2}, Act: "tanh"}, sh(3, 3)),
		block("ResBlock plain", layers.ResBlockConfig{In: 8, Out: 8, Dims: 2}, sh(2, 8, 3, 4)),
		block("ResBlock add", layers.ResBlockConfig{In: 4, Out: 8, Emb: 5, Dims: 2, Groups: 2, EmbSiLU: true, Resample: "up", Scale: layers.SqrtHalf}, sh(2, 4, 3, 2), sh(2, 5)),
		block("ResBlock scale-shift", layers.ResBlockConfig{In: 8, Out: 4, Emb: 5, Dims: 2, ScaleShift: true, Groups: 2, Resample: "down"}, sh(2, 8, 4, 6), sh(2, 5)),
		block("ResBlock 1-D", layers.ResBlockConfig{In: 4, Out: 4, Emb: 3, Dims: 1, ScaleShift: true, Groups: 2}, sh(2, 4, 6), sh(2, 3)),
		block("ResBlock FIR down, skip convolved, other groups", layers.ResBlockConfig{In: 4, Out: 4, Emb: 3, Dims: 2, GroupsIn: 4, Groups: 2, Skip: true,
			Resample: "down", Taps: []float64{1, 3, 3, 1}}, sh(2, 4, 4, 6), sh(2, 3)),
		block("ResBlock FIR up, gelu, pointwise skip", layers.ResBlockConfig{In: 4, Out: 6, Emb: 3, Dims: 2, Groups: 2, SkipLayout: layers.InOut, Act: "gelu", ScaleShift: true,
			Resample: "up", Taps: []float64{1, 2, 1}}, sh(2, 4, 3, 2), sh(2, 3)),
		sequential(),
		layer("Elementwise", func(_ layers.Path, a layers.Activation) (layers.Elementwise, error) {
			return layers.Elementwise{Act: a}, nil
		}, "gelu", sh(2, 5)),
		elu(),
		labelled("ConvScore", layers.NewConvScore, layers.ConvScoreConfig{In: 2, Dims: 2, Channels: []int{8, 8}, Blocks: 1, Heads: 2, Label: testLabel}, sh(3, 2, 5, 4)),
	}
}

var testLabel = layers.LabelConfig{Kind: "fourier", Std: 0.5, Dim: 4, Width: 6}

// elu returns a row for elu, which has a kink in its second derivative.
func elu() layerstest.Row {
	r := layer("Elementwise elu", func(_ layers.Path, a layers.Activation) (layers.Elementwise, error) {
		return layers.Elementwise{Act: a}, nil
	}, "elu", sh(2, 5))
	r.Gap = 0.1
	return r
}

func sequential() layerstest.Row {
	return layerstest.Row{Name: "Sequential", In: []autodiff.Shape{sh(2, 3)},
		Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
			a, err := layers.NewLinear(p.At("0"), layers.LinearConfig{In: 3, Out: 4})
			if err != nil {
				return nil, nil, err
			}
			b, err := layers.NewLinear(p.At("2"), layers.LinearConfig{In: 4, Out: 2})
			if err != nil {
				return nil, nil, err
			}
			m, err := layers.NewSequential(p, sh(2, 3), a, layers.Elementwise{Act: "softplus"}, b)
			return m, func(s *scope, x []vr, _ int) vr { return m.Forward(s, x[0]) }, err
		}}
}

func TestConformance(t *testing.T) {
	for _, r := range rows() {
		t.Run(strings.ReplaceAll(r.Name, " ", "_"), func(t *testing.T) { layerstest.Check(t, r) })
	}
}

// Every exported type with a Forward method must have a row.
func TestEveryLayerHasARow(t *testing.T) {
	var names []string
	for _, r := range rows() {
		names = append(names, r.Name)
	}
	missing, err := layerstest.Missing(".", names, "Forward")
	if err != nil || len(missing) > 0 {
		t.Errorf("no row for %v (%v)", missing, err)
	}
	missing, err = layerstest.Missing(".", names[1:2], "Forward")
	if err != nil || len(missing) == 0 || fmt.Sprint(missing) == fmt.Sprint(names) {
		t.Errorf("the walk finds only %v missing beside Linear (%v)", missing, err)
	}
}
