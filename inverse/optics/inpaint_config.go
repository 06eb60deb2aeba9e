package optics

import (
	"tweedie/autodiff"
	"tweedie/inverse"
)

// InpaintConfig describes a mask: exactly one of Box, Random, Lattice, Keep and Mask is given.
type InpaintConfig struct {
	// Box is a rectangle of missing pixels, the same in every channel.
	Box *BoxConfig `json:"box,omitempty"`
	// Random keeps pixels at random places.
	Random *RandomMaskConfig `json:"random,omitempty"`
	// Lattice keeps every so many pixels.
	Lattice *LatticeConfig `json:"lattice,omitempty"`
	// Keep is a mask of any form, [H,W] for all channels or [C,H,W], as in "mask.png" or "mask.npy": a pixel is kept where
	// it exceeds half of the largest entry.
	Keep inverse.Array `json:"keep,omitzero"`
	// Mask has one byte for each pixel, H*W for all channels or C*H*W; nonzero is kept. Base64 in JSON.
	Mask []byte `json:"mask,omitempty"`
	// Multiply keeps the image's shape, y = mask*x, with missing pixels that hold noise alone; otherwise
	// y is the list [m] of the kept pixels in the order of the image.
	Multiply bool `json:"multiply,omitempty"`
}

// BoxConfig is a rectangle in pixels.
type BoxConfig struct {
	Top    int `json:"top"`
	Left   int `json:"left"`
	Height int `json:"height"`
	Width  int `json:"width"`
}

// RandomMaskConfig keeps round(Keep*N) of N pixels, by a permutation drawn from Seed.
type RandomMaskConfig struct {
	// Keep is the fraction of pixels kept, in (0,1].
	Keep float64 `json:"keep"`
	// Seed picks the mask.
	Seed uint64 `json:"seed"`
	// PerChannel draws over all C*H*W entries rather than over the H*W pixels.
	PerChannel bool `json:"per_channel,omitempty"`
}

// Kind returns "inpaint".
func (InpaintConfig) Kind() string { return "inpaint" }

// LatticeConfig keeps the pixels (Top + i Rows, Left + j Cols) for all i, j >= 0.
type LatticeConfig struct {
	Rows int `json:"rows"`
	Cols int `json:"cols"`
	Top  int `json:"top,omitempty"`
	Left int `json:"left,omitempty"`
}

// Build returns an *Inpaint for images of shape in, [C,H,W].
func (c InpaintConfig) Build(in autodiff.Shape) (inverse.Operator, error) {
	if err := c.Validate(in); err != nil {
		return nil, err
	}
	mask, err := c.mask(in)
	if err != nil {
		return nil, err
	}
	var kept, dropped []int
	for i := range in.Size() {
		if mask[i%len(mask)] != 0 {
			kept = append(kept, i)
		} else {
			dropped = append(dropped, i)
		}
	}
	out := autodiff.S(len(kept))
	if c.Multiply {
		out = in
	}
	return newInpaint(inverse.BaseOf(c, in, out), c.Multiply, kept, dropped), nil
}

func init() { inverse.Register(InpaintConfig{}) }
