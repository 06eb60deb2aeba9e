package denoisingdiffusion_test

import (
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/families/denoisingdiffusion"
	"tweedie/internal/config/configtest"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/rng"
)

func rows() []layerstest.Row {
	row := func(name string, c denoisingdiffusion.Config) layerstest.Row {
		return layerstest.Row{Name: name, In: []autodiff.Shape{autodiff.S(2, 1, 4, 4)}, Std: .2, Seed: 3,
			Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
				n, err := denoisingdiffusion.New(p, c)
				return n, func(s *autodiff.Scope, x []autodiff.Var, first int) autodiff.Var {
					return n.Forward(s, x[0], []float64{3, 40}[first:first+x[0].Dim(0)])
				}, err
			}}
	}
	c := denoisingdiffusion.Config{Dim: 4, DimMults: []int{1, 2}, Channels: 1, AttnHeads: []int{1, 2}, AttnDimHead: []int{2, 2}, Memory: 1}
	l := c
	l.LearnedSinusoidal, l.SinusoidalDim, l.SelfCondition = true, 2, true
	return []layerstest.Row{row("Network", c), row("Network with learned features and self-conditioning", l)}
}

func TestConformance(t *testing.T) {
	var names []string
	for _, r := range rows() {
		names = append(names, r.Name)
		t.Run(strings.ReplaceAll(r.Name, " ", "_"), func(t *testing.T) { layerstest.Check(t, r) })
	}
	if missing, err := layerstest.Missing(".", names, "Forward", "Params"); err != nil || len(missing) > 0 {
		t.Errorf("types without a row: %v %v", missing, err)
	}
}

// A config of hostile numbers is refused before anything is allocated.
func TestHostileNumbers(t *testing.T) {
	at := layers.Root(rng.New(0)).Blank()
	c := denoisingdiffusion.Config{Dim: 4, DimMults: []int{1, 2}, Channels: 1}.Effective()
	c.LearnedSinusoidal, c.SinusoidalDim = true, 4
	configtest.Hostile(t, c, func(c denoisingdiffusion.Config) error { _, err := denoisingdiffusion.New(at, c); return err }, "sinusoidal_pos_emb_theta")
	c.LearnedSinusoidal = false
	configtest.Hostile(t, c, func(c denoisingdiffusion.Config) error { _, err := denoisingdiffusion.New(at, c); return err }, "learned_sinusoidal_dim")
}
