package dpi_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/families/adm"
	"tweedie/families/dpi"
	"tweedie/families/scoreprior"
)

// changed is the file of a case with one tensor replaced, left out (nil) or added.
func changed(t *testing.T, c flowCase, name string, by *checkpoints.Tensor) *checkpoints.File {
	t.Helper()
	out := &checkpoints.File{}
	for _, x := range c.open(t, c.file).Tensors() {
		if x.Name != name {
			if err := out.Add(x); err != nil {
				t.Fatal(err)
			}
		}
	}
	if by != nil {
		by.Name = name
		if err := out.Add(by); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// What is missing, unused, of the wrong shape or not finite is listed; a norm that was never used and a constant that is
// not one are refused.
func TestFlowFilesThatDoNotFit(t *testing.T) {
	nan := float32(math.NaN())
	f32 := func(shape []int, v ...float32) *checkpoints.Tensor { return checkpoints.FromFloat32("", shape, v) }
	for _, r := range []struct {
		at    int // of flowCases
		name  string
		by    *checkpoints.Tensor
		what  string // of a LoadError's problem, or part of another error
		other bool
	}{
		{at: 0, name: "blocks.1.coupling2.net.5.running_var", what: "missing"},
		{at: 0, name: "blocks.1.actnorm.initialized", what: "missing"},
		{at: 1, name: "blocks.7.actnorm.loc", by: f32([]int{1}, 0), what: "unused"},
		{at: 1, name: "blocks.0.coupling.net.1.num_batches_tracked", by: f32([]int{1}, 0), what: "unused"},
		{at: 1, name: "blocks.2.actnorm.loc", by: f32([]int{2}, 0, 0), what: "wrong shape"},
		{at: 1, name: "blocks.2.actnorm.loc", by: f32([]int{1}, nan), what: "NaN at 0"},
		{at: 1, name: "blocks.2.actnorm2.initialized", by: checkpoints.FromBytes("", checkpoints.U8, nil, []byte{0}), what: "never used", other: true},
		{at: 2, name: "blocks.1.flows.1.actnorm.initialized", by: checkpoints.FromBytes("", checkpoints.U8, nil, []byte{0}), what: "never used", other: true},
		{at: 2, name: "blocks.1.flows.0.invconv.s_sign", by: f32([]int{8}, 1, 1, 1, 1, 1, 1, 2, 1), what: "want 1 or -1", other: true},
		{at: 2, name: "blocks.0.prior.scale", what: "missing"},
	} {
		c := flowCases[r.at]
		f := changed(t, c, r.name, r.by)
		config, err := dpi.ConfigFlow(f, c.family, "", c.config(t))
		if err != nil {
			t.Fatal(err)
		}
		_, err = dpi.LoadFlow(f, c.family, "", config, dpi.FlowOptions{})
		var e *checkpoints.LoadError
		switch {
		case r.other && (err == nil || !strings.Contains(err.Error(), r.what) || !strings.Contains(err.Error(), r.name)):
			t.Errorf("%s: %v, want %q", r.name, err, r.what)
		case !r.other && (!errors.As(err, &e) || len(e.Problems) != 1 || e.Problems[0].What != r.what || e.Problems[0].Name != r.name):
			t.Errorf("%s: %v, want it %s", r.name, err, r.what)
		}
	}
	c := flowCase{"realnvp_bn_softplus", "checkpoint_10000", scoreprior.Name}
	const name = "model_state.batch_stats.flow_2.coupling1.BatchNorm_1.var"
	f := changed(t, c, name, nil)
	config, err := dpi.ConfigFlow(f, c.family, "", c.config(t))
	if err != nil {
		t.Fatal(err)
	}
	_, err = dpi.LoadFlow(f, c.family, "", config, dpi.FlowOptions{})
	var e *checkpoints.LoadError
	if !errors.As(err, &e) || len(e.Problems) != 1 || e.Problems[0].What != "missing" || e.Problems[0].Name != name {
		t.Errorf("a flax file without %s: %v", name, err)
	}
}

func TestFlowConfigErrors(t *testing.T) {
	for want, r := range map[string]struct {
		family string
		text   string
	}{
		`depth is unknown`:           {dpi.DPIRealNVP, `{"ndim": 64, "n_flow": 4, "depth": 3}`},
		"hidden is 9":                {dpi.DPIRealNVP, `{"ndim": 64, "n_flow": 4, "hidden": 9}`},
		"image_shape [8 9]":          {dpi.DPIRealNVP, `{"ndim": 64, "n_flow": 4, "image_shape": [8, 9]}`},
		`family is "adm"`:            {dpi.DPIRealNVP, `{"family": "adm"}`},
		"dim 0":                      {dpi.DPIRealNVP, `{"n_flow": 4}`},
		"unknown permute":            {dpi.DPIRealNVP, `{"ndim": 64, "n_flow": 4, "permute": "sort"}`},
		"seqfrac 0":                  {dpi.DPIRealNVP, `{"ndim": 64, "n_flow": 4, "seqfrac": 0}`},
		"the file holds 8360 values": {dpi.DPIRealNVP, `{"ndim": 64000000000, "n_flow": 4}`},
		"more than 1.28e+12 weights": {dpi.DPIRealNVP, `{"ndim": 64, "n_flow": 4, "seqfrac": 1e-10}`},
		"more than 1.6e+13 weights":  {dpi.DPIRealNVP, `{"ndim": 64, "n_flow": 250000000000}`},
		"z_shapes are [[1 1 1]]":     {dpi.DPIGlow, `{"image_size": 8, "n_flow": 2, "n_block": 2, "filter_size": 16, "z_shapes": [[1, 1, 1]]}`},
		"want multiples of 4":        {dpi.DPIGlow, `{"image_size": 6, "n_flow": 2, "n_block": 2, "filter_size": 16}`},
		"more than 3.36e+19 weights": {dpi.DPIGlow, `{"n_channel": 1024000000, "image_size": 8, "n_flow": 2, "n_block": 1, "filter_size": 16}`},
		"want all positive":          {dpi.DPIGlow, `{"image_size": 0, "n_flow": 0, "n_block": 60}`},
		"no section model":           {scoreprior.Name, `{"data": {}}`},
		`bijector is "Glow"`:         {scoreprior.Name, `{"model": {"bijector": "Glow"}}`},
		`model.n_flows is unknown`:   {scoreprior.Name, `{"model": {"n_flows": 3}}`},
		"out_dim is 63":              {scoreprior.Name, `{"model": {}, "out_dim": 63, "data": {"image_size": 8, "num_channels": 1}}`},
		"has no flows":               {adm.Name, `{}`},
	} {
		c := flowCases[0]
		if r.family == dpi.DPIGlow {
			c = flowCases[2]
		}
		f := c.open(t, c.file)
		config, err := dpi.ConfigFlow(f, r.family, "", []byte(r.text))
		if err == nil {
			_, err = dpi.LoadFlow(f, r.family, "", config, dpi.FlowOptions{})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", r.text, err, want)
		}
	}
}
