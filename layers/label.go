package layers

import "tweedie/autodiff"

// LabelConfig is the configuration of the embedding of a label.
type LabelConfig struct {
	Kind  string  `json:"kind"`          // "fourier" for labels of order 1, "sinusoid" for labels of order 1000
	Std   float64 `json:"std,omitempty"` // standard deviation of the Fourier frequencies; 0 is 1
	Dim   int     `json:"dim"`           // width of the features
	Width int     `json:"width"`         // width of the result
}

// label embeds a noise level for all blocks of a network: e = silu(W1 silu(W0 features(c))), one number c per sample
// -> e [B,Width]. Parts: features (W), mlp. A label that is not finite gives an embedding that is not finite.
type label struct {
	name     string
	features Embedding
	mlp      *MLP
	params   []*autodiff.Param
}

// newLabel makes a label at p.
func newLabel(p Path, c LabelConfig) (*label, error) {
	l := &label{name: p.Local()}
	b := parts{at: p}
	switch c.Kind {
	case "fourier":
		if c.Std == 0 {
			c.Std = 1
		}
		l.features = add(&b, "features", NewFourier, FourierConfig{Dim: c.Dim, Std: c.Std})
	case "sinusoid":
		l.features = add(&b, "features", NewSinusoid, SinusoidConfig{Dim: c.Dim})
	default:
		return nil, p.Errorf("label", "unknown kind %q; want fourier or sinusoid", c.Kind)
	}
	l.mlp = add(&b, "mlp", NewMLP, MLPConfig{Sizes: []int{c.Dim, c.Width, c.Width}, Act: "silu"})
	l.params = b.params
	if b.err != nil {
		return nil, b.err
	}
	return l, nil
}

// Params returns the parameters of the features and the linear maps.
func (l *label) Params() []*autodiff.Param { return l.params }

// Forward returns the embedding [B,Width] of the labels v.
func (l *label) Forward(s *autodiff.Scope, v []float64) autodiff.Var {
	c := s.Enter(l.name)
	y := c.SiLU(l.mlp.Forward(c, l.features.Forward(c, v)))
	c.Close(y)
	return y
}
