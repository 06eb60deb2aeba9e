package dpi

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/flows"
	"tweedie/internal/config"
	"tweedie/layers"
)

// FlowConfig describes one flow: exactly one of RealNVP, Glow and Couplings is set. Softplus applies to a RealNVP only.
type FlowConfig struct {
	RealNVP  *flows.RealNVPConfig `json:"realnvp,omitempty"`
	Glow     *flows.GlowConfig    `json:"glow,omitempty"`
	Softplus bool                 `json:"softplus,omitempty"` // a positive head is part of the file

	Couplings *Couplings `json:"couplings,omitempty"`

	latents [][]int // shapes that a Glow must turn out to have; nil for any
}

// build makes the flow at p, with a head when it is part of the file.
func (c FlowConfig) build(p layers.Path, use layers.Statistics) (f *Flow, err error) {
	f = &Flow{}
	if c.Couplings != nil {
		f.Net, err = c.Couplings.build(p)
		f.Data = autodiff.S(c.Couplings.Dim)
		f.Latents = []autodiff.Shape{f.Data}
		return f, err
	}
	if c.Glow != nil {
		g, err := flows.NewGlow(p, *c.Glow)
		if err != nil {
			return nil, err
		}
		f.Net, f.Latents = g.With(use), g.Latents()
		if c.latents != nil && !slices.EqualFunc(c.latents, f.Latents, func(a []int, b autodiff.Shape) bool { return slices.Equal(a, b.Dims(nil)) }) {
			return nil, fmt.Errorf("config: z_shapes are %v, and the blocks have latents %v", c.latents, f.Latents)
		}
		f.Data = autodiff.S(c.Glow.Channels, c.Glow.Height, c.Glow.Width)
		return f, nil
	}
	r, err := flows.NewRealNVP(p, *c.RealNVP)
	if err != nil {
		return nil, err
	}
	f.Net, f.Data = r.With(use), autodiff.S(r.Dim())
	f.Latents = []autodiff.Shape{f.Data}
	if c.Softplus {
		f.Head, err = newHead(r.Dim())
	}
	return f, err
}

// fits refuses a configuration of which no file with so few values can hold the weights, before anything is made in
// proportion to it. Every block has more values than a sample, than the network's width and than a convolution's matrix.
func (c FlowConfig) fits(f *checkpoints.File) error {
	held := 0.0
	for _, t := range f.Tensors() {
		held += float64(t.Len())
	}
	var most float64
	if c.Couplings != nil {
		return nil // which is read off the tensors
	}
	if c.Glow != nil {
		channels := 4 * float64(c.Glow.Channels) * float64(uint64(1)<<min(max(0, c.Glow.Blocks-1), 62))
		most = float64(c.Glow.Flows) * max(channels*channels, float64(c.Glow.Hidden), float64(c.Glow.Blocks))
	} else {
		most = float64(c.RealNVP.Flows) * float64(c.RealNVP.Dim)
		if c.RealNVP.SeqFrac > 0 {
			most = max(most, float64(c.RealNVP.Flows)*(float64(c.RealNVP.Dim)/(2*c.RealNVP.SeqFrac)-1))
		}
	}
	if most > held {
		return fmt.Errorf("the config describes a flow of more than %.3g weights, and the file holds %.0f values", most, held)
	}
	return nil
}

func parseDPIRealNVP(text []byte) (FlowConfig, error) {
	c := struct {
		Family    string  `json:"family"`
		Dim       int     `json:"ndim"`
		Flows     int     `json:"n_flow"`
		Affine    bool    `json:"affine"`
		SeqFrac   float64 `json:"seqfrac"`
		Permute   string  `json:"permute"`
		BatchNorm bool    `json:"batch_norm"`
		Hidden    int     `json:"hidden"`
		Image     []int   `json:"image_shape"`
	}{Family: DPIRealNVP, Affine: true, SeqFrac: 4, Permute: "random", BatchNorm: true}
	if err := config.Decode(text, &c); err != nil {
		return FlowConfig{}, fmt.Errorf("config: %w", err)
	}
	r := &flows.RealNVPConfig{Dim: c.Dim, Flows: c.Flows, SeqFrac: c.SeqFrac, Additive: !c.Affine, BatchNorm: c.BatchNorm, Permute: c.Permute}
	switch {
	case c.Family != DPIRealNVP:
		return FlowConfig{}, fmt.Errorf("config: family is %q", c.Family)
	case c.Hidden != 0 && c.Hidden != r.Hidden():
		return FlowConfig{}, fmt.Errorf("config: hidden is %d, and ndim/(2 seqfrac) is %d", c.Hidden, r.Hidden())
	case c.Image != nil && product(c.Image) != c.Dim:
		return FlowConfig{}, fmt.Errorf("config: image_shape %v does not have ndim %d values", c.Image, c.Dim)
	}
	return FlowConfig{RealNVP: r}, nil
}

func parseDPIGlow(text []byte) (FlowConfig, error) {
	c := struct {
		Family   string  `json:"family"`
		Channels int     `json:"n_channel"`
		Size     int     `json:"image_size"`
		Flows    int     `json:"n_flow"`
		Blocks   int     `json:"n_block"`
		Hidden   int     `json:"filter_size"`
		Affine   bool    `json:"affine"`
		LU       bool    `json:"conv_lu"`
		Latents  [][]int `json:"z_shapes"`
	}{Family: DPIGlow, Channels: 1, Hidden: 512, Affine: true, LU: true}
	if err := config.Decode(text, &c); err != nil {
		return FlowConfig{}, fmt.Errorf("config: %w", err)
	}
	if c.Family != DPIGlow {
		return FlowConfig{}, fmt.Errorf("config: family is %q", c.Family)
	}
	g := &flows.GlowConfig{Channels: c.Channels, Height: c.Size, Width: c.Size, Flows: c.Flows, Blocks: c.Blocks, Hidden: c.Hidden, Additive: !c.Affine, Plain: !c.LU}
	return FlowConfig{Glow: g, latents: c.Latents}, nil
}

// parseScorePriorFlow reads the sections model and data of a config; the others are of no concern here.
func parseScorePriorFlow(text []byte) (FlowConfig, error) {
	var c struct {
		Model json.RawMessage `json:"model"`
		Data  struct {
			Size     int `json:"image_size"`
			Channels int `json:"num_channels"`
		} `json:"data"`
		Dim int `json:"out_dim"`
	}
	m := struct {
		Bijector  string  `json:"bijector"`
		Flows     int     `json:"n_flow"`
		SeqFrac   float64 `json:"seqfrac"`
		Softplus  bool    `json:"include_softplus"`
		BatchNorm bool    `json:"batch_norm"`
		InitStd   float64 `json:"init_std"`
	}{Bijector: "RealNVP", Flows: 32, SeqFrac: 4, BatchNorm: true}
	if err := config.Tolerant(text, &c); err != nil {
		return FlowConfig{}, fmt.Errorf("config: %w", err)
	}
	if c.Model == nil {
		return FlowConfig{}, errors.New("config: no section model; it has n_flow, seqfrac, include_softplus and batch_norm")
	}
	if err := config.Decode(c.Model, &m); err != nil {
		return FlowConfig{}, fmt.Errorf("config: %w", config.Below("model", err))
	}
	size := product([]int{c.Data.Size, c.Data.Size, c.Data.Channels})
	if c.Dim == 0 {
		c.Dim = size
	}
	switch {
	case m.Bijector != "RealNVP":
		return FlowConfig{}, fmt.Errorf("config: model: bijector is %q; want RealNVP", m.Bijector)
	case size != 0 && c.Dim != size:
		return FlowConfig{}, fmt.Errorf("config: out_dim is %d, and an image has %d values", c.Dim, size)
	}
	return FlowConfig{RealNVP: &flows.RealNVPConfig{Dim: c.Dim, Flows: m.Flows, SeqFrac: m.SeqFrac, BatchNorm: m.BatchNorm}, Softplus: m.Softplus}, nil
}

// product is that of extents, -1 when one is negative or it is beyond 2^31.
func product(dims []int) int {
	n := 1
	for _, d := range dims {
		if d < 0 || int64(d) > 1<<31 || int64(n)*int64(d) > 1<<31 {
			return -1
		}
		n *= d
	}
	return n
}
