package scoresde_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/families/internal/nettest"
	"tweedie/families/scoresde"
	"tweedie/internal/testkit"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/rng"
)

// sde is a network of two levels with every part, a few thousand parameters, and change applied to its config.
func sde(change func(c *scoresde.Config)) scoresde.Config {
	c := scoresde.Default()
	c.Training.SDE, c.Data.ImageSize, c.Data.NumChannels, c.Data.Centered = "vesde", 4, 1, true
	c.Model.NF, c.Model.ChMult, c.Model.NumResBlocks, c.Model.AttnResolutions = 4, []int{1, 2}, 1, []int{2}
	c.Model.FourierScale, c.Model.ScaleBySigma = 0.25, true
	if change != nil {
		change(&c)
	}
	return c
}

var sdeLabels = []float64{0.3, 1.7}

func sdeRow(name string, change func(c *scoresde.Config)) layerstest.Row {
	return layerstest.Row{Name: "Network " + name, In: []autodiff.Shape{sh(2, 1, 4, 4)}, Std: 0.2,
		Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
			n, err := scoresde.New(p, sde(change))
			if err != nil {
				return nil, nil, err
			}
			return n, func(s *scope, x []vr, first int) vr {
				label := sdeLabels[first : first+x[0].Dim(0)]
				if n.Config().Model.EmbeddingType == "positional" {
					label = []float64{3, 612}[first : first+x[0].Dim(0)]
				}
				return n.Forward(s, x[0], label)
			}, nil
		}}
}

func rows() []layerstest.Row {
	return []layerstest.Row{
		sdeRow("filters, pyramids of skips", func(c *scoresde.Config) {
			c.Model.FIR, c.Model.Progressive, c.Model.ProgressiveInput = true, "output_skip", "input_skip"
		}),
		sdeRow("residual pyramids, recomputed", func(c *scoresde.Config) {
			c.Model.FIR, c.Model.Progressive, c.Model.ProgressiveInput, c.UseCheckpoint = true, "residual", "residual", true
		}),
		sdeRow("joined pyramid, no filters, without labels", func(c *scoresde.Config) {
			c.Model.ProgressiveInput, c.Model.ProgressiveCombine, c.Model.Progressive = "input_skip", "cat", "output_skip"
			c.Model.Conditional, c.UseCheckpoint, c.Data.Centered = false, true, false
		}),
		sdeRow("ddpm blocks with convolved resampling, positional", func(c *scoresde.Config) {
			c.Model.ResblockType, c.Model.EmbeddingType, c.Model.SkipRescale, c.Model.Nonlinearity = "ddpm", "positional", false, "elu"
		}),
		sdeRow("ddpm blocks, filtered and convolved", func(c *scoresde.Config) {
			c.Model.ResblockType, c.Model.FIR, c.Code = "ddpm", true, scoresde.Flax
		}),
		sdeRow("ddpm blocks, plain resampling", func(c *scoresde.Config) {
			c.Model.ResblockType, c.Model.ResampWithConv, c.Model.ProgressiveInput = "ddpm", false, "residual"
		}),
	}
}

// TestScoreSDEManifests: parameters of the published networks have the names, order, shapes and count of the original,
// but for the table of noise levels, which follows from the config.
func TestScoreSDEManifests(t *testing.T) {
	ms := nettest.Manifests(t, "score_sde_")
	if len(ms) != 10 {
		t.Errorf("%d manifests, want 10", len(ms))
	}
	for name, m := range ms {
		c, err := scoresde.Parse(m.Config)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		n, err := scoresde.New(layers.Root(rng.New(1)).Blank(), c)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		m.Tensors = slices.DeleteFunc(m.Tensors, func(e [2]json.RawMessage) bool {
			if string(e[0]) != `"sigmas"` {
				return false
			}
			if want := fmt.Sprintf("[%d]", len(c.Sigmas())); string(e[1]) != want {
				t.Errorf("%s: sigmas %s, want %s", name, e[1], want)
			}
			return true
		})
		if c.Model.EmbeddingType == "fourier" && c.Model.Name == "ncsnpp" {
			m.Params -= c.Model.NF // the original counts the frequencies, which are not trained
		}
		nettest.Compare(t, name, n.Params(), m)
	}
}

// The network of flax has the parameters of the other in another order of names: by class, in the order of calls.
func TestScoreSDEFlaxNames(t *testing.T) {
	torch := sde(func(c *scoresde.Config) {
		c.Model.FIR, c.Model.ProgressiveInput, c.Model.Progressive = true, "input_skip", "output_skip"
	})
	flax := torch
	flax.Code = scoresde.Flax
	var names [2][]string
	for i, c := range []scoresde.Config{torch, flax} {
		n, err := scoresde.New(layers.Root(rng.New(1)).Blank(), c)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range n.Params() {
			names[i] = append(names[i], p.Name())
		}
	}
	// all_modules: W, 2 dense, conv | block | down, combine | block, attention | block, attention, block |
	// 2 blocks, attention, norm, conv, up | 2 blocks, norm, conv
	for k, class := range []string{"GaussianFourierProjection_0", "Dense_0", "Dense_1", "Conv_0", "ResnetBlockBigGANpp_0", "ResnetBlockBigGANpp_1", "Combine_0",
		"ResnetBlockBigGANpp_2", "AttnBlockpp_0", "ResnetBlockBigGANpp_3", "AttnBlockpp_1", "ResnetBlockBigGANpp_4", "ResnetBlockBigGANpp_5", "ResnetBlockBigGANpp_6",
		"AttnBlockpp_2", "GroupNorm_0", "Conv_1", "ResnetBlockBigGANpp_7", "ResnetBlockBigGANpp_8", "ResnetBlockBigGANpp_9", "GroupNorm_1", "Conv_2"} {
		at := fmt.Sprintf("all_modules.%d.", k)
		first := slices.IndexFunc(names[0], func(n string) bool { return strings.HasPrefix(n, at) })
		if first < 0 {
			t.Fatalf("no parameter is called %s*", at)
		}
		if want := class + "." + strings.TrimPrefix(names[0][first], at); names[1][first] != want {
			t.Errorf("%s is called %s, want %s", names[0][first], names[1][first], want)
		}
	}
}

// Shapes of the outputs of every combination of switches that some version of the original runs.
func TestScoreSDECombinations(t *testing.T) {
	n := 0
	for _, block := range []string{"biggan", "ddpm"} {
		for _, fir := range []bool{false, true} {
			for _, conv := range []bool{false, true} {
				for _, out := range []string{"none", "output_skip", "residual"} {
					for _, in := range []string{"none", "input_skip", "residual"} {
						c := sde(func(c *scoresde.Config) {
							m := &c.Model
							m.ResblockType, m.FIR, m.ResampWithConv, m.Progressive, m.ProgressiveInput = block, fir, conv, out, in
							m.ChMult, m.AttnResolutions, c.Data.ImageSize = []int{1, 2, 2}, []int{2, 8}, 8
						})
						net, err := scoresde.New(layers.Root(rng.New(1)), c)
						if err != nil {
							t.Fatal(err)
						}
						got, err := layers.OutShape(func(s *scope, x vr) vr { return net.Forward(s, x, sdeLabels) }, sh(2, 1, 8, 16))
						if n++; err != nil || got != sh(2, 1, 8, 16) {
							t.Errorf("%s: %v, %v", c, got, err)
						}
					}
				}
			}
		}
	}
	if n != 72 {
		t.Errorf("%d combinations", n)
	}
}

// Rules of single switches: images that are not centered, division by the noise level, ln of labels, dropout.
func TestScoreSDERules(t *testing.T) {
	x := testkit.Normals(2*16, "x")
	eval := func(c scoresde.Config, x, label []float64, forward func(n *scoresde.Network, s *scope, x vr, label []float64) vr) []float64 {
		t.Helper()
		n, err := scoresde.New(layers.Root(rng.New(7)), c)
		if err != nil {
			t.Fatal(err)
		}
		layerstest.Randomize(n.Params(), rng.New(8), 0.2)
		s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
		defer s.Close()
		out := make([]float64, len(x))
		forward(n, s, s.Const64(sh(2, 1, 4, 4), x), label).CopyTo64(out)
		return out
	}
	plain := func(n *scoresde.Network, s *scope, x vr, label []float64) vr { return n.Forward(s, x, label) }
	same := func(what string, got, want []float64) {
		t.Helper()
		if d := nettest.Apart(got, want); !(d <= 1e-12) {
			t.Errorf("%s: %g apart", what, d)
		}
	}
	base := eval(sde(nil), x, sdeLabels, plain)

	half := slices.Clone(x)
	for i := range half {
		half[i] = (half[i] + 1) / 2
	}
	same("images in [0, 1]", eval(sde(func(c *scoresde.Config) { c.Data.Centered = false }), half, sdeLabels, plain), base)

	raw := eval(sde(func(c *scoresde.Config) { c.Model.ScaleBySigma = false }), x, sdeLabels, plain)
	for i := range raw {
		raw[i] /= sdeLabels[i/16]
	}
	same("division by labels", base, raw)

	positional := func(scale bool) scoresde.Config {
		return sde(func(c *scoresde.Config) { c.Model.EmbeddingType, c.Model.ScaleBySigma = "positional", scale })
	}
	index := []float64{3, 999}
	raw = eval(positional(false), x, index, plain)
	for i := range raw {
		raw[i] /= 50 * math.Pow(0.01/50, index[i/16]/999)
	}
	same("division by the noise level of an index", eval(positional(true), x, index, plain), raw)

	vp := func(code string) scoresde.Config {
		return sde(func(c *scoresde.Config) { c.Training.SDE, c.Model.ScaleBySigma, c.Code = "vpsde", false, code })
	}
	logs := []float64{math.Log(sdeLabels[0]), math.Log(sdeLabels[1])}
	got, want := eval(vp(scoresde.ScorePriorFlax), x, logs, plain), eval(vp(scoresde.Flax), x, sdeLabels, plain)
	if d := nettest.Apart(got, want); !(d <= 1e-6) { // labels are float32
		t.Errorf("score_prior takes no logarithm off VE: %g apart", d)
	}

	key := rng.New(3)
	drop := func(c scoresde.Config) []float64 {
		return eval(c, x, sdeLabels, func(n *scoresde.Network, s *scope, x vr, label []float64) vr { return n.ForwardTrain(s, x, label, key) })
	}
	if nettest.Apart(drop(sde(nil)), base) < 1e-3 {
		t.Error("dropout changes nothing")
	}
	same("dropout of nothing", drop(sde(func(c *scoresde.Config) { c.Model.Dropout = 0 })), base)
	same("dropout of the same key", drop(sde(func(c *scoresde.Config) { c.UseCheckpoint = true })), drop(sde(nil)))
}

// Every mistake in a config or an input is an error that names it.
func TestScoreSDEExplains(t *testing.T) {
	good := `{"training":{"sde":"vesde"},"data":{"image_size":4,"num_channels":1,"centered":true},"model":{"nf":8,"ch_mult":[1,2],"num_res_blocks":1%s},"optim":{}%s}`
	for want, text := range map[string]string{
		`there is no section "modell"`:                fmt.Sprintf(good, "", `,"modell":{}`),
		`ch_mul is unknown`:                           fmt.Sprintf(good, `,"ch_mul":3`, ""),
		`training.sde is missing`:                     strings.Replace(fmt.Sprintf(good, "", ""), `"sde":"vesde"`, "", 1),
		`section "data", an object, is missing`:       `{"training":{"sde":"vesde"},"model":{"nf":8,"ch_mult":[1],"num_res_blocks":1}}`,
		`data.centered is missing`:                    strings.Replace(fmt.Sprintf(good, "", ""), `,"centered":true`, "", 1),
		`model.normalization is "InstanceNorm"`:       fmt.Sprintf(good, `,"normalization":"InstanceNorm"`, ""),
		"training.sde is linear":                      strings.Replace(fmt.Sprintf(good, "", ""), "vesde", "linear", 1),
		"model.name is ncsnv2":                        fmt.Sprintf(good, `,"name":"ncsnv2"`, ""),
		"model.nf is -8":                              strings.Replace(fmt.Sprintf(good, "", ""), `"nf":8`, `"nf":-8`, 1),
		"model.ch_mult is []":                         strings.Replace(fmt.Sprintf(good, "", ""), "[1,2]", "[]", 1),
		"model.ch_mult is [1 0]":                      strings.Replace(fmt.Sprintf(good, "", ""), "[1,2]", "[1,0]", 1),
		"data.image_size is 5; want a multiple of 2":  strings.Replace(fmt.Sprintf(good, "", ""), `"image_size":4`, `"image_size":5`, 1),
		"model.sigma_max is 0.001":                    fmt.Sprintf(good, `,"sigma_max":0.001`, ""),
		"model.nonlinearity is gelu":                  fmt.Sprintf(good, `,"nonlinearity":"gelu"`, ""),
		"model.dropout is 1;":                         fmt.Sprintf(good, `,"dropout":1`, ""),
		"model.beta_max is 20; want less":             fmt.Sprintf(strings.Replace(good, `"vesde"`, `"vpsde","continuous":false`, 1), `,"num_scales":20,"embedding_type":"positional"`, ""),
		"model.progressive is both":                   fmt.Sprintf(good, `,"progressive":"both"`, ""),
		"model.embedding_type is fourier; want posit": strings.Replace(fmt.Sprintf(good, "", ""), `"sde":"vesde"`, `"sde":"vesde","continuous":false`, 1),
		"model.embedding_type is positional":          fmt.Sprintf(good, `,"embedding_type":"positional"`, `,"code":"score_prior"`),
		"code is jax":                                 fmt.Sprintf(good, "", `,"code":"jax"`),
		"ends too early":                              "{",
	} {
		if _, err := scoresde.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not say %q", text, err, want)
		}
	}
	if _, err := scoresde.Parse([]byte(fmt.Sprintf(good, "", ""))); err != nil {
		t.Error(err)
	}
	_, err := scoresde.New(layers.Root(rng.New(1)), sde(func(c *scoresde.Config) { c.Model.NF = 11 }))
	if err == nil || !strings.Contains(err.Error(), "2 groups do not divide 11 channels") {
		t.Errorf("channels that groups do not divide: %v", err)
	}
	c := sde(nil)
	for what, err := range map[string]error{
		"want 1 channels": c.CheckShape(sh(1, 3, 4, 4)), "want [B,C,H,W]": c.CheckShape(sh(1, 1, 4)), "multiples of 2": c.CheckShape(sh(1, 1, 4, 5)),
		"noise levels": c.CheckLabels([]float64{0}), "is not a number": c.CheckLabels([]float64{math.NaN()}),
		"indices of 1000": sde(func(c *scoresde.Config) { c.Model.EmbeddingType = "positional" }).CheckLabels([]float64{1000}),
	} {
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("error %v does not say %q", err, what)
		}
	}
	n, err := scoresde.New(layers.Root(rng.New(1)), c)
	if err != nil {
		t.Fatal(err)
	}
	for what, call := range map[string]func(s *scope){
		"1 labels for 2 samples": func(s *scope) { n.Forward(s, s.Zeros(sh(2, 1, 4, 4)), []float64{1}) },
		"label 0 of sample 0":    func(s *scope) { n.Forward(s, s.Zeros(sh(1, 1, 4, 4)), []float64{0}) },
	} {
		err := func() (err error) {
			defer autodiff.Catch(&err)
			s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
			defer s.Close()
			call(s)
			return nil
		}()
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("error %v does not say %q", err, what)
		}
	}
}

// What has no effect does not change the hash, what has does; and a config is read back from its own JSON.
func TestScoreSDEHash(t *testing.T) {
	base := sde(nil)
	if c := sde(func(c *scoresde.Config) { c.Model.ProgressiveCombine, c.Model.FIRKernel = "cat", []float64{1, 1} }); c.Hash() != base.Hash() {
		t.Error("what has no effect changes the hash")
	}
	if c := sde(func(c *scoresde.Config) { c.Model.FIR = true }); c.Hash() == base.Hash() {
		t.Error("the filter does not change the hash")
	}
	back, err := scoresde.Parse([]byte(base.String()))
	if err != nil || back.Hash() != base.Hash() {
		t.Errorf("%v, %s", err, back)
	}
}

// After the first steps inference, training and the gradient of a divergence allocate nothing.
func TestScoreSDEStepsAllocateNothing(t *testing.T) {
	n, err := scoresde.New(layers.Root(rng.New(7)), sde(func(c *scoresde.Config) {
		c.Model.FIR, c.Model.Progressive, c.Model.ProgressiveInput, c.UseCheckpoint, c.Model.EmbeddingType = true, "output_skip", "input_skip", true, "positional"
	}))
	if err != nil {
		t.Fatal(err)
	}
	layerstest.Randomize(n.Params(), rng.New(8), 0.2)
	key, label := rng.New(4), []float64{3, 612}
	for what, step := range testkit.Steps(n.Params(), sh(2, 1, 4, 4), func(s *scope, x vr) vr { return n.Forward(s, x, label) },
		func(s *scope, x vr) vr { return n.ForwardTrain(s, x, label, key) }) {
		testkit.NoMallocs(t, what, step)
	}
}

// No network makes an array of images upsampled for a convolution.
func TestUpsamplingIsPartOfConvolutions(t *testing.T) {
	n, err := scoresde.New(layers.Root(rng.New(7)), sde(func(c *scoresde.Config) {
		c.Model.ResblockType, c.Model.FIR, c.Model.ResampWithConv = "ddpm", false, true
	}))
	if err != nil {
		t.Fatal(err)
	}
	if got := nettest.Repeats(func(s *scope, x vr) vr { return n.Forward(s, x, sdeLabels[:1]) }, sh(1, 1, 4, 4)); got != 0 {
		t.Errorf("the network repeats %d arrays", got)
	}
}
