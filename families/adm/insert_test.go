package adm_test

import (
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/families/adm"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/rng"
	"tweedie/unet"
)

// gain is a block h -> factor h + W e, with W [channels,embedding].
type gain struct {
	factor float64
	w      *layers.Linear
}

func newGain(t testing.TB, p layers.Path, factor float64, channels, embedding int) gain {
	t.Helper()
	w, err := layers.NewLinear(p, layers.LinearConfig{In: embedding, Out: channels, Init: layers.Normal(.1)})
	if err != nil {
		t.Fatal(err)
	}
	return gain{factor, w}
}

func (g gain) Params() []*autodiff.Param { return g.w.Params() }

func (g gain) Forward(s *scope, h, e vr) vr {
	v := g.w.Forward(s, e)
	sh := v.Shape()
	for sh.Rank() < h.Rank() {
		sh = sh.Insert(sh.Rank(), 1)
	}
	return s.Add(s.Scale(h, g.factor), s.Reshape(v, sh))
}

// Stages have the channels of the images that leave them: a block behind each of them fits, in every kind of network, and
// all of them take part in the output.
func TestInsertBehindEveryStage(t *testing.T) {
	for name, change := range map[string]func(c *adm.Config){
		"plain": nil, "resblocks": func(c *adm.Config) { c.ResblockUpdown = true }, "classes": func(c *adm.Config) { c.NumClasses = 3 },
		"three levels": func(c *adm.Config) { c.ChannelMult, c.NumResBlocks = []float64{1, 1.5, 2}, 2 },
		"stem":         func(c *adm.Config) { c.StemChannels = 6 }, "1-D": func(c *adm.Config) { c.Dims = 1 },
		"again": func(c *adm.Config) { c.UseCheckpoint = true },
	} {
		c := tiny(change)
		in := sh(2, 1, 8, 8)
		if c.Dims == 1 {
			in = sh(2, 1, 8)
		}
		out := func(stage string) []float64 {
			n := build(t, c)
			if stage != "" {
				s := stageOf(t, c, stage)
				if err := n.Insert(stage, newGain(t, layers.Root(rng.New(1)).At("mine"), 1, s.Channels, c.Embedding())); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
			s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
			defer s.Close()
			var class []int
			if c.NumClasses > 0 {
				class = testClasses
			}
			y := n.ForwardClass(s, s.Full(in, .5), testLabels, class)
			v := make([]float64, y.Size())
			y.CopyTo64(v)
			return v
		}
		plain := out("")
		for _, s := range c.Stages() {
			if slices.Equal(plain, out(s.Name)) {
				t.Errorf("%s: a block behind %s changes nothing", name, s.Name)
			}
		}
	}
}

func stageOf(t testing.TB, c adm.Config, name string) unet.Place {
	t.Helper()
	for _, s := range c.Stages() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no stage %s", name)
	return unet.Place{}
}

// A network with a block of somebody's passes the tests of networks, and blocks come in the order of Insert.
func TestInsertedConformance(t *testing.T) {
	layerstest.Check(t, layerstest.Row{Name: "Network with blocks", In: []autodiff.Shape{sh(2, 1, 4, 4)}, Std: .2,
		Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
			c := tiny(nil)
			n, err := adm.New(p, c)
			if err != nil {
				return nil, nil, err
			}
			for _, stage := range []string{"input_blocks.1", "middle_block", "output_blocks.2"} {
				if err := n.Insert(stage, newGain(t, p.At("mine").At(stage), .8, stageOf(t, c, stage).Channels, c.Embedding())); err != nil {
					return nil, nil, err
				}
			}
			return n, func(s *scope, x []vr, first int) vr {
				return n.Forward(s, x[0], testLabels[first:first+x[0].Dim(0)])
			}, nil
		}})
	c := tiny(nil)
	n := build(t, c)
	before := len(n.Params())
	for i, name := range []string{"first", "second"} {
		if err := n.Insert("middle_block", newGain(t, layers.Root(rng.New(1)).At(name), float64(i), 8, c.Embedding())); err != nil {
			t.Fatal(err)
		}
	}
	if names := n.Params()[before:]; len(names) != 4 || names[0].Name() != "first.weight" || names[2].Name() != "second.weight" {
		t.Errorf("%d new parameters", len(names))
	}
}

// What does not fit is an error that says so, and leaves the network as it was.
func TestInsertExplains(t *testing.T) {
	c := tiny(nil)
	n := build(t, c)
	before := len(n.Params())
	at := layers.Root(rng.New(1))
	for want, row := range map[string]struct {
		stage string
		b     unet.Block
	}{
		"input_blocks.0":     {"input_block.0", newGain(t, at.At("a"), 1, 4, c.Embedding())},
		"Linear":             {"middle_block", newGain(t, at.At("a"), 1, 8, c.Embedding()+1)},
		"shape that it take": {"middle_block", wider{newGain(t, at.At("a"), 1, 8, c.Embedding())}},
		"one of this name":   {"middle_block", newGain(t, at.At("net.time_embed.0"), 1, 8, c.Embedding())},
	} {
		err := n.Insert(row.stage, row.b)
		if err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(want)) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	if len(n.Params()) != before {
		t.Errorf("%d parameters, were %d", len(n.Params()), before)
	}
}

// wider returns twice the channels.
type wider struct{ gain }

func (w wider) Forward(s *scope, h, e vr) vr { return s.Concat(1, h, h) }
