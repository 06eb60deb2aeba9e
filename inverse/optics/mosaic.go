package optics

import (
	"fmt"
	"strings"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/inverse"
)

// MosaicConfig describes a colour filter array: every pixel of the sensor sees one channel of a colour image,
//
//	y_ij = x_{c(i mod r, j mod s), i, j}
//
// with the r x s tile c that Pattern spells.
type MosaicConfig struct {
	// Pattern has a string for every row of the tile and a letter for every pixel: r, g and b are the channels 0, 1 and 2,
	// and a digit is a channel itself. Capitals are the same. ["RG","GB"] is the Bayer array.
	Pattern []string `json:"pattern"`
}

// Kind returns "mosaic".
func (MosaicConfig) Kind() string { return "mosaic" }

// Validate names the field that does not fit images of shape in.
func (c MosaicConfig) Validate(in autodiff.Shape) error {
	_, err := c.tile(in)
	return err
}

// tile returns the channel of every pixel of the pattern.
func (c MosaicConfig) tile(in autodiff.Shape) ([][]int, error) {
	if in.Rank() != 3 || in.Size() == 0 {
		return nil, config.Errorf("mosaic", "shape", "an image %v is not [C,H,W] with pixels", in)
	}
	if len(c.Pattern) == 0 || len(c.Pattern) > in.Dim(1) {
		return nil, config.Errorf("mosaic", "pattern", "has %d rows; it must have between 1 and the %d of an image", len(c.Pattern), in.Dim(1))
	}
	tile := make([][]int, len(c.Pattern))
	for i, row := range c.Pattern {
		field := fmt.Sprintf("pattern[%d]", i)
		if len(row) == 0 || len(row) != len(c.Pattern[0]) || len(row) > in.Dim(2) {
			return nil, config.Errorf("mosaic", field, "has %d letters; every row must have the same number, between 1 and the %d columns of an image", len(row), in.Dim(2))
		}
		for _, letter := range strings.ToLower(row) {
			channel := strings.IndexRune("rgb", letter)
			if letter >= '0' && letter <= '9' {
				channel = int(letter - '0')
			}
			if channel < 0 || channel >= in.Dim(0) {
				return nil, config.Errorf("mosaic", field, "the letter %q is no channel of an image %v; channels are r, g and b, or digits from 0", letter, in)
			}
			tile[i] = append(tile[i], channel)
		}
	}
	return tile, nil
}

// Build returns an *Inpaint whose measurement is [1,H,W], for images of shape in, [C,H,W].
func (c MosaicConfig) Build(in autodiff.Shape) (inverse.Operator, error) {
	tile, err := c.tile(in)
	if err != nil {
		return nil, err
	}
	h, w := in.Dim(1), in.Dim(2)
	seen := make([]bool, in.Size())
	var kept, dropped []int
	for p := range h * w {
		row := tile[p/w%len(tile)]
		at := row[p%w%len(row)]*h*w + p
		kept, seen[at] = append(kept, at), true
	}
	for i, ok := range seen {
		if !ok {
			dropped = append(dropped, i)
		}
	}
	return newInpaint(inverse.BaseOf(c, in, autodiff.S(1, h, w)), false, kept, dropped), nil
}

func init() { inverse.Register(MosaicConfig{Pattern: []string{"RG", "GB"}}) }
