package adm_test

import (
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/families/adm"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/rng"
)

type (
	scope = autodiff.Scope
	vr    = autodiff.Var
)

var sh = autodiff.S

// tiny is a network of two levels with every part, a few thousand parameters, and change applied to its config.
func tiny(change func(c *adm.Config)) adm.Config {
	c := adm.Default()
	c.InChannels, c.ModelChannels, c.ChannelMult, c.NormGroups = 1, 4, []float64{1, 2}, 2
	c.NumResBlocks, c.AttentionResolutions, c.NumHeads, c.ScaleShiftNorm = 1, []int{2}, 2, true
	if change != nil {
		change(&c)
	}
	return c
}

// build is the network of c with random parameters, at a path called "net".
func build(t testing.TB, c adm.Config) *adm.Network {
	t.Helper()
	n, err := adm.New(layers.Root(rng.New(7)).At("net"), c)
	if err != nil {
		t.Fatal(err)
	}
	layerstest.Randomize(n.Params(), rng.New(8), 0.2)
	return n
}

var (
	testLabels  = []float64{3, 612.5}
	testClasses = []int{2, 0}
)

func row(name string, in autodiff.Shape, change func(c *adm.Config)) layerstest.Row {
	return layerstest.Row{Name: "Network " + name, In: []autodiff.Shape{in}, Std: 0.2,
		Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
			n, err := adm.New(p, tiny(change))
			if err != nil {
				return nil, nil, err
			}
			return n, func(s *scope, x []vr, first int) vr {
				last := first + x[0].Dim(0)
				var class []int
				if n.Config().NumClasses > 0 {
					class = testClasses[first:last]
				}
				if n.Config().Dropout > 0 && first == 0 {
					return n.ForwardTrain(s, x[0], testLabels[first:last], class, rng.New(5))
				}
				return n.ForwardClass(s, x[0], testLabels[first:last], class)
			}, nil
		}}
}

func rows() []layerstest.Row {
	drop := row("dropout", sh(2, 1, 2, 2), func(c *adm.Config) { c.Dropout, c.UseCheckpoint = 0.25, true })
	drop.Coupled = true // the masks of sample 1 are those of the second sample of a batch
	return []layerstest.Row{
		row("plain", sh(2, 1, 4, 2), nil),
		row("classes, new order, head channels, learned variance", sh(2, 1, 2, 4), func(c *adm.Config) {
			c.NumClasses, c.NewAttentionOrder, c.NumHeadChannels, c.OutChannels = 3, true, 2, 2
		}),
		row("residual resampling, recomputed", sh(2, 2, 4, 2), func(c *adm.Config) {
			c.ResblockUpdown, c.UseCheckpoint, c.InChannels = true, true, 2
		}),
		row("added embedding, averages, heads on the way up", sh(2, 1, 2, 2), func(c *adm.Config) {
			c.ScaleShiftNorm, c.ConvResample, c.NumHeadsUpsample = false, false, 4
		}),
		row("1-D, three levels, wide stem", sh(2, 1, 8), func(c *adm.Config) {
			c.Dims, c.ChannelMult, c.AttentionResolutions, c.StemChannels, c.LabelScale = 1, []float64{1, 1, 1.5}, []int{1}, 6, 0.01
		}),
		row("3-D", sh(2, 1, 3, 2, 2), func(c *adm.Config) { c.Dims = 3 }),
		row("3-D, depth halved", sh(2, 1, 2, 2, 2), func(c *adm.Config) { c.Dims, c.HalveDepth = 3, true }),
		drop,
		{Name: "OfClass", In: []autodiff.Shape{sh(2, 1, 2, 2)}, Std: 0.2,
			Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
				n, err := adm.New(p, tiny(func(c *adm.Config) { c.NumClasses = 3 }))
				if err != nil {
					return nil, nil, err
				}
				k, err := n.AsClass(1)
				return k, func(s *scope, x []vr, first int) vr {
					return k.Forward(s, x[0], testLabels[first:first+x[0].Dim(0)])
				}, err
			}},
	}
}

func TestConformance(t *testing.T) {
	var names []string
	for _, r := range rows() {
		names = append(names, r.Name)
		t.Run(r.Name, func(t *testing.T) { layerstest.Check(t, r) })
	}
	missing, err := layerstest.Missing(".", names, "Forward", "Params")
	if err != nil || len(missing) > 0 {
		t.Errorf("types without a row: %s %v", strings.Join(missing, ", "), err)
	}
}
