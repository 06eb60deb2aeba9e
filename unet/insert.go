package unet

import (
	"fmt"
	"strconv"
	"strings"

	"tweedie/autodiff"
	"tweedie/layers"
)

// Block is a module of the caller's own that Insert puts into a network. From images h [B,C,...] and the embedding e [B,E]
// of labels and classes, which the network's own blocks see too, Forward returns images of the shape of h.
type Block interface {
	layers.Module
	Forward(s *autodiff.Scope, h, e autodiff.Var) autodiff.Var
}

// Place is where a Block can be inserted: behind a stage of a network.
type Place struct {
	Name     string // "down.3", "middle" or "up.0", or what the family calls it
	Channels int    // of the images that leave the stage
}

// Places returns the places of a trunk in the order in which images pass them: behind every stage of the way down, called
// down.0, down.1, ..., behind the middle, and behind every stage of the way up, called up.0, up.1, ...
func (t *Trunk) Places() []Place {
	var places []Place
	for i := range t.Down {
		places = append(places, Place{"down." + strconv.Itoa(i), t.widths[i]})
	}
	places = append(places, Place{"middle", t.widths[len(t.Down)-1]})
	for i := range t.Up {
		places = append(places, Place{"up." + strconv.Itoa(i), t.widths[len(t.Down)+i]})
	}
	return places
}

// Insertion says where Insert puts a block, and what it must fit.
type Insertion struct {
	Places    []Place // of the trunk, in the order of Trunk.Places, under the family's names; nil for those of the trunk
	At        string  // one of them
	Dims      int     // spatial axes of the images
	Embedding int     // width E of the embedding that blocks see; 0 for none, and e is the zero Var
}

// Insert puts b behind a stage: whatever took the stage's images, the skip across the network included, takes the images
// that b returns. It returns params, those of the network, followed by those of b, which keep their names. The error
// lists the places there are, or names a parameter of b whose name is taken, or says why b does not return images of the
// shape that it is given.
func (t *Trunk) Insert(in Insertion, b Block, params []*autodiff.Param) ([]*autodiff.Param, error) {
	if in.Places == nil {
		in.Places = t.Places()
	}
	at, width, err := t.behind(in)
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	for _, p := range params {
		taken[p.Name()] = true
	}
	for _, p := range b.Params() {
		if taken[p.Name()] {
			return nil, fmt.Errorf("unet: parameter %q of the block for %s: the network has one of this name", p.Name(), in.At)
		}
		taken[p.Name()] = true
	}
	i := inserted{b}
	images := autodiff.S(1, width)
	for range in.Dims {
		images = images.Insert(images.Rank(), 8)
	}
	_, err = layers.OutShape(func(s *autodiff.Scope, h autodiff.Var) autodiff.Var {
		var e autodiff.Var
		if in.Embedding > 0 {
			e = s.Zeros(autodiff.S(1, in.Embedding))
		}
		return i.Forward(s, State{H: h}, e, autodiff.Var{}).H
	}, images)
	if err != nil {
		return nil, fmt.Errorf("unet: the block for %s: %w", in.At, err)
	}
	*at = append(*at, i)
	return append(params[:len(params):len(params)], b.Params()...), nil
}

// behind returns the stage that a place is behind, and the channels of its images.
func (t *Trunk) behind(in Insertion) (at *Stage, width int, err error) {
	var names []string
	for i, s := range in.Places {
		names = append(names, s.Name)
		if s.Name != in.At {
			continue
		}
		switch middle := len(t.Down); {
		case i < middle:
			at = &t.Down[i]
		case i == middle:
			at = &t.Middle
		default:
			at = &t.Up[i-middle-1]
		}
		return at, s.Channels, nil
	}
	return nil, 0, fmt.Errorf("unet: there is no stage %q; there are %s", in.At, strings.Join(names, ", "))
}

// inserted is somebody's block as a step.
type inserted struct{ Block }

// Forward applies the block to the images, and refuses images of another shape.
func (i inserted) Forward(s *autodiff.Scope, x State, e, _ autodiff.Var) State {
	y := i.Block.Forward(s, x.H, e)
	if y.Shape() != x.H.Shape() {
		panic(&autodiff.ShapeError{Op: "inserted block", Module: s.Path(), Shapes: []autodiff.Shape{x.H.Shape(), y.Shape()}, Msg: "it must return images of the shape that it takes"})
	}
	x.H = y
	return x
}
