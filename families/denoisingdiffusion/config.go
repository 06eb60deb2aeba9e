package denoisingdiffusion

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/unet"
)

// Config describes a U-Net by the arguments of its authors' constructor.
type Config struct {
	Dim               int     `json:"dim"`                // unit of widths; the embedding is 4 dim wide
	InitDim           int     `json:"init_dim,omitempty"` // width behind the first convolution; 0 is dim
	DimMults          []int   `json:"dim_mults"`          // width behind every level over dim, highest resolution first
	Channels          int     `json:"channels"`           // of an image
	SelfCondition     bool    `json:"self_condition"`     // sees an estimate of the image beside it, here zeros
	LearnedVariance   bool    `json:"learned_variance"`   // returns twice the channels of an image
	LearnedSinusoidal bool    `json:"learned_sinusoidal_cond"`
	SinusoidalDim     int     `json:"learned_sinusoidal_dim,omitempty"`   // features of times with learned_sinusoidal_cond; 0 is 16
	Theta             float64 `json:"sinusoidal_pos_emb_theta,omitempty"` // longest period of the features otherwise; 0 is 10000
	AttnDimHead       []int   `json:"attn_dim_head,omitempty"`            // channels of a head at every level; none are 32
	AttnHeads         []int   `json:"attn_heads,omitempty"`               // at every level; none are 4
	FullAttn          []bool  `json:"full_attn,omitempty"`                // softmax over positions, and not linear attention; none: at the last level
	Memory            int     `json:"num_mem_kv,omitempty"`               // keys and values that are learned; 0 is 4
}

// Effective returns c with every field that has a default.
func (c Config) Effective() Config {
	n := len(c.DimMults)
	if c.InitDim == 0 {
		c.InitDim = c.Dim
	}
	if c.Memory == 0 {
		c.Memory = 4
	}
	if c.AttnDimHead == nil {
		c.AttnDimHead = filled(n, 32)
	}
	if c.AttnHeads == nil {
		c.AttnHeads = filled(n, 4)
	}
	if c.FullAttn == nil {
		c.FullAttn = make([]bool, n)
		for i := range c.FullAttn {
			c.FullAttn[i] = i == n-1
		}
	}
	switch {
	case !c.LearnedSinusoidal:
		if c.SinusoidalDim = 0; c.Theta == 0 {
			c.Theta = 10000
		}
	case c.SinusoidalDim == 0:
		c.SinusoidalDim, c.Theta = 16, 0
	}
	return c
}

func filled(n, v int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = v
	}
	return s
}

// Validate returns an error about the first field that is wrong.
func (c Config) Validate() error {
	k := config.Check("denoising_diffusion")
	k.That(len(c.DimMults) > 0 && len(c.DimMults) <= unet.MostLevels, "dim_mults", c.DimMults, "want 1 to %d levels", unet.MostLevels)
	if err := k.Err(); err != nil {
		return err
	}
	c = c.Effective()
	n := len(c.DimMults)
	k.Int("dim", c.Dim, 4, unet.MostChannels/4)
	k.That(c.Dim%2 == 0, "dim", c.Dim, "want an even number")
	k.Int("init_dim", c.InitDim, 1, unet.MostChannels)
	k.Ints("dim_mults", c.DimMults, 1, unet.MostChannels/max(1, c.Dim))
	k.Int("channels", c.Channels, 1, unet.MostChannels/4)
	k.That(!c.LearnedSinusoidal || c.SinusoidalDim >= 2 && c.SinusoidalDim%2 == 0 && c.SinusoidalDim <= unet.MostChannels, "learned_sinusoidal_dim", c.SinusoidalDim, "want an even number from 2 on")
	k.That(c.LearnedSinusoidal || c.Theta > 1 && c.Theta <= config.Huge, "sinusoidal_pos_emb_theta", c.Theta, "want more than 1")
	k.Int("num_mem_kv", c.Memory, 1, 1<<12)
	k.That(len(c.AttnDimHead) == n, "attn_dim_head", c.AttnDimHead, "want one number for each of %d levels", n)
	k.That(len(c.AttnHeads) == n, "attn_heads", c.AttnHeads, "want one number for each of %d levels", n)
	k.That(len(c.FullAttn) == n, "full_attn", c.FullAttn, "want one for each of %d levels", n)
	k.Ints("attn_dim_head", c.AttnDimHead, 1, 1<<12)
	k.Ints("attn_heads", c.AttnHeads, 1, 1<<8)
	return k.Err()
}

// OutChannels returns the number of channels of the network's output.
func (c Config) OutChannels() int {
	if c.LearnedVariance {
		return 2 * c.Channels
	}
	return c.Channels
}

// CheckShape returns an error unless the network takes images of shape x [B,C,H,W]; for wrong extents it names the nearest
// legal size.
func (c Config) CheckShape(x autodiff.Shape) error {
	if msg := unet.Misfit(x, c.Channels, len(c.DimMults)); msg != "" {
		return fmt.Errorf("unet: images %v: %s", x, msg)
	}
	return nil
}
