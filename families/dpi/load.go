package dpi

import (
	"fmt"
	"strconv"
	"strings"

	"tweedie/autodiff"
	"tweedie/checkpoints"
)

// counters are the names of what a torch file holds beside the parameters: whether a norm was set from data, and, where
// the file has it, how many batches a batch norm saw.
func counters(params []*autodiff.Param) (initialised, batches []string) {
	for _, p := range params {
		if of, ok := strings.CutSuffix(p.Name(), ".loc"); ok {
			initialised = append(initialised, of+".initialized")
		} else if of, ok := strings.CutSuffix(p.Name(), ".running_mean"); ok {
			batches = append(batches, of+".num_batches_tracked")
		}
	}
	return initialised, batches
}

// loadTorch loads a flow of DPI.
func loadTorch(f *checkpoints.File, _ FlowConfig, net *Flow, nonFinite bool) error {
	params := net.Net.Params()
	initialised, batches := counters(params)
	skip := map[string]bool{}
	for _, n := range append(initialised, batches...) {
		skip[n] = true
	}
	rest, err := selected(f, func(name string) (string, bool) { return name, !skip[name] })
	if err != nil {
		return err
	}
	problems := checkpoints.Match(rest, params, checkpoints.LoadOptions{})
	for _, n := range initialised {
		if !f.Has(n) {
			problems = append(problems, checkpoints.Problem{What: "missing", Name: n, Network: "[]"})
		}
	}
	if len(problems) > 0 {
		return &checkpoints.LoadError{Problems: problems}
	}
	for _, n := range initialised {
		t, err := f.Tensor(n)
		if err != nil {
			return err
		}
		v, err := t.Float64s()
		if err != nil {
			return err
		}
		if len(v) != 1 || v[0] == 0 {
			return fmt.Errorf("dpi: %q is %v: this norm was never used, and the authors' code would set it from the first data that it meets; want 1", n, v)
		}
	}
	return checkpoints.Load(rest, params, checkpoints.LoadOptions{AllowNonFinite: nonFinite})
}

// selected is the tensors of f for which as gives a name, under that name.
func selected(f *checkpoints.File, as func(name string) (string, bool)) (*checkpoints.File, error) {
	out := f.Empty()
	for _, t := range f.Tensors() {
		if name, ok := as(t.Name); ok {
			part := *t
			part.Name = name
			if err := out.Add(&part); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// Where a training state of score_prior keeps the weights and the running statistics of a flow.
const (
	flaxParams     = "params."
	flaxStatistics = "model_state.batch_stats."
)

// loadFlax loads a flow of score_prior: the parameters take the names that flax gives them while they are matched, and
// a kernel [in,out] is read as it is, then transposed.
func loadFlax(f *checkpoints.File, c FlowConfig, net *Flow, nonFinite bool) error {
	params := net.Net.Params()
	if net.Head != nil {
		params = append(params[:len(params):len(params)], net.Head.Params()...)
	}
	for _, p := range params {
		name := p.Name()
		defer p.SetName(name)
		p.SetName(flaxName(name, c.RealNVP.BatchNorm))
	}
	state, err := selected(f, func(name string) (string, bool) {
		return name, strings.HasPrefix(name, flaxParams) || strings.HasPrefix(name, flaxStatistics)
	})
	if err != nil {
		return err
	}
	for _, t := range state.Tensors() {
		if len(t.Shape) == 2 && strings.HasSuffix(t.Name, ".kernel") {
			t.Shape = []int{t.Shape[1], t.Shape[0]}
		}
	}
	if err := checkpoints.Load(state, params, checkpoints.LoadOptions{AllowNonFinite: nonFinite}); err != nil {
		return err
	}
	for _, p := range params {
		if p.Shape().Rank() == 2 {
			out, in := p.Shape().Dim(0), p.Shape().Dim(1)
			kernel := append([]float32(nil), p.Data()...)
			for i := range in {
				for o := range out {
					p.Data()[o*in+i] = kernel[i*out+o]
				}
			}
			p.Touch()
		}
	}
	return nil
}

// flaxName is where a training state of score_prior keeps the parameter that a RealNVP, or its head, calls name.
func flaxName(name string, batchNorm bool) string {
	if name == "log_scale" {
		return flaxParams + "softplus.log_scale"
	}
	part := strings.SplitN(name, ".", 4) // blocks, K, actnorm or coupling2, loc or net.0.weight
	k, _ := strconv.Atoi(part[1])
	module := part[2]
	if !strings.HasSuffix(module, "2") {
		module += "1"
	}
	leaf, in := "actnorm_"+part[3], flaxParams
	if net, ok := strings.CutPrefix(part[3], "net."); ok {
		leaf = flaxLeaves[batchNorm][net]
		if strings.Contains(net, ".running_") {
			in = flaxStatistics
		}
	}
	return fmt.Sprintf("%sflow_%d.%s.%s", in, k+1, module, leaf)
}

// flaxLeaves are the names within the network of a coupling, with and without batch norms.
var flaxLeaves = map[bool]map[string]string{
	true: {
		"0.weight": "Dense_0.kernel", "0.bias": "Dense_0.bias", "3.weight": "Dense_1.kernel", "3.bias": "Dense_1.bias",
		"2.weight": "BatchNorm_0.scale", "2.bias": "BatchNorm_0.bias", "2.running_mean": "BatchNorm_0.mean", "2.running_var": "BatchNorm_0.var",
		"5.weight": "BatchNorm_1.scale", "5.bias": "BatchNorm_1.bias", "5.running_mean": "BatchNorm_1.mean", "5.running_var": "BatchNorm_1.var",
		"6.scale": "ZeroFC_0.fc_scale", "6.fc.weight": "ZeroFC_0.Dense_0.kernel", "6.fc.bias": "ZeroFC_0.Dense_0.bias",
	},
	false: {
		"0.weight": "Dense_0.kernel", "0.bias": "Dense_0.bias", "2.weight": "Dense_1.kernel", "2.bias": "Dense_1.bias",
		"4.scale": "ZeroFC_0.fc_scale", "4.fc.weight": "ZeroFC_0.Dense_0.kernel", "4.fc.bias": "ZeroFC_0.Dense_0.bias",
	},
}
