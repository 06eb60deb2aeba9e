package adm

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"tweedie/unet"
)

// Inference holds what the tensors of a state dict say about the network that they belong to.
type Inference struct {
	Config  Config
	Presets []string // published configurations with these very tensors
	Open    []string // fields of Config that decide about the function, that no tensor tells, and that no preset settles
}

// Infer reads the configuration of a guided-diffusion network off the names and shapes of its tensors. They tell
// everything but the heads of the attention, the order of its channels, and what has no effect on the outputs. When the
// tensors match a published network, all this is taken from it; otherwise Open names what matters, and the config has
// one head. The error says which tensor is missing or odd.
func Infer(shapes map[string][]int) (Inference, error) {
	in := reading{shapes: shapes}
	c := in.config()
	if in.err != nil {
		return Inference{}, fmt.Errorf("unet: these are not the tensors of a network of guided diffusion: %w", in.err)
	}
	found := Inference{Config: c, Open: []string{"num_heads or num_head_channels", "use_new_attention_order"}}
	if c.Dims == 3 {
		found.Open = append(found.Open, "halve_depth")
	}
	for _, name := range Presets() {
		p, err := Preset(name)
		if err == nil && p.withoutHidden().String() == c.withoutHidden().String() {
			if found.Presets = append(found.Presets, name); len(found.Presets) == 1 {
				found.Config, found.Open = p, nil
			}
		}
	}
	if len(found.Open) == 0 {
		return found, found.Config.Validate()
	}
	// Any number of heads has the same tensors; one divides every width, so that the shapes can be checked.
	c.NumHeads = 1
	found.Config = c
	return found, c.Validate()
}

// withoutHidden is c with what tensors do not tell at its default.
func (c Config) withoutHidden() Config {
	c.ImageSize, c.Dropout, c.UseCheckpoint, c.NewAttentionOrder, c.HalveDepth, c.LabelScale = 0, 0, false, false, false, 1
	c.NumHeads, c.NumHeadsUpsample, c.NumHeadChannels = 1, -1, -1
	c = c.Effective()
	slices.Sort(c.AttentionResolutions)
	return c
}

// reading looks tensors up; its err is the first that was missing.
type reading struct {
	shapes map[string][]int
	err    error
}

// shape is that of a tensor of at least the given rank.
func (r *reading) shape(name string, rank int) []int {
	if s, ok := r.shapes[name]; ok && len(s) >= rank {
		return s
	} else if r.err == nil {
		r.err = fmt.Errorf("there is no %q with %d axes", name, rank)
		if ok {
			r.err = fmt.Errorf("%q has shape %v; want at least %d axes", name, s, rank)
		}
	}
	return make([]int, rank)
}

func (r *reading) has(name string) bool { _, ok := r.shapes[name]; return ok }

func (r *reading) config() Config {
	c := Default()
	stem := r.shape("input_blocks.0.0.weight", 3)
	c.Dims, c.StemChannels, c.InChannels = len(stem)-2, stem[0], stem[1]
	c.OutChannels = r.shape("out.2.weight", 3)[0]
	c.ModelChannels = r.shape("time_embed.0.weight", 2)[1]
	if r.has("label_emb.weight") {
		c.NumClasses = r.shape("label_emb.weight", 2)[0]
	}
	entries := 0 // output_blocks
	for r.has(up(entries, 0) + "in_layers.0.weight") {
		entries++
	}
	if entries == 0 || c.ModelChannels < 1 {
		r.shape(up(0, 0)+"in_layers.0.weight", 1)
		if r.err == nil {
			r.err = errors.New("the time embedding has no features")
		}
		return c
	}
	c.NumResBlocks = entries - 1
	c.ConvResample = true
	for j := range entries {
		kind := r.resampled(j)
		if kind == "" {
			continue
		}
		c.NumResBlocks, c.ResblockUpdown, c.ConvResample = j, kind == "block", kind != "plain"
		break
	}
	per := c.NumResBlocks + 1
	if entries%per != 0 || c.NumResBlocks < 1 || entries/per > unet.MostLevels {
		r.err = fmt.Errorf("%d entries of output_blocks do not make levels of %d", entries, per)
		return c
	}
	c.ChannelMult, c.AttentionResolutions = nil, []int{}
	for l := range entries / per {
		at := "input_blocks." + strconv.Itoa(1+l*per) + "."
		width := r.shape(at+"0.out_layers.3.weight", 3)[0]
		c.ChannelMult = append(c.ChannelMult, float64(width)/float64(c.ModelChannels))
		if r.has(at + "1.qkv.weight") {
			c.AttentionResolutions = append(c.AttentionResolutions, 1<<l)
		}
		if l == 0 {
			c.ScaleShiftNorm = r.shape(at+"0.emb_layers.1.weight", 2)[0] == 2*width
		}
	}
	return c
}

// resampled says how entry j of the way up doubles the resolution: in a block, by a layer that convolves or a plain
// one, which has no tensors but leaves a gap on the way down; "" when it does not.
func (r *reading) resampled(j int) string {
	for k := 1; k <= 2; k++ {
		switch {
		case r.has(up(j, k) + "in_layers.0.weight"):
			return "block"
		case r.has(up(j, k) + "conv.weight"):
			return "conv"
		}
	}
	gap, after := "input_blocks."+strconv.Itoa(j+1)+".", "input_blocks."+strconv.Itoa(j+2)+"."
	if j > 0 && !r.any(gap) && r.any(after) {
		return "plain"
	}
	return ""
}

func (r *reading) any(prefix string) bool {
	for name := range r.shapes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// up is the path of part k of entry j of the way up.
func up(j, k int) string { return "output_blocks." + strconv.Itoa(j) + "." + strconv.Itoa(k) + "." }
