package diffusers_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/families/diffusers"
	"tweedie/families/internal/nettest"
	"tweedie/internal/testkit"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/rng"
)

func ptr[T any](v T) *T { return &v }

// hug is a network of two levels, a few thousand parameters, and change applied to its config.
func hug(change func(c *diffusers.Config)) diffusers.Config {
	c := diffusers.Default()
	c.InChannels, c.OutChannels, c.Channels, c.LayersPerBlock = 1, 1, []int{4, 8}, 1
	c.DownBlocks, c.UpBlocks = []string{"DownBlock2D", "AttnDownBlock2D"}, []string{"AttnUpBlock2D", "UpBlock2D"}
	c.NormGroups, c.HeadDim = ptr(2), ptr(4)
	if change != nil {
		change(&c)
	}
	return c
}

// skips is hug with skip paths, on images with three channels.
func skips(c *diffusers.Config) {
	c.InChannels, c.OutChannels, c.NormGroups, c.HeadDim, c.CenterInput = 3, 3, nil, nil, true
	c.DownBlocks, c.UpBlocks = []string{"SkipDownBlock2D", "SkipDownBlock2D"}, []string{"SkipUpBlock2D", "SkipUpBlock2D"}
}

var (
	hugTimes    = []float64{3, 612.5}
	hugClasses  = []int{2, 0}
	hugNumbers  = []float64{1.5, 7}
	hugEmbedded = testkit.Normals(2*16, "embedded")
)

// condition is what samples first to last of a test see.
func condition(c diffusers.Config, first, last int) (y diffusers.Condition) {
	switch {
	case c.ClassEmbedding != nil && *c.ClassEmbedding == "timestep":
		y.Values = hugNumbers[first:last]
	case c.ClassEmbedding != nil:
		y.Values = hugEmbedded[16*first : 16*last]
	case c.ClassEmbeds != nil:
		y.Class = hugClasses[first:last]
	}
	return y
}

func hugRow(name string, change func(c *diffusers.Config)) layerstest.Row {
	cfg := hug(change)
	return layerstest.Row{Name: "Network " + name, In: []autodiff.Shape{sh(2, cfg.InChannels, 2, 4)}, Std: 0.2,
		Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
			n, err := diffusers.New(p, cfg)
			return n, func(s *scope, x []vr, first int) vr {
				last := first + x[0].Dim(0)
				return n.ForwardClass(s, x[0], hugTimes[first:last], condition(cfg, first, last))
			}, err
		}}
}

func rows() []layerstest.Row {
	return []layerstest.Row{
		hugRow("convolved resampling, a table of classes", func(c *diffusers.Config) { c.ClassEmbeds, c.DownsamplePadding = ptr(3), 0 }),
		hugRow("residual resampling, scale and shift, recomputed, numbers", func(c *diffusers.Config) {
			c.DownBlocks, c.UpBlocks = []string{"AttnDownBlock2D", "DownBlock2D"}, []string{"ResnetUpsampleBlock2D", "UpBlock2D"}
			c.DownsampleType, c.TimeScaleShift, c.UseCheckpoint, c.ClassEmbedding, c.MidScale = "resnet", "scale_shift", true, ptr("timestep"), 1.5
		}),
		hugRow("skip paths, identity, gelu", func(c *diffusers.Config) {
			skips(c)
			c.ClassEmbedding, c.Act = ptr("identity"), "gelu"
		}),
		{Name: "OfClass", In: []autodiff.Shape{sh(2, 1, 2, 2)}, Std: 0.2,
			Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
				n, err := diffusers.New(p, hug(func(c *diffusers.Config) { c.ClassEmbeds = ptr(3) }))
				if err != nil {
					return nil, nil, err
				}
				k, err := n.AsClass(1)
				return k, func(s *scope, x []vr, first int) vr { return k.Forward(s, x[0], hugTimes[first:first+x[0].Dim(0)]) }, err
			}},
	}
}

// TestDiffusersManifests: parameters have the names, order, shapes and count of the original: of its published
// configurations, and of instances with every block type and class embedding; see testdata/README.md.
func TestDiffusersManifests(t *testing.T) {
	ms := nettest.Manifests(t, "diffusers_")
	if len(ms) != 2 {
		t.Errorf("%d manifests, want 2", len(ms))
	}
	f, err := os.Open("../testdata/diffusers.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var more []nettest.Manifest
	if err := json.NewDecoder(z).Decode(&more); err != nil {
		t.Fatal(err)
	}
	if len(more) != 5 {
		t.Errorf("%d instances, want 5", len(more))
	}
	for i, m := range more {
		ms[fmt.Sprint("instance ", i)] = m
	}
	for name, m := range ms {
		c, err := diffusers.Parse(m.Config)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		n, err := diffusers.New(layers.Root(rng.New(1)).Blank(), c)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		nettest.Compare(t, name, n.Params(), m)
	}
}

// Shapes of the outputs of every combination of block types on three levels that diffusers runs, and no other.
func TestDiffusersCombinations(t *testing.T) {
	down := []string{"DownBlock2D", "AttnDownBlock2D", "ResnetDownsampleBlock2D", "SkipDownBlock2D", "AttnSkipDownBlock2D"}
	up := []string{"UpBlock2D", "AttnUpBlock2D", "ResnetUpsampleBlock2D", "SkipUpBlock2D", "AttnSkipUpBlock2D"}
	skip := func(s string) bool { return strings.Contains(s, "Skip") }
	runs := 0
	for i := range 125 {
		d, u := []string{down[i%5], down[i/5%5], down[i/25]}, []string{up[i%5], up[i/5%5], up[i/25]}
		for way, types := range map[string][]string{"down": d, "up": u} {
			c := hug(func(c *diffusers.Config) {
				c.InChannels, c.OutChannels, c.Channels, c.NormGroups, c.HeadDim = 3, 3, []int{32, 32, 32}, ptr(4), nil
				c.DownBlocks, c.UpBlocks = slices.Repeat(down[:1], 3), slices.Repeat(up[:1], 3)
			})
			legal := !skip(types[1]) || skip(types[0])
			if way == "down" {
				c.DownBlocks = types
			} else {
				c.UpBlocks = types
				legal = (skip(types[1]) || !skip(types[0])) && (skip(types[2]) || !skip(types[1]))
			}
			n, err := diffusers.New(layers.Root(rng.New(1)).Blank(), c)
			if (err == nil) != legal {
				t.Errorf("%s %v: legal %v, error %v", way, types, legal, err)
			}
			if err != nil {
				continue
			}
			runs++
			got, err := layers.OutShape(func(s *scope, x vr) vr { return n.Forward(s, x, hugTimes) }, sh(2, 3, 8, 4))
			if err != nil || got != sh(2, 3, 8, 4) {
				t.Errorf("%s %v: %v, %v", way, types, got, err)
			}
		}
	}
	if runs != 95+65 {
		t.Errorf("%d combinations ran", runs)
	}
}

// Rules of single switches, against the network without them.
func TestDiffusersRules(t *testing.T) {
	eval := func(c diffusers.Config, x, times []float64, forward func(n *diffusers.Network, s *scope, x vr) vr) []float64 {
		t.Helper()
		n, err := diffusers.New(layers.Root(rng.New(7)), c)
		if err != nil {
			t.Fatal(err)
		}
		layerstest.Randomize(n.Params(), rng.New(8), 0.2)
		s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
		defer s.Close()
		shape := sh(2, c.InChannels, 4, 4)
		if forward == nil {
			forward = func(n *diffusers.Network, s *scope, x vr) vr { return n.ForwardClass(s, x, times, condition(c, 0, 2)) }
		}
		y := forward(n, s, s.Const64(shape, x))
		out := make([]float64, y.Size())
		y.CopyTo64(out)
		return out
	}
	same := func(what string, got, want []float64) {
		t.Helper()
		if d := nettest.Apart(got, want); !(d <= 1e-12) {
			t.Errorf("%s: %g apart", what, d)
		}
	}
	x := testkit.Normals(2*16, "x")
	base := eval(hug(nil), x, hugTimes, nil)
	half := slices.Clone(x)
	for i := range half {
		half[i] = (half[i] + 1) / 2
	}
	same("images in [0, 1]", eval(hug(func(c *diffusers.Config) { c.CenterInput = true }), half, hugTimes, nil), base)
	same("swish", eval(hug(func(c *diffusers.Config) { c.Act = "swish" }), x, hugTimes, nil), base)
	same("names of early versions", eval(hug(func(c *diffusers.Config) { c.UpBlocks = []string{"UNetResAttnUpBlock2D", "UNetResUpBlock2D"} }), x, hugTimes, nil), base)
	same("heads of all channels", eval(hug(func(c *diffusers.Config) {
		c.HeadDim = ptr(8)
		c.DownBlocks[1] = "DownBlock2D"
		c.UpBlocks[0] = "UpBlock2D"
	}), x, hugTimes, nil),
		eval(hug(func(c *diffusers.Config) {
			c.HeadDim = nil
			c.DownBlocks[1] = "DownBlock2D"
			c.UpBlocks[0] = "UpBlock2D"
		}), x, hugTimes, nil))
	for what, change := range map[string]func(c *diffusers.Config){
		"attention_head_dim": func(c *diffusers.Config) { c.HeadDim = nil }, "downsample_padding": func(c *diffusers.Config) { c.DownsamplePadding = 0 },
		"flip_sin_to_cos": func(c *diffusers.Config) { c.FlipSinToCos = false }, "freq_shift": func(c *diffusers.Config) { c.FreqShift = 1 },
		"norm_eps": func(c *diffusers.Config) { c.NormEps = 0.1 }, "mid_block_scale_factor": func(c *diffusers.Config) { c.MidScale = 2 },
		"norm_num_groups": func(c *diffusers.Config) { c.NormGroups = ptr(4) }, "attn_norm_num_groups": func(c *diffusers.Config) { c.AttnNormGroups = ptr(4) },
		"act_fn": func(c *diffusers.Config) { c.Act = "relu" },
	} {
		if got := eval(hug(change), x, hugTimes, nil); nettest.Apart(got, base) < 1e-6 {
			t.Errorf("%s changes nothing", what)
		}
	}

	// Rows of the table, and numbers: one class for all samples is that class in each.
	table := hug(func(c *diffusers.Config) { c.ClassEmbeds = ptr(3) })
	numbers := hug(func(c *diffusers.Config) { c.ClassEmbedding = ptr("timestep") })
	for _, c := range []diffusers.Config{table, numbers} {
		got := eval(c, x, nil, func(n *diffusers.Network, s *scope, x vr) vr {
			k, err := n.AsClass(2)
			if err != nil {
				t.Fatal(err)
			}
			return k.Forward(s, x, hugTimes)
		})
		want := eval(c, x, nil, func(n *diffusers.Network, s *scope, x vr) vr {
			y := diffusers.Condition{Class: []int{2, 2}}
			if c.ClassEmbedding != nil {
				y = diffusers.Condition{Values: []float64{2, 2}}
			}
			return n.ForwardClass(s, x, hugTimes, y)
		})
		same("one class", got, want)
	}

	key := rng.New(3)
	drop := func(p float64, again bool) []float64 {
		return eval(hug(func(c *diffusers.Config) { c.Dropout, c.UseCheckpoint = p, again }), x, nil,
			func(n *diffusers.Network, s *scope, x vr) vr {
				return n.ForwardTrain(s, x, hugTimes, diffusers.Condition{}, key)
			})
	}
	if nettest.Apart(drop(0.5, false), base) < 1e-3 {
		t.Error("dropout changes nothing")
	}
	same("dropout of nothing", drop(0, false), base)
	same("dropout of the same key", drop(0.5, true), drop(0.5, false))
}

// Every mistake in a config or an input is an error that names it.
func TestDiffusersExplains(t *testing.T) {
	const rest = `"block_out_channels":[32,64],"down_block_types":["DownBlock2D","DownBlock2D"],"up_block_types":["UpBlock2D","UpBlock2D"]`
	for want, text := range map[string]string{
		`_class_name is "UNet2DConditionModel"; want UNet2DModel`:          `{"_class_name":"UNet2DConditionModel"}`,
		"down_block_types[1] is KDownBlock2D; want one of AttnDownBlock2":  `{"block_out_channels":[32,64],"down_block_types":["DownBlock2D","KDownBlock2D"],"up_block_types":["UpBlock2D","UpBlock2D"]}`,
		"down_block_types is [DownBlock2D DownBlock2D]; want 3, as many":   strings.Replace(`{`+rest+`}`, "[32,", "[32,32,", 1),
		"block_out_channels is [-32 64]":                                   strings.Replace(`{`+rest+`}`, "[32,", "[-32,", 1),
		"block_out_channels is [1073741824 64]":                            strings.Replace(`{`+rest+`}`, "[32,", "[1073741824,", 1),
		"norm_num_groups is 32; want a divisor of the 30 channels of bloc": strings.Replace(`{`+rest+`}`, "[32,", "[30,", 1),
		"norm_num_groups is null; want a number":                           `{"norm_num_groups":null,` + rest + `}`,
		"attention_head_dim is 5; want null, or a divisor of the 64":       `{"attention_head_dim":5,` + rest + `}`,
		"attention_head_dim is -8":                                         `{"attention_head_dim":-8,` + rest + `}`,
		`time_embedding_dim is 512; want null`:                             `{"time_embedding_dim":512,` + rest + `}`,
		`layers is unknown`:                                                `{"layers":2,` + rest + `}`,
		`mid_block_type is null; want "UNetMidBlock2D"`:                    `{"mid_block_type":null,` + rest + `}`,
		"time_embedding_type is learned; want positional or fourier":       `{"time_embedding_type":"learned",` + rest + `}`,
		"act_fn is mish; want silu, swish, gelu or relu":                   `{"act_fn":"mish",` + rest + `}`,
		"resnet_time_scale_shift is ada_group":                             `{"resnet_time_scale_shift":"ada_group",` + rest + `}`,
		"class_embed_type is projection":                                   `{"class_embed_type":"projection",` + rest + `}`,
		"sample_size is [33]; want null, or multiples of 2":                `{"sample_size":33,` + rest + `}`,
		`sample_size is "a"`:                                               `{"sample_size":"a",` + rest + `}`,
		"up_block_types[1] is UpBlock2D; want a block with a skip path, a": strings.Replace(`{`+rest+`}`, `["UpBlock2D"`, `["SkipUpBlock2D"`, 1),
		"down_block_types[0] is SkipDownBlock2D; want another type, as a ": strings.Replace(`{"in_channels":1,`+rest+`}`, `["DownBlock2D"`, `["SkipDownBlock2D"`, 1),
		"downsample_padding is 2; want 0 or 1":                             `{"downsample_padding":2,` + rest + `}`,
		"ends too early":                                                   "{",
		"is null; it must be an object":                                    "null",
	} {
		if _, err := diffusers.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not say %q", text, err, want)
		}
	}
	if c, err := diffusers.Parse([]byte(`{` + rest + `,"_name_or_path":"x","mid_block_type":"UNetMidBlock2D","num_train_timesteps":null,"downsample_type":null}`)); err != nil || *c.HeadDim != 8 || c.DownsampleType != "conv" {
		t.Errorf("an absent attention_head_dim is 8: %v, %v", c, err)
	}
	if c, err := diffusers.Parse([]byte(`{` + rest + `,"time_embedding_dim":null,"layers_per_block":null,"_class_name":null,"attention_legacy_order":null,"freq_shift":null,"added_later":null}`)); err != nil || c.LayersPerBlock != 2 || c.Class != "UNet2DModel" {
		t.Errorf("null is as good as no key: %v, %v", c, err)
	}
	if c, err := diffusers.Parse([]byte(`{` + rest + `,"attention_head_dim":null}`)); err != nil || c.HeadDim != nil {
		t.Errorf("null is one head: %v, %v", c, err)
	}
	_, err := diffusers.New(layers.Root(rng.New(1)).Blank(), hug(func(c *diffusers.Config) {
		skips(c)
		c.DownBlocks[0] = "AttnSkipDownBlock2D"
	}))
	if err == nil || !strings.Contains(err.Error(), "down_blocks.0.attentions.0.group_norm: group norm: 32 groups do not divide 4 channels") {
		t.Errorf("channels that the attention of a skip path does not divide: %v", err)
	}
	c := hug(nil)
	for what, err := range map[string]error{
		"want 1 channels": c.CheckShape(sh(1, 3, 4, 4)), "want [B,C,H,W]": c.CheckShape(sh(1, 1, 4)), "multiples of 2": c.CheckShape(sh(1, 1, 4, 5)),
		"noise levels": hug(func(c *diffusers.Config) { c.TimeEmbedding = "fourier" }).CheckTimes([]float64{0}),
	} {
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("error %v does not say %q", err, what)
		}
	}
	classes := map[string]diffusers.Config{"": c, "table": hug(func(c *diffusers.Config) { c.ClassEmbeds = ptr(3) }),
		"timestep": hug(func(c *diffusers.Config) { c.ClassEmbedding = ptr("timestep") }), "identity": hug(func(c *diffusers.Config) { c.ClassEmbedding = ptr("identity") })}
	for _, k := range []struct {
		kind, want string
		times      []float64
		y          diffusers.Condition
	}{
		{"", "1 labels for 2 samples", []float64{1}, diffusers.Condition{}},
		{"", "a network that has none", hugTimes, diffusers.Condition{Class: hugClasses}},
		{"", "is no number", []float64{1, math.Inf(-1)}, diffusers.Condition{}},
		{"table", "0 classes for 2 samples; the network has a table of 3", hugTimes, diffusers.Condition{}},
		{"timestep", "0 numbers for 2 samples", hugTimes, diffusers.Condition{Class: hugClasses}},
		{"identity", "2 numbers for 2 samples; the network adds 16", hugTimes, diffusers.Condition{Values: hugNumbers}},
	} {
		n, err := diffusers.New(layers.Root(rng.New(1)), classes[k.kind])
		if err != nil {
			t.Fatal(err)
		}
		err = func() (err error) {
			defer autodiff.Catch(&err)
			s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
			defer s.Close()
			n.ForwardClass(s, s.Zeros(sh(2, 1, 4, 4)), k.times, k.y)
			return nil
		}()
		if err == nil || !strings.Contains(err.Error(), k.want) {
			t.Errorf("error %v does not say %q", err, k.want)
		}
		if _, err := n.AsClass(3); (err == nil) != (k.kind == "timestep") {
			t.Errorf("%q: class 3: %v", k.kind, err)
		}
	}
}

// What has no effect does not change the hash, what has does; and a config is read back from its own JSON.
func TestDiffusersHash(t *testing.T) {
	base := hug(func(c *diffusers.Config) { c.DownBlocks[1] = "DownBlock2D" })
	for what, change := range map[string]func(c *diffusers.Config){
		"downsample_type": func(c *diffusers.Config) { c.DownsampleType = "resnet" }, "version": func(c *diffusers.Config) { c.Version = "0.1" },
		"prefix": func(c *diffusers.Config) { c.UpBlocks[1] = "UNetResUpBlock2D" }, "swish": func(c *diffusers.Config) { c.Act = "swish" },
	} {
		if c := hug(func(c *diffusers.Config) { c.DownBlocks[1] = "DownBlock2D"; change(c) }); c.Hash() != base.Hash() {
			t.Errorf("%s changes the hash", what)
		}
	}
	if c := hug(nil); c.Hash() == base.Hash() {
		t.Error("attention does not change the hash")
	}
	for _, c := range []diffusers.Config{base, hug(skips), hug(func(c *diffusers.Config) {
		c.SampleSize, c.ClassEmbedding = diffusers.Size{8, 4}, ptr("identity")
	}),
		hug(func(c *diffusers.Config) { c.SampleSize, c.UseCheckpoint = diffusers.Size{16}, true })} {
		back, err := diffusers.Parse([]byte(c.String()))
		if err != nil || back.Hash() != c.Hash() {
			t.Errorf("%v, %s", err, back)
		}
	}
	if !strings.Contains(hug(skips).String(), `"attention_head_dim": null`) || !strings.Contains(base.String(), `"sample_size": null`) {
		t.Error("null is not written as null")
	}
}

// After the first steps inference, training and the gradient of a divergence allocate nothing.
func TestDiffusersStepsAllocateNothing(t *testing.T) {
	for name, change := range map[string]func(c *diffusers.Config){
		"a table, dropout": func(c *diffusers.Config) { c.ClassEmbeds, c.Dropout = ptr(3), 0.1 },
		"skip paths, recomputed": func(c *diffusers.Config) {
			skips(c)
			c.UseCheckpoint, c.TimeEmbedding, c.ClassEmbedding = true, "fourier", ptr("timestep")
		},
	} {
		cfg := hug(change)
		n, err := diffusers.New(layers.Root(rng.New(7)), cfg)
		if err != nil {
			t.Fatal(err)
		}
		layerstest.Randomize(n.Params(), rng.New(8), 0.2)
		key, y := rng.New(4), condition(cfg, 0, 2)
		for what, step := range testkit.Steps(n.Params(), sh(2, cfg.InChannels, 4, 4), func(s *scope, x vr) vr { return n.ForwardClass(s, x, hugTimes, y) },
			func(s *scope, x vr) vr { return n.ForwardTrain(s, x, hugTimes, y, key) }) {
			testkit.NoMallocs(t, name+": "+what, step)
		}
	}
}

// No network makes an array of images upsampled for a convolution.
func TestUpsamplingIsPartOfConvolutions(t *testing.T) {
	n, err := diffusers.New(layers.Root(rng.New(7)), hug(nil))
	if err != nil {
		t.Fatal(err)
	}
	if got := nettest.Repeats(func(s *scope, x vr) vr { return n.Forward(s, x, []float64{3}) }, sh(1, 1, 4, 4)); got != 0 {
		t.Errorf("the network repeats %d arrays", got)
	}
}
