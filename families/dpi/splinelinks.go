package dpi

import (
	"fmt"
	"math"

	"tweedie/checkpoints"
	"tweedie/flows"
)

// splineCoupling is the coupling of rational-quadratic splines at a name, of the values that move lists: its network, transform_net,
// returns widths, heights and derivatives for each of them, 3 bins - 1 numbers with linear tails.
func splineCoupling(part *checkpoints.File, name string, move []int, dim int, bound float64) (Link, error) {
	hidden := extent(part, "transform_net.initial_layer.weight", 0)
	out := extent(part, "transform_net.final_layer.weight", 0)
	per := out / max(1, len(move))
	if per < 5 || per%3 != 2 || out != per*len(move) {
		return Link{}, fmt.Errorf("the network of %s returns %d values for %d that are moved; want as many, twice as many, or 3 bins - 1 for each (rational-quadratic splines with linear tails; no others are known)", name, out, len(move))
	}
	s := &flows.SplineConfig{Bins: (per + 1) / 3, Bound: bound, Divide: math.Sqrt(float64(hidden))}
	return Link{Name: name, Coupling: &flows.MaskedConfig{Dim: dim, Move: move, Scale: "spline", Spline: s}, Hidden: []int{hidden},
		Blocks: blocks(part, "transform_net.blocks.", 0, ".linear_layers.0.weight")}, nil
}

// boundOfNormFlows is the tail_bound of normflows, which is in no tensor.
const boundOfNormFlows = 3

// normFlowsSpline is a CoupledRationalQuadraticSpline of normflows in the order in which noise meets its parts: a spline for every
// value that stays, and then the coupling.
func normFlowsSpline(part *checkpoints.File, name string, dim int) ([]Link, error) {
	move, err := indices(part, "transform_features", dim)
	if err != nil {
		return nil, err
	}
	coupling, err := splineCoupling(part, name, move, dim, boundOfNormFlows)
	if err != nil {
		return nil, err
	}
	if !part.Has("unconditional_transform.unnormalized_widths") {
		return []Link{coupling}, nil
	}
	keep, err := indices(part, "identity_features", dim)
	if err != nil {
		return nil, err
	}
	bins := extent(part, "unconditional_transform.unnormalized_widths", 1)
	if n := extent(part, "unconditional_transform.unnormalized_widths", 0); n != len(keep) {
		return nil, fmt.Errorf("%s has splines for %d values, and %d stay", name, n, len(keep))
	}
	own := &flows.PointwiseConfig{Dim: dim, At: keep, Spline: flows.SplineConfig{Bins: bins, Bound: boundOfNormFlows}}
	return []Link{{Name: name + ".unconditional_transform", Pointwise: own}, coupling}, nil
}

// luPermute is an LULinearPermute of normflows in the order in which noise meets its parts: a matrix, and then an order of values.
func luPermute(part *checkpoints.File, name string, dim int) ([]Link, error) {
	order, err := indices(part, "permutation._permutation", dim)
	if err != nil {
		return nil, err
	}
	if n := extent(part, "linear.lower_entries", 0); n != dim*(dim-1)/2 {
		return nil, fmt.Errorf("tensor %q has %d values; want %d, those below the diagonal of a matrix of %d", name+".linear.lower_entries", n, dim*(dim-1)/2, dim)
	}
	return []Link{{Name: name + ".linear", Triangles: true}, {Name: name + ".permutation", Order: order}}, nil
}
