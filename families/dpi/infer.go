package dpi

import (
	"fmt"
	"strconv"

	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/flows"
)

// extent is an extent of a tensor; 0 when there is no such tensor or axis.
func extent(f *checkpoints.File, name string, axis int) int {
	t, err := f.Tensor(name)
	if err != nil || axis >= len(t.Shape) {
		return 0
	}
	return t.Shape[axis]
}

// blocks counts the tensors called before + i + after, from i = first on.
func blocks(f *checkpoints.File, before string, first int, after string) int {
	n := 0
	for f.Has(before + strconv.Itoa(first+n) + after) {
		n++
	}
	return n
}

// halves is the dimension n of a flow and whether its couplings only shift, from the sizes a = n - n/2 and out of a
// coupling's network: out is 2(n/2), or n/2 when they only shift.
func halves(a, out int) (n int, additive bool, err error) {
	var fits []string
	for _, b := range [...]int{a, a - 1} {
		if b < 1 {
			continue
		}
		if out == 2*b {
			n, additive = a+b, false
			fits = append(fits, fmt.Sprintf("%d values, affine", n))
		}
		if out == b {
			n, additive = a+b, true
			fits = append(fits, fmt.Sprintf("%d values, additive", n))
		}
	}
	if len(fits) != 1 {
		return 0, false, fmt.Errorf("couplings that take %d values and return %d fit %d flows %q: %w", a, out, len(fits), fits, families.ErrOpen)
	}
	return n, additive, nil
}

// realNVP is the configuration of a flow of n values with a given width.
func realNVP(n, blocks, hidden int) *flows.RealNVPConfig {
	return &flows.RealNVPConfig{Dim: n, Flows: blocks, SeqFrac: float64(n) / float64(2*hidden+1)} // int(n/(2 seqfrac)) is the width
}

func inferDPIRealNVP(f *checkpoints.File) (FlowConfig, error) {
	net := "blocks.0.coupling.net."
	last := "4"
	norm := f.Has(net + "6.scale")
	if norm {
		last = "6"
	}
	hidden := extent(f, net+"0.weight", 0)
	n, additive, err := halves(extent(f, net+"0.weight", 1), extent(f, net+last+".scale", 0))
	if err != nil {
		return FlowConfig{}, err
	}
	c := realNVP(n, blocks(f, "blocks.", 0, ".actnorm.loc"), hidden)
	c.Additive, c.BatchNorm = additive, norm
	return FlowConfig{RealNVP: c}, nil
}

func inferScorePriorFlow(f *checkpoints.File) (FlowConfig, error) {
	net := flaxParams + "flow_1.coupling1."
	hidden := extent(f, net+"Dense_0.kernel", 1)
	n, additive, err := halves(extent(f, net+"Dense_0.kernel", 0), extent(f, net+"ZeroFC_0.fc_scale", 0))
	if err != nil {
		return FlowConfig{}, err
	}
	c := realNVP(n, blocks(f, flaxParams+"flow_", 1, ".actnorm1.actnorm_loc"), hidden)
	c.Additive, c.BatchNorm = additive, f.Has(net+"BatchNorm_0.scale")
	return FlowConfig{RealNVP: c, Softplus: f.Has(flaxParams + "softplus.log_scale")}, nil
}

func inferDPIGlow(*checkpoints.File) (FlowConfig, error) {
	return FlowConfig{}, fmt.Errorf("of a Glow the tensors do not tell image_size: %w", families.ErrOpen)
}
