package adm_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tweedie/families/adm"
	"tweedie/layers"
	"tweedie/rng"
)

// shapesOf is what the state dict of a network holds.
func shapesOf(t *testing.T, c adm.Config) map[string][]int {
	t.Helper()
	n, err := adm.New(layers.Root(rng.New(0)).Blank(), c)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string][]int{}
	for _, p := range n.Params() {
		m[p.Name()] = p.Shape().Dims(nil)
	}
	return m
}

// Every published network is known again from its tensors alone.
func TestInferPresets(t *testing.T) {
	for _, name := range adm.Presets() {
		c, err := adm.Preset(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := adm.Infer(shapesOf(t, c))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !slices.Contains(got.Presets, name) || len(got.Open) > 0 {
			t.Errorf("%s: presets %q, open %q", name, got.Presets, got.Open)
		}
		got.Config.Dropout = c.Dropout // that of training; the tensors do not tell
		if a, b := got.Config.String(), c.String(); a != b {
			t.Errorf("%s is read as\n%s", name, a)
		}
	}
}

// Every field that tensors tell is read back from them, on every kind of network.
func TestInferFields(t *testing.T) {
	base := adm.Default()
	base.InChannels, base.OutChannels, base.ModelChannels, base.NumResBlocks, base.ChannelMult = 3, 6, 32, 2, []float64{1, 2, 2}
	base.AttentionResolutions = []int{2, 4}
	for name, change := range map[string]func(c *adm.Config){
		"conv":         func(*adm.Config) {},
		"updown":       func(c *adm.Config) { c.ResblockUpdown = true },
		"plain":        func(c *adm.Config) { c.ConvResample = false },
		"plain single": func(c *adm.Config) { c.ConvResample, c.NumResBlocks = false, 1 },
		"scale-shift":  func(c *adm.Config) { c.ScaleShiftNorm = true },
		"classes":      func(c *adm.Config) { c.NumClasses = 7 },
		"one level":    func(c *adm.Config) { c.ChannelMult, c.AttentionResolutions = []float64{2}, nil },
		"one block":    func(c *adm.Config) { c.NumResBlocks, c.AttentionResolutions = 1, nil },
		"signal":       func(c *adm.Config) { c.Dims, c.OutChannels = 1, 3 },
		"volume":       func(c *adm.Config) { c.Dims = 3 },
		"stem":         func(c *adm.Config) { c.StemChannels = 64 },
	} {
		c := base
		change(&c)
		got, err := adm.Infer(shapesOf(t, c))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a, b := got.Config.String(), c.String(); a != b {
			t.Errorf("%s is read as\n%s\nwant\n%s", name, a, b)
		}
		if len(got.Open) < 2 || len(got.Presets) > 0 {
			t.Errorf("%s: open %q, presets %q", name, got.Open, got.Presets)
		}
	}
}

func TestInferExplains(t *testing.T) {
	whole := func() map[string][]int { return shapesOf(t, small()) }
	for want, change := range map[string]func(m map[string][]int){
		`"input_blocks.0.0.weight"`:                             func(m map[string][]int) { clear(m) },
		`"time_embed.0.weight"`:                                 func(m map[string][]int) { delete(m, "time_embed.0.weight") },
		`"out.2.weight" has shape [3]`:                          func(m map[string][]int) { m["out.2.weight"] = []int{3} },
		"no features":                                           func(m map[string][]int) { m["time_embed.0.weight"] = []int{8, 0} },
		`"output_blocks.0.0.in_layers.0.weight"`:                func(m map[string][]int) { delete(m, "output_blocks.0.0.in_layers.0.weight") },
		"do not make levels":                                    func(m map[string][]int) { delete(m, "output_blocks.3.0.in_layers.0.weight") },
		"channel_mult":                                          func(m map[string][]int) { m["input_blocks.1.0.out_layers.3.weight"] = []int{1 << 30, 1, 1, 1} },
		`no "input_blocks.1.0.out_layers.3.weight" with 3 axes`: func(m map[string][]int) { delete(m, "input_blocks.1.0.out_layers.3.weight") },
		"in_channels":                                           func(m map[string][]int) { m["input_blocks.0.0.weight"] = []int{32, 0, 3, 3} },
		`dims is 7`:                                             func(m map[string][]int) { m["input_blocks.0.0.weight"] = make([]int, 9) },
	} {
		m := whole()
		change(m)
		if _, err := adm.Infer(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %s", err, want)
		}
	}
}

func small() adm.Config {
	c := adm.Default()
	c.InChannels, c.ModelChannels, c.NumResBlocks, c.ChannelMult = 3, 32, 1, []float64{1, 2}
	return c
}

func ExampleInfer() {
	c, err := adm.Preset("ffhq_10m")
	if err != nil {
		panic(err)
	}
	n, err := adm.New(layers.Root(rng.New(0)).Blank(), c)
	if err != nil {
		panic(err)
	}
	shapes := map[string][]int{}
	for _, p := range n.Params() {
		shapes[p.Name()] = p.Shape().Dims(nil)
	}
	found, err := adm.Infer(shapes)
	fmt.Println(found.Presets, found.Config.NumHeadChannels, err)
	// Output: [ffhq_10m] 64 <nil>
}
