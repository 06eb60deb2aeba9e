package unet

import (
	"fmt"
	"strconv"
	"strings"

	"tweedie/autodiff"
	"tweedie/layers"
)

// Block is a module of the caller's own that ADM.Insert puts into a network. From images h [B,C,...] and the embedding
// e [B,E] of labels and classes, which the network's own blocks see too, Forward returns images of the shape of h.
type Block interface {
	layers.Module
	Forward(s *autodiff.Scope, h, e autodiff.Var) autodiff.Var
}

// Stage names a place in a network behind which a Block can be inserted.
type Stage struct {
	Name     string // "input_blocks.3", "middle_block" or "output_blocks.0": what the names of its parameters begin with
	Channels int    // of the images that leave it
}

// Stages returns the places where a Block can be inserted, in the order in which images pass them.
func (c ADMConfig) Stages() []Stage {
	c = c.Effective()
	last := len(c.ChannelMult) - 1
	in, out := []int{c.StemChannels}, []int{}
	for l := range c.ChannelMult {
		for range c.NumResBlocks {
			in = append(in, c.Width(l))
		}
		if l < last {
			in = append(in, c.Width(l))
		}
	}
	for l := last; l >= 0; l-- {
		for range c.NumResBlocks + 1 {
			out = append(out, c.Width(l))
		}
	}
	var stages []Stage
	for i, w := range in {
		stages = append(stages, Stage{"input_blocks." + strconv.Itoa(i), w})
	}
	stages = append(stages, Stage{"middle_block", c.Width(last)})
	for i, w := range out {
		stages = append(stages, Stage{"output_blocks." + strconv.Itoa(i), w})
	}
	return stages
}

// Embedding returns the width E of the embedding that blocks see.
func (c ADMConfig) Embedding() int { return c.embedding() }

// Insert puts b behind a stage: whatever took the stage's images, the skip across the network included, takes the
// images that b returns. The parameters of b keep their names and follow the network's own. Call Insert before the
// network is used. The error lists the stages there are, or names a parameter of b whose name is taken, or says why b
// does not return images of the shape that it is given.
func (n *ADM) Insert(stage string, b Block) error {
	t := &n.trunk
	var at *[]step
	var width int
	var names []string
	for i, s := range n.cfg.Stages() {
		names = append(names, s.Name)
		if s.Name != stage {
			continue
		}
		width = s.Channels
		switch middle := len(t.down); {
		case i < middle:
			at = (*[]step)(&t.down[i])
		case i == middle:
			at = (*[]step)(&t.middle)
		default:
			at = (*[]step)(&t.up[i-middle-1])
		}
	}
	if at == nil {
		return fmt.Errorf("unet: there is no stage %q; there are %s", stage, strings.Join(names, ", "))
	}
	taken := map[string]bool{}
	for _, p := range n.params {
		taken[p.Name()] = true
	}
	for _, p := range b.Params() {
		if taken[p.Name()] {
			return fmt.Errorf("unet: parameter %q of the block for %s: the network has one of this name", p.Name(), stage)
		}
		taken[p.Name()] = true
	}
	i := inserted{b}
	images := autodiff.S(1, width)
	for range n.cfg.Dims {
		images = images.Insert(images.Rank(), 8)
	}
	_, err := layers.OutShape(func(s *autodiff.Scope, h autodiff.Var) autodiff.Var {
		return i.forward(s, state{h: h}, s.Zeros(autodiff.S(1, n.cfg.embedding())), autodiff.Var{}).h
	}, images)
	if err != nil {
		return fmt.Errorf("unet: the block for %s: %w", stage, err)
	}
	*at = append(*at, i)
	n.params = append(n.params[:len(n.params):len(n.params)], b.Params()...)
	return nil
}

// inserted is somebody's block as a step.
type inserted struct{ Block }

func (i inserted) forward(s *autodiff.Scope, x state, e, _ autodiff.Var) state {
	y := i.Forward(s, x.h, e)
	if y.Shape() != x.h.Shape() {
		panic(&autodiff.ShapeError{Op: "inserted block", Module: s.Path(), Shapes: []autodiff.Shape{x.h.Shape(), y.Shape()}, Msg: "it must return images of the shape that it takes"})
	}
	x.h = y
	return x
}
