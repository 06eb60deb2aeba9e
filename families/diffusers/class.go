package diffusers

import (
	"fmt"

	"tweedie/autodiff"
)

// OfClass computes a network with classes for samples that are all of one class.
type OfClass struct {
	*Network
	index int
	value []float64 // of class_embed_type timestep
}

// AsClass returns the network that sees the given class in every sample: a row of the table, or a number that is
// embedded. The error says which classes there are.
func (n *Network) AsClass(index int) (OfClass, error) {
	k := OfClass{Network: n, index: index}
	switch kind := n.kind(); {
	case kind == "timestep":
		k.value = []float64{float64(index)}
		return k, n.cfg.check(k.value)
	case kind != "table":
		return k, fmt.Errorf("unet: class %d: the network has no numbered classes", index)
	case index < 0 || index >= *n.cfg.ClassEmbeds:
		return k, fmt.Errorf("unet: class %d: the network has %d, numbered from 0", index, *n.cfg.ClassEmbeds)
	}
	return k, nil
}

// Forward evaluates the network at x with times t, all samples of one class. It panics with a *autodiff.ShapeError when
// CheckShape has an error or there is not one time for each sample, and with a *autodiff.ValueError when CheckTimes has
// one.
func (k OfClass) Forward(s *autodiff.Scope, x autodiff.Var, t []float64) autodiff.Var {
	c := k.enter(s, x, t)
	l := c.Enter("label")
	e := k.mlp.Forward(l, k.feature.Forward(l, t))
	if k.table != nil {
		e = l.Add(e, l.Slice(l.Param(k.table), 0, k.index, k.index+1))
	} else {
		e = l.Add(e, k.class.Forward(l, k.feature.Forward(l, k.value)))
	}
	e = k.act.Apply(l, e)
	l.Close(e)
	return k.images(c, x, e, t, autodiff.Var{})
}
