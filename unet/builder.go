package unet

import (
	"tweedie/autodiff"
	"tweedie/layers"
)

// builder makes the parts of a network of any family until one fails, and gathers their parameters in order, and the
// stages of its trunk.
type builder struct {
	path   layers.Path
	again  bool // derivatives compute runs of blocks again
	params []*autodiff.Param
	sites  int // blocks so far
	trunk  trunk
	skips  []int // channels of the skips that are not taken yet
	err    error
}

// part makes the part called name.
func part[M layers.Module, C any](b *builder, name string, make func(layers.Path, C) (M, error), c C) (m M) {
	return partAt(b, b.path.At(name), make, c)
}

// partAt makes the part at p, which lies below the builder's path.
func partAt[M layers.Module, C any](b *builder, p layers.Path, make func(layers.Path, C) (M, error), c C) (m M) {
	if b.err == nil {
		if m, b.err = make(p, c); b.err == nil {
			b.params = append(b.params, m.Params()...)
		}
	}
	return m
}

// down adds a stage to the way down, whose images have width channels at its end: they are a skip.
func (b *builder) down(width int, steps ...step) {
	b.trunk.down = append(b.trunk.down, steps)
	b.skips = append(b.skips, width)
}

// skip is the number of channels that the next stage of the way up finds joined to its own.
func (b *builder) skip() int {
	last := len(b.skips) - 1
	w := b.skips[last]
	b.skips = b.skips[:last]
	return w
}

// up adds a stage to the way up. Its first part takes the channels of the stage before and those of skip.
func (b *builder) up(steps ...step) { b.trunk.up = append(b.trunk.up, steps) }

// run is parts in turn; where the config says so, derivatives compute it again.
func (b *builder) run(parts ...images) step {
	if b.err != nil {
		return nil
	}
	return newRun(b.again, parts...)
}

// block is the residual block called name.
func (b *builder) block(name string, c layers.ResBlockConfig) images {
	b.sites++
	return block{part(b, name, layers.NewResBlock, c), b.sites}
}

// layer is the layer called name.
func layer[M layers.Layer, C any](b *builder, name string, make func(layers.Path, C) (M, error), c C) images {
	return plain{part(b, name, make, c)}
}
