package dpi

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"tweedie/checkpoints"
	"tweedie/flows"
	"tweedie/layers"
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
		hidden := extent(part, "transform_net.initial_layer.weight", 0)
		k := &flows.MaskedConfig{Dim: c.Dim, Move: move, Scale: "nflows"}
		switch out := extent(part, "transform_net.final_layer.weight", 0); out {
		case 2 * len(move):
		case len(move):
			k.Scale = "none"
		default:
			per := out / max(1, len(move))
			if per < 5 || per%3 != 2 || out != per*len(move) {
				return FlowConfig{}, fmt.Errorf("the network of %s returns %d values for %d that are moved; want as many, twice as many, or 3 bins - 1 for each (rational-quadratic splines with linear tails; no others are known)", name, out, len(move))
			}
			k.Scale, k.Spline = "spline", &flows.SplineConfig{Bins: (per + 1) / 3, Bound: 1, Divide: math.Sqrt(float64(hidden))}
		}
		c.Links = append(c.Links, Link{Name: name, Coupling: k, Hidden: []int{hidden},
			Blocks: blocks(part, "transform_net.blocks.", 0, ".linear_layers.0.weight")})
	}
	return FlowConfig{}, fmt.Errorf("more than %d transforms", mostLinks)
}

// inferNormFlows reads AffineCouplingBlocks, flows.K, and permutations between them off a NormalizingFlow of normflows, which
// takes noise to data, with its Gaussian q0. The number of a flow without tensors is a Permute that swaps the halves, as after
// every coupling of the authors' examples, so behind the last coupling, too, where there is one behind the first.
func inferNormFlows(f *checkpoints.File) (FlowConfig, error) {
	c := &Couplings{Act: "relu", Dim: extent(f, "q0.loc", 1)}
	if c.Dim < 2 || c.Dim > layers.MostExtent {
		return FlowConfig{}, fmt.Errorf(`"q0.loc" must be [1,D]: the Gaussian that the flow starts from`)
	}
	half := (c.Dim + 1) / 2 // of the first part, as torch.chunk has it
	swap := Link{Order: make([]int, c.Dim)}
	for i := range swap.Order {
		swap.Order[i] = (i + half) % c.Dim // undoes [z2, z1] of z1 = z[:D/2]
	}
	last, swaps := 0, false
	for _, n := range f.Names() {
		if rest, ok := strings.CutPrefix(n, "flows."); ok {
			i, err := strconv.Atoi(rest[:strings.IndexByte(rest+".", '.')])
			if err != nil || i >= mostLinks {
				return FlowConfig{}, fmt.Errorf("tensor %q is of no flow below %d", n, mostLinks)
			}
			last = max(last, i)
		}
	}
	var links []Link // in the order in which noise meets them
	for i := 0; i <= last; i++ {
		name := "flows." + strconv.Itoa(i)
		part := f.Sub(name + ".")
		switch {
		case len(part.Names()) == 0:
			links, swaps = append(links, swap), true
			continue
		case part.Has("inv_perm"):
			order, err := indices(part, "inv_perm", c.Dim) // Forward undoes it
			if err != nil {
				return FlowConfig{}, err
			}
			links = append(links, Link{Name: name, Order: order})
			continue
		case !part.Has("flows.1.param_map.net.0.weight"):
			return FlowConfig{}, fmt.Errorf("the flow %s holds %q; affine couplings with an MLP and permutations are known, others are not", name, part.Names()[0])
		}
		move, hidden := make([]int, c.Dim-half), []int(nil)
		for j := range move {
			move[j] = half + j
		}
		net := part.Sub("flows.1.param_map.net.")
		n := blocks2(net)
		for j := range n - 1 {
			hidden = append(hidden, extent(net, strconv.Itoa(2*j)+".weight", 0))
		}
		k := &flows.MaskedConfig{Dim: c.Dim, Move: move, Scale: "exp", ToData: true, Interleaved: true}
		if out := extent(net, strconv.Itoa(2*n-2)+".weight", 0); out == len(move) {
			k.Scale = "none"
		} else if out != 2*len(move) {
			return FlowConfig{}, fmt.Errorf("the network of %s returns %d values for %d that are moved; want as many or twice as many", name, out, len(move))
		}
		links = append(links, Link{Name: name, Coupling: k, Hidden: hidden})
	}
	if swaps && !f.Has("flows.1.perm") {
		links = append(links, swap)
	}
	for i := len(links) - 1; i >= 0; i-- {
		c.Links = append(c.Links, links[i])
	}
	c.Links = append(c.Links, Link{Name: "q0"})
	return FlowConfig{Couplings: c}, nil
}

// blocks2 counts the linear maps 0, 2, 4, ...
func blocks2(f *checkpoints.File) int {
	n := 0
	for f.Has(strconv.Itoa(2*n) + ".weight") {
		n++
	}
	return n
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
