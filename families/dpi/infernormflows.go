package dpi

import (
	"fmt"
	"strconv"
	"strings"

	"tweedie/checkpoints"
	"tweedie/flows"
	"tweedie/layers"
)

// inferNormFlows reads couplings, flows.K, with permutations and matrices between them off a NormalizingFlow of normflows, which
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
		case part.Has("b") && part.Has("s.net.0.weight") && part.Has("t.net.0.weight"):
			link, err := maskedLink(part, name, c.Dim)
			if err != nil {
				return FlowConfig{}, err
			}
			links = append(links, link)
			continue
		case part.Has("prqct.transform_features"):
			found, err := normFlowsSpline(part.Sub("prqct."), name+".prqct", c.Dim)
			if err != nil {
				return FlowConfig{}, err
			}
			links = append(links, found...)
			continue
		case part.Has("permutation._permutation") && part.Has("linear.unconstrained_upper_diag"):
			found, err := luPermute(part, name, c.Dim)
			if err != nil {
				return FlowConfig{}, err
			}
			links = append(links, found...)
			continue
		case part.Has("s") && part.Has("t"):
			if done, err := part.Tensor("data_dep_init_done"); err == nil {
				if v, err := done.Float64s(); err != nil || len(v) != 1 || v[0] == 0 {
					return FlowConfig{}, fmt.Errorf("the norm %s was never used, and the authors' code would set it from the first data that it meets", name)
				}
			}
			links = append(links, Link{Name: name})
			continue
		case !part.Has("flows.1.param_map.net.0.weight"):
			return FlowConfig{}, fmt.Errorf("the flow %s holds %q; affine couplings with MLPs, couplings of splines, norms, permutations and LULinearPermutes are known, others are not", name, part.Names()[0])
		}
		move, hidden := make([]int, c.Dim-half), []int(nil)
		for j := range move {
			move[j] = half + j
		}
		net := part.Sub("flows.1.param_map.net.")
		n := linearMaps(net)
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

// maskedLink is a MaskedAffineFlow, whose b is 1 for the values that stay.
func maskedLink(part *checkpoints.File, name string, dim int) (Link, error) {
	b, err := part.Tensor("b")
	if err != nil {
		return Link{}, err
	}
	v, err := b.Float64s()
	if err != nil {
		return Link{}, err
	}
	if len(v) != dim {
		return Link{}, fmt.Errorf("tensor %q is %v; want [1,%d]", name+".b", b.Shape, dim)
	}
	k := &flows.MaskedConfig{Dim: dim, Scale: "exp", ToData: true}
	for j, stays := range v {
		if stays == 0 {
			k.Move = append(k.Move, j)
		} else if stays != 1 {
			return Link{}, fmt.Errorf("tensor %q: element %d is %v; want 0 or 1", name+".b", j, stays)
		}
	}
	l := Link{Name: name, Coupling: k, Whole: true}
	net := part.Sub("s.net.")
	for i := range linearMaps(net) - 1 {
		l.Hidden = append(l.Hidden, extent(net, strconv.Itoa(2*i)+".weight", 0))
	}
	return l, nil
}

// linearMaps counts the linear maps 0, 2, 4, ...
func linearMaps(f *checkpoints.File) int {
	n := 0
	for f.Has(strconv.Itoa(2*n) + ".weight") {
		n++
	}
	return n
}
