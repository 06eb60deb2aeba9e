// Package mlp has networks of points, rows of numbers without an order: linear maps with a nonlinearity between them, of the
// values and of time, as a config declares them. They are trained by it, and state dicts of Linear layers are read by it.
package mlp

import (
	"fmt"
	"slices"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/layers"
)

// Config describes a Network.
type Config struct {
	Kind      string            `json:"kind,omitempty"`       // "mlp", or nothing
	Hidden    []int             `json:"hidden"`               // widths between the values and the result
	Act       layers.Activation `json:"act"`                  // between linear maps: "silu", "relu", ...
	Time      string            `json:"time"`                 // "concat": t behind the values; "first": before them; "sinusoidal": its features behind them; "none"
	TimeDim   int               `json:"time_dim,omitempty"`   // of the features; 0 is 32
	TimeScale float64           `json:"time_scale,omitempty"` // multiplies t; 0 is 1
	Residual  bool              `json:"residual,omitempty"`   // the values are added to the result
}

// Default returns three hidden layers 128 wide, with SiLU and t behind the values.
func Default() Config {
	return Config{Hidden: []int{128, 128, 128}, Act: "silu", Time: "concat"}
}

// Effective returns c with every field that has a default.
func (c Config) Effective() Config {
	if c.Kind = ""; c.TimeScale == 0 {
		c.TimeScale = 1
	}
	if c.Time != "sinusoidal" {
		c.TimeDim = 0
	} else if c.TimeDim == 0 {
		c.TimeDim = 32
	}
	c.Hidden = slices.Clone(c.Hidden)
	return c
}

// Validate returns an error about the first field that is wrong.
func (c Config) Validate() error {
	k := config.Check("mlp")
	c2 := c.Effective()
	k.Name("kind", c.Kind, "", "mlp")
	k.That(len(c.Hidden) <= 64, "hidden", len(c.Hidden), "want at most 64 layers")
	k.Ints("hidden", c.Hidden, 1, 1<<16)
	k.Name("act", string(c.Act), "silu", "relu", "leaky_relu", "lrelu", "elu", "gelu", "tanh", "sigmoid", "softplus")
	k.Name("time", c.Time, "concat", "first", "sinusoidal", "none")
	k.That(c2.Time != "sinusoidal" || c2.TimeDim >= 4 && c2.TimeDim <= 1<<16 && c2.TimeDim%2 == 0, "time_dim", c.TimeDim, "want an even number from 4 on")
	k.Finite("time_scale", c.TimeScale)
	return k.Err()
}

// in is the width of what the first linear map takes, of n values.
func (c Config) in(n int) int {
	switch c.Time {
	case "none":
		return n
	case "sinusoidal":
		return n + c.TimeDim
	}
	return n + 1
}

// Network computes F = W_L act(... act(W_0 [x, gamma(t)])) of images or points x [B,C,...], whose values it takes as one row;
// gamma(t) is s t, or its features (cos, sin)(s t f), or nothing. Parameters: 0.weight, 0.bias, 2.weight, ..., as in PyTorch's
// Sequential.
type Network struct {
	name     string
	cfg      Config // effective
	size     int    // values of a sample
	features *layers.Sinusoid
	mlp      *layers.MLP
}

// New makes the network of c for samples of so many values, with parameters named and seeded by path p. The error names the
// field of c that is wrong.
func New(p layers.Path, c Config, size int) (*Network, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	n := &Network{name: p.Local(), cfg: c.Effective(), size: size}
	sizes := append(append([]int{n.cfg.in(size)}, c.Hidden...), size)
	var err error
	if n.cfg.Time == "sinusoidal" {
		if n.features, err = layers.NewSinusoid(p.At("time"), layers.SinusoidConfig{Dim: n.cfg.TimeDim, Scale: n.cfg.TimeScale}); err != nil {
			return nil, err
		}
	}
	n.mlp, err = layers.NewMLP(p, layers.MLPConfig{Sizes: sizes, Act: c.Act})
	return n, err
}

// Params returns the parameters of the linear maps.
func (n *Network) Params() []*autodiff.Param { return n.mlp.Params() }

// Config returns the effective configuration.
func (n *Network) Config() Config { return n.cfg }

// Forward returns F of x [B,C,...] at times t, of the shape of x.
// It panics with a *autodiff.ShapeError when x has another number of values, or t another length.
func (n *Network) Forward(s *autodiff.Scope, x autodiff.Var, t []float64) autodiff.Var {
	c := s.Enter(n.name)
	sh := x.Shape()
	if sh.Rank() < 2 || sh.Size() != sh.Dim(0)*n.size || sh.Dim(0) != len(t) {
		panic(&autodiff.ShapeError{Op: "mlp", Module: c.Path(), Shapes: []autodiff.Shape{sh}, Msg: fmt.Sprintf("want [B,...] of %d values, with a time for each sample, of which %d were given", n.size, len(t))})
	}
	row := c.Reshape(x, autodiff.S(sh.Dim(0), n.size))
	h := row
	switch n.cfg.Time {
	case "concat":
		h = c.Concat(1, row, n.times(c, t))
	case "first":
		h = c.Concat(1, n.times(c, t), row)
	case "sinusoidal":
		h = c.Concat(1, row, n.features.Forward(c, t))
	}
	y := n.mlp.Forward(c, h)
	if n.cfg.Residual {
		y = c.Add(y, row)
	}
	y = c.Reshape(y, sh)
	c.Close(y)
	return y
}

// times is s t as a column.
func (n *Network) times(s *autodiff.Scope, t []float64) autodiff.Var {
	return s.Scale(s.Const64(autodiff.S(len(t), 1), t), n.cfg.TimeScale)
}
