package unet

import (
	"tweedie/autodiff"
	"tweedie/layers"
)

// Builder makes the parts of a network of any family until one fails, and gathers their parameters in order, and the
// stages of its trunk.
type Builder struct {
	Path   layers.Path
	Again  bool // derivatives compute runs of blocks again
	Params []*autodiff.Param
	Trunk  Trunk
	Err    error // of the first part that could not be made

	sites int   // blocks so far
	skips []int // channels of the skips that are not taken yet
}

// Make makes the part called name.
func Make[M layers.Module, C any](b *Builder, name string, make func(layers.Path, C) (M, error), c C) (m M) {
	return MakeAt(b, b.Path.At(name), make, c)
}

// MakeAt makes the part at p, which lies below the Builder's path.
func MakeAt[M layers.Module, C any](b *Builder, p layers.Path, make func(layers.Path, C) (M, error), c C) (m M) {
	if b.Err == nil {
		if m, b.Err = make(p, c); b.Err == nil {
			b.Params = append(b.Params, m.Params()...)
		}
	}
	return m
}

// Down adds a stage to the way down, whose images have width channels at its end: they are a skip.
func (b *Builder) Down(width int, steps ...Step) {
	b.Trunk.Down = append(b.Trunk.Down, steps)
	b.Trunk.widths = append(b.Trunk.widths, width)
	b.skips = append(b.skips, width)
}

// Skip returns the number of channels that the next stage of the way up finds joined to its own.
func (b *Builder) Skip() int {
	last := len(b.skips) - 1
	w := b.skips[last]
	b.skips = b.skips[:last]
	return w
}

// Up adds a stage to the way up, whose images have width channels at its end. Its first part takes the channels of the stage
// before and those of Skip. The stages of the way down are there already.
func (b *Builder) Up(width int, steps ...Step) {
	b.Trunk.Up = append(b.Trunk.Up, steps)
	b.Trunk.widths = append(b.Trunk.widths, width)
}

// Site returns the number of the next residual block, counted from 1, by which dropout tells blocks apart.
func (b *Builder) Site() int {
	b.sites++
	return b.sites
}

// Run returns parts in turn; where the config says so, derivatives compute it again.
func (b *Builder) Run(parts ...Part) Step {
	if b.Err != nil {
		return nil
	}
	return NewRun(b.Again, parts...)
}

// Residual makes the residual block called name.
func (b *Builder) Residual(name string, c layers.ResBlockConfig) Part {
	return Residual{Make(b, name, layers.NewResBlock, c), b.Site()}
}

// MakeLayer makes the layer called name.
func MakeLayer[M layers.Layer, C any](b *Builder, name string, make func(layers.Path, C) (M, error), c C) Part {
	return Plain{Make(b, name, make, c)}
}
