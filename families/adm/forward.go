package adm

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/layers"
	"tweedie/rng"
	"tweedie/unet"
)

// Forward evaluates a network without classes: images x [B,in_channels,...] and one label a sample, which the original
// calls timestep, give [B,out_channels,...].
// It panics with a *autodiff.ShapeError when CheckShape has an error or there is not one label for each sample, and
// with a *autodiff.ValueError when the network has classes: use ForwardClass then, or AsClass for one class in all
// samples.
func (n *Network) Forward(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
	return n.ForwardClass(s, x, label, nil)
}

// ForwardClass evaluates the network as Forward does, given the class of every sample, 0 to num_classes-1, or nil for a
// network without classes. class is not copied and must not change while the tape lives.
// It panics as Forward does, and when classes are missing, too many, or out of range.
func (n *Network) ForwardClass(s *autodiff.Scope, x autodiff.Var, label []float64, class []int) autodiff.Var {
	c := n.enter(s, x, label)
	return n.images(c, x, n.embed(c, label, class), autodiff.Var{})
}

// ForwardTrain evaluates the network as ForwardClass does, with dropout. The masks are a function of key: the same key
// gives the same masks, in each derivative and in a second evaluation. Without dropout in the config it equals
// ForwardClass.
func (n *Network) ForwardTrain(s *autodiff.Scope, x autodiff.Var, label []float64, class []int, key rng.Key) autodiff.Var {
	c := n.enter(s, x, label)
	var seeds autodiff.Var
	if n.cfg.Dropout > 0 {
		seeds = layers.Seeds(c, key, len(label))
	}
	return n.images(c, x, n.embed(c, label, class), seeds)
}

// OfClass computes a network with classes for samples that are all of class Index.
type OfClass struct {
	*Network
	Index int
}

// AsClass returns the network that sees the given class in every sample. The error says which classes there are.
func (n *Network) AsClass(index int) (OfClass, error) {
	if index < 0 || index >= n.cfg.NumClasses {
		return OfClass{}, fmt.Errorf("unet: class %d: the network has %d, numbered from 0", index, n.cfg.NumClasses)
	}
	return OfClass{n, index}, nil
}

// Forward evaluates the network at x with labels, all samples of class Index. It panics as ADM.ForwardClass does.
func (k OfClass) Forward(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
	c := k.enter(s, x, label)
	e := c.Add(k.features(c, label), c.Slice(c.Param(k.class), 0, k.Index, k.Index+1))
	return k.images(c, x, c.SiLU(e), autodiff.Var{})
}

// enter opens the network's scope and checks x and the labels.
func (n *Network) enter(s *autodiff.Scope, x autodiff.Var, label []float64) *autodiff.Scope {
	c := s.Enter(n.name)
	unet.Fits(c, x.Shape(), n.cfg.misfit(x.Shape()), len(label))
	return c
}

// features is the embedding of the labels alone.
func (n *Network) features(s *autodiff.Scope, label []float64) autodiff.Var {
	return n.mlp.Forward(s, n.time.Forward(s, label))
}

// embed is what every block sees of labels and classes: [B,E].
func (n *Network) embed(s *autodiff.Scope, label []float64, class []int) autodiff.Var {
	switch {
	case n.class == nil && class != nil:
		panic(&autodiff.ValueError{Op: "unet", Module: s.Path(), Msg: "classes were given to a network that has none"})
	case n.class != nil && class == nil:
		panic(&autodiff.ValueError{Op: "unet", Module: s.Path(), Msg: fmt.Sprintf("the network has %d classes: call ForwardClass, or AsClass first", n.cfg.NumClasses)})
	case class != nil && len(class) != len(label):
		panic(&autodiff.ValueError{Op: "unet", Module: s.Path(), Msg: fmt.Sprintf("%d classes for %d samples", len(class), len(label))})
	}
	c := s.Enter("label")
	e := n.features(c, label)
	if class != nil {
		e = c.Add(e, c.Gather(c.Param(n.class), 0, class))
	}
	e = c.SiLU(e)
	c.Close(e)
	return e
}

// images is the network at x given the embedding e, in scope c, which it closes.
func (n *Network) images(c *autodiff.Scope, x, e, seeds autodiff.Var) autodiff.Var {
	h := n.trunk.Forward(c, unet.State{H: x}, e, seeds).H
	y := n.out.Forward(c, n.norm.Forward(c, h))
	c.Close(y)
	return y
}
