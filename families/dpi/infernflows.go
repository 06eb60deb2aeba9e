package dpi

import (
	"fmt"
	"strconv"
	"strings"

	"tweedie/checkpoints"
	"tweedie/flows"
)

// mostLinks bounds the bijectors of a chain in a file.
const mostLinks = 1 << 10

// indices is a row of indices below n, where n is not 0.
func indices(f *checkpoints.File, name string, n int) ([]int, error) {
	t, err := f.Tensor(name)
	if err != nil {
		return nil, err
	}
	v, err := t.Int64s()
	if err != nil {
		return nil, err
	}
	out := make([]int, len(v))
	for i, j := range v {
		if out[i] = int(j); j < 0 || n > 0 && j >= int64(n) {
			return nil, fmt.Errorf("tensor %q: element %d is %d; want an index below %d", name, i, j, n)
		}
	}
	return out, nil
}

// inferNFlows reads couplings with residual networks, _transform._transforms.K, and permutations between them, off a Flow of
// nflows, which takes data to noise. What the networks return tells which couplings: as many values as are moved are shifts, twice as many
// affine maps, others splines, whose tail_bound is 1 unless a config says otherwise.
func inferNFlows(f *checkpoints.File) (FlowConfig, error) {
	const first = "_transform._transforms."
	c := &Couplings{Act: "relu"}
	for i := range mostLinks {
		name := first + strconv.Itoa(i)
		part := f.Sub(name + ".")
		switch {
		case len(part.Names()) == 0:
			return FlowConfig{Couplings: c}, c.known(f)
		case part.Has("_permutation"):
			order, err := indices(part, "_permutation", 0)
			if err != nil {
				return FlowConfig{}, err
			}
			c.Links = append(c.Links, Link{Name: name, Order: order})
			c.Dim = max(c.Dim, len(order))
			continue
		case !part.Has("transform_features"):
			return FlowConfig{}, fmt.Errorf("the transform %s holds %q; couplings and permutations are known, batch norms and linear maps are not", name, part.Names()[0])
		}
		move, err := indices(part, "transform_features", 0)
		if err != nil {
			return FlowConfig{}, err
		}
		keep := extent(part, "identity_features", 0)
		c.Dim = len(move) + keep
		out := extent(part, "transform_net.final_layer.weight", 0)
		if out != len(move) && out != 2*len(move) {
			link, err := splineCoupling(part, name, move, c.Dim, 1)
			if err != nil {
				return FlowConfig{}, err
			}
			c.Links = append(c.Links, link)
			continue
		}
		k := &flows.MaskedConfig{Dim: c.Dim, Move: move, Scale: "nflows"}
		if out == len(move) {
			k.Scale = "none"
		}
		c.Links = append(c.Links, Link{Name: name, Coupling: k, Hidden: []int{extent(part, "transform_net.initial_layer.weight", 0)},
			Blocks: blocks(part, "transform_net.blocks.", 0, ".linear_layers.0.weight")})
	}
	return FlowConfig{}, fmt.Errorf("more than %d transforms", mostLinks)
}

// known refuses networks with norms, which are no part of the chain.
func (c *Couplings) known(f *checkpoints.File) error {
	for _, n := range f.Names() {
		if strings.Contains(n, ".batch_norm_layers.") || strings.Contains(n, ".context_layer.") {
			return fmt.Errorf("tensor %q: networks with batch norms or a context are not known", n)
		}
	}
	return nil
}
