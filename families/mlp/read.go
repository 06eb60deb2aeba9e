package mlp

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/internal/config"
	"tweedie/layers"
	"tweedie/rng"
)

// marks are names that state dicts of Linear layers have, with and without a nonlinearity of its own number between them.
var marks = [][]string{{"0.weight", "2.weight"}, {"0.weight", "1.weight"}, {"0.weight", "3.weight"}}

// linear is the weights [out,in] and the biases after a prefix, in the order of their numbers, and whether they are everything
// there and fit each other.
func linear(f *checkpoints.File, prefix string) (weights, biases []*checkpoints.Tensor, ok bool) {
	part := f.Sub(prefix)
	var at []int
	for _, name := range part.Names() {
		i, leaf, cut := strings.Cut(name, ".")
		n, err := strconv.Atoi(i)
		if !cut || err != nil || leaf != "weight" && leaf != "bias" {
			return nil, nil, false
		}
		if leaf == "weight" {
			at = append(at, n)
		}
	}
	slices.Sort(at)
	for i, n := range at {
		w, err := part.Tensor(strconv.Itoa(n) + ".weight")
		if err != nil || len(w.Shape) != 2 || i > 0 && w.Shape[1] != weights[i-1].Shape[0] {
			return nil, nil, false
		}
		b, err := part.Tensor(strconv.Itoa(n) + ".bias")
		if err != nil || len(b.Shape) != 1 || b.Shape[0] != w.Shape[0] {
			return nil, nil, false
		}
		weights, biases = append(weights, w), append(biases, b)
	}
	return weights, biases, len(weights) > 1 && len(part.Names()) == 2*len(weights)
}

// Fits reports whether Linear layers that fit each other are all that the file holds, besides an optimiser's state and counts.
func (family) Fits(f *checkpoints.File, _ []string, prefix string) bool {
	_, _, ok := linear(f, prefix)
	return ok && !slices.ContainsFunc(f.Tensors(), func(t *checkpoints.Tensor) bool {
		return !strings.HasPrefix(t.Name, prefix) && !strings.HasPrefix(t.Name, "opt") && len(t.Shape) > 0
	})
}

// given is a config of a state dict: of the network, of what it predicts, and of its points.
type given struct {
	Config
	Shape   []int               `json:"shape"`      // of a sample, [C,W] to [C,D,H,W]; nil is [1,1,D]
	Range   *[2]float64         `json:"range"`      // of the values; those that the network sees
	Predict families.Prediction `json:"prediction"` // nothing is the noise of the schedule that is given
}

// Blank returns the network that the config and the shapes of the tensors describe.
func (family) Blank(f *checkpoints.File, s families.Source) (families.Original, error) {
	if s.Config == "" {
		return nil, errors.New(`zoo: Linear layers do not say what is between them and how they see time; give a config such as {"kind": "mlp", "act": "silu", "time": "concat", "prediction": {"kind": "eps", "schedule": {"kind": "ddpm"}}}`)
	}
	weights, _, ok := linear(f, s.Prefix)
	if !ok {
		return nil, fmt.Errorf("mlp: the tensors after the prefix %q are not those of Linear layers that fit each other (0.weight, 0.bias, 2.weight)", s.Prefix)
	}
	n := &original{}
	if err := config.Decode([]byte(s.Config), &n.given); err != nil {
		return nil, fmt.Errorf("mlp: config: %w", err)
	}
	c := n.given.Config
	last := len(weights) - 1
	size := weights[last].Shape[0]
	if found := widths(weights[:last]); c.Hidden == nil {
		c.Hidden = found
	} else if !slices.Equal(c.Hidden, found) {
		return nil, fmt.Errorf("mlp: config: hidden is %v, and the tensors are of %v", c.Hidden, found)
	}
	if e := c.Effective(); e.in(size) != weights[0].Shape[1] {
		return nil, fmt.Errorf("mlp: tensor %q takes %d values; with time %q and %d values out it would take %d", weights[0].Name, weights[0].Shape[1], c.Time, size, e.in(size))
	}
	if n.given.Shape == nil {
		n.given.Shape = []int{1, 1, size}
	}
	net, err := New(layers.Root(rng.New(0)).Blank(), c, size)
	n.net = net
	return n, err
}

// widths are the values that maps return.
func widths(weights []*checkpoints.Tensor) (out []int) {
	for _, w := range weights {
		out = append(out, w.Shape[0])
	}
	return out
}

// Tensors returns the maps under our numbers, 0, 2, 4, ...
func (family) Tensors(f *checkpoints.File, s families.Source) (*checkpoints.File, error) {
	weights, biases, _ := linear(f, s.Prefix)
	out := &checkpoints.File{}
	for i, w := range weights {
		at := strconv.Itoa(2 * i)
		if err := out.Add(families.Renamed(w, at+".weight"), families.Renamed(biases[i], at+".bias")); err != nil {
			return nil, err
		}
	}
	return out, nil
}
