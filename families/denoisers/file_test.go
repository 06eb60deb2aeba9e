package denoisers_test

import (
	"encoding/json"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/families"
	"tweedie/families/denoisers"
	"tweedie/layers"
	"tweedie/prior"
	"tweedie/rng"
	"tweedie/zoo"
)

// positives is a tensor of positive numbers that depend on its name.
func positives(name string, shape ...int) *checkpoints.Tensor {
	n := 1
	for _, d := range shape {
		n *= d
	}
	v := make([]float32, n)
	rng.New(7).Split(name, 0).Stream().FillNorm32(v)
	for i := range v {
		v[i] = .2 + .3*float32(math.Abs(float64(v[i])))
	}
	return checkpoints.FromFloat32(name, shape, v)
}

func holding(t *testing.T, ts ...*checkpoints.Tensor) *checkpoints.File {
	t.Helper()
	f := &checkpoints.File{}
	if err := f.Add(ts...); err != nil {
		t.Fatal(err)
	}
	return f
}

func elements(t *testing.T, x *checkpoints.Tensor) []float64 {
	t.Helper()
	v, err := x.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// What a file of a published layout gives is what its layers, one after the other with their norms unfolded, give: the
// CNN of three layers of which the middle one has a norm y = a x + b per channel.
func TestNormsAreFolded(t *testing.T) {
	w0, w1, w2 := positives("w0", 2, 1, 3, 3), positives("w1", 2, 2, 3, 3), positives("w2", 1, 2, 3, 3)
	named := func(name string, x *checkpoints.Tensor) *checkpoints.Tensor {
		y := *x
		y.Name = name
		return &y
	}
	g, v := positives("g", 2), positives("v", 2)
	mean, shift := positives("m", 2), positives("s", 2)
	gv, vv, mv, sv := elements(t, g), elements(t, v), elements(t, mean), elements(t, shift)
	hwio := func(name string, x *checkpoints.Tensor, in, out int) *checkpoints.Tensor {
		from, to := elements(t, x), make([]float32, x.Len())
		for o := range out {
			for c := range in {
				for p := range 9 {
					to[(p*in+c)*out+o] = float32(from[(o*in+c)*9+p])
				}
			}
		}
		return checkpoints.FromFloat32(name, []int{3, 3, in, out}, to)
	}
	m0, m2 := positives("m0", 2, 2, 3, 3), positives("m2", 2, 2, 3, 3)
	zero := make([]float64, 2)
	for name, row := range map[string]struct {
		file             []*checkpoints.Tensor
		first, last      *checkpoints.Tensor
		scale, shift     func(i int) float64
		linear, noiseMap bool
	}{
		"bf-cnn": {file: []*checkpoints.Tensor{named("module.conv_layers.0.weight", w0), named("module.conv_layers.1.weight", w1), named("module.conv_layers.2.weight", w2),
			checkpoints.FromFloat64("module.BN_layers.0.running_sd", []int{1, 2, 1, 1}, vv), checkpoints.FromFloat64("module.BN_layers.0.gammas", []int{1, 2, 1, 1}, gv)},
			first: w0, last: w2, scale: func(i int) float64 { return gv[i] / vv[i] }, shift: func(i int) float64 { return zero[i] }, linear: true},
		"bf-dncnn": {file: []*checkpoints.Tensor{named("model.0.first_layer.weight", w0), named("model.0.hidden_layer_list.0.weight", w1), named("model.0.last_layer.weight", w2),
			named("model.0.bn_layer_list.0.running_var", v), named("model.0.bn_layer_list.0.weight", g), named("model.0.bn_layer_list.0.bias", shift),
			named("model.0.bn_layer_list.0.running_mean", mean), checkpoints.FromInt64("model.0.bn_layer_list.0.num_batches_tracked", nil, []int64{3})},
			first: w0, last: w2, scale: func(i int) float64 { return gv[i] / (math.Sqrt(vv[i]) + 1e-5) }, shift: func(i int) float64 { return zero[i] }},
		"scico": {file: []*checkpoints.Tensor{hwio("params.conv_start.kernel", m0, 2, 2), hwio("params.ConvBNBlock_0.Conv_0.kernel", w1, 2, 2), hwio("params.conv_end.kernel", m2, 2, 2),
			named("params.ConvBNBlock_0.BatchNorm_0.scale", g), named("params.ConvBNBlock_0.BatchNorm_0.bias", shift),
			named("batch_stats.ConvBNBlock_0.BatchNorm_0.mean", mean), named("batch_stats.ConvBNBlock_0.BatchNorm_0.var", v)},
			first: m0, last: m2, noiseMap: true, scale: func(i int) float64 { return gv[i] / math.Sqrt(vv[i]+1e-5) },
			shift: func(i int) float64 { return sv[i] - mv[i]*gv[i]/math.Sqrt(vv[i]+1e-5) }},
	} {
		p, err := prior.FromFile(name, holding(t, row.file...), prior.Options{})
		if err != nil {
			t.Error(err)
			continue
		}
		x := make([]float64, 30)
		rng.New(2).Stream().FillNorm(x)
		got := apply(x, []int{1, 1, 5, 6}, autodiff.F64, func(s *autodiff.Scope, u autodiff.Var) autodiff.Var {
			return p.InFloat64().Denoise(s, u, []float64{.6})
		})
		want := apply(x, []int{1, 1, 5, 6}, autodiff.F64, func(s *autodiff.Scope, u autodiff.Var) autodiff.Var {
			conv := func(h autodiff.Var, w *checkpoints.Tensor) autodiff.Var {
				k := s.Const64(autodiff.S(w.Shape...), elements(t, w))
				if row.noiseMap {
					return s.Conv(s.Pad(h, []int{1, 1}, []int{1, 1}, autodiff.PadCircular), k, autodiff.ConvSpec{})
				}
				return s.Conv(h, k, autodiff.SamePad(3))
			}
			h := u
			if row.noiseMap {
				h = s.Concat(1, u, s.Full(u.Shape(), .6))
			}
			h = conv(h, row.first)
			if !row.linear {
				h = s.ReLU(h)
			}
			h = conv(h, w1)
			a, b := []float64{row.scale(0), row.scale(1)}, []float64{row.shift(0), row.shift(1)}
			h = s.ReLU(s.Add(s.Mul(h, s.Const64(autodiff.S(2, 1, 1), a)), s.Const64(autodiff.S(2, 1, 1), b)))
			return s.Sub(u, s.Slice(conv(h, row.last), 1, 0, 1))
		})
		if e := gap(t, got, want); !(e < 1e-6) {
			t.Errorf("%s: %.3g of the largest value from its layers", name, e)
		}
	}
}

// A file that seems to be of a known layout and is not is refused, in words that name what is wrong.
func TestPublishedFilesExplain(t *testing.T) {
	three := func(first, last *checkpoints.Tensor, more ...*checkpoints.Tensor) []*checkpoints.Tensor {
		return append([]*checkpoints.Tensor{first, positives("w1", 2, 2, 3, 3), last}, more...)
	}
	w0, w2 := positives("w0", 2, 1, 3, 3), positives("w2", 1, 2, 3, 3)
	conv := []*checkpoints.Tensor{positives("conv_layers.0.weight", 2, 1, 3, 3), positives("conv_layers.1.weight", 2, 2, 3, 3), positives("conv_layers.2.weight", 1, 2, 3, 3)}
	for want, file := range map[string][]*checkpoints.Tensor{
		"OpenCascade":               three(positives("w0", 2, 4, 3, 3), positives("w2", 3, 2, 3, 3)),
		"4 tensors":                 three(w0, w2, positives("extra", 3)),
		"[out,in,k,k]":              three(w0, positives("w2", 1, 2, 3, 5)),
		"wrong shape":               three(positives("w0", 3, 1, 3, 3), w2),
		"odd":                       three(w0, positives("w2", 1, 2, 4, 4)),
		"two norms":                 append(conv[:3:3], positives("BN_layers.0.running_sd", 2), positives("BN_layers.0.gammas", 2), positives("BN_layers.1.gammas", 2)),
		"3 channels":                append(conv[:3:3], positives("BN_layers.0.running_sd", 3), positives("BN_layers.0.gammas", 3)),
		"must be posi":              append(conv[:3:3], checkpoints.FromFloat32("BN_layers.0.running_sd", []int{2}, []float32{1, 0}), positives("BN_layers.0.gammas", 2)),
		"square patches":            {positives("means", 2, 5), positives("covariances", 2, 5, 5), positives("weights", 2)},
		"[K,4]":                     {positives("means", 2, 4), positives("covariances", 2, 4, 3), positives("weights", 2)},
		"its noise map":             {w0, positives("w1", 2, 2, 3, 3), positives("b1", 2), positives("w2", 2, 2, 3, 3)},
		"holds a network of family": {positives("model.0.weight", 2, 1), positives("model.0.bias", 2), positives("model.2.weight", 1, 2), positives("model.2.bias", 1)},
		"DnCNN, IRCNN":              {positives("model.0.weight", 2, 1, 3, 3), positives("model.2.weight", 3, 2, 3, 3)},
		"norm of the convolution":   {positives("model.0.weight", 2, 1, 3, 3), positives("model.2.weight", 1, 2, 3)},
		"no kernel of 2x2": {positives("m_head.weight", 2, 2, 3, 3), positives("m_body.0.res.0.weight", 3, 3, 3, 3), positives("m_tail.weight", 1, 2, 3, 3),
			positives("m_down1.0.res.0.weight", 2, 2, 3, 3), positives("m_down1.1.weight", 3, 2, 3, 3)},
		"unused":                   {positives("conv1.weight", 2, 1, 5, 5), positives("conv7.weight", 4, 4, 4, 4), positives("conv9.weight", 1, 2, 5, 5), positives("conv10.weight", 1)},
		"missing":                  {positives("R.K1.weight", 2, 1, 3, 3), positives("R.KN.weight", 1, 2, 1, 1), positives("T", 1), positives("lmbda", 1), positives("R.mb.0.mb.0.0.conv1.weight", 2, 2, 3, 3)},
		"beta 2 is 3; want it in":  timeFile(func(b []float64) { b[2] = 3 }),
		"want 4 axes":              append(timeFile(func([]float64) {}), positives("gt.blocks.1.net.0.weight")),
		"holds 2":                  {w0, positives("w1", 2, 2, 3, 3), w2, positives("a.w0", 2, 1, 3, 3), positives("a.w1", 2, 2, 3, 3)},
		"does not describe itself": {positives("w0", 2, 1, 3, 3)},
	} {
		if want == "two norms" {
			want = "1 deviations and 2 factors"
		}
		if _, err := prior.FromFile("file", holding(t, file...), prior.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}

// timeFile is a small TimeCNN as its authors lay it out, with betas that change may spoil.
func timeFile(change func(betas []float64)) []*checkpoints.Tensor {
	n, err := denoisers.NewTimeCNN(layers.Root(rng.New(1)), denoisers.TimeCNNConfig{Channels: 1, Height: 4, Width: 4, Hidden: []int{2}, Kernel: 3, Features: 4, Embed: 5, Steps: 4})
	if err != nil {
		panic(err)
	}
	var ts []*checkpoints.Tensor
	for _, p := range n.Params() {
		ts = append(ts, checkpoints.FromFloat32("gt."+p.Name(), p.Shape().Dims(nil), p.Data()))
	}
	betas := []float64{.01, .02, .03, .04, .05}
	change(betas)
	return append(ts, checkpoints.FromFloat64("beta_t", []int{5}, betas), positives("alpha_t", 5))
}

// The network in a file of the TimeCNN's layout predicts the noise of the process in it, with the step for its label.
func TestTimeCNNFile(t *testing.T) {
	p, err := prior.FromFile("time", holding(t, timeFile(func([]float64) {})...), prior.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := diffusion.DecodeDDPM(p.Spec.Predict.Schedule)
	if err != nil {
		t.Fatal(err)
	}
	d, err := c.Build()
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(d.Beta[3]-.04) > 1e-12 || d.Len() != 5 || !strings.Contains(string(p.Spec.Network), `"steps":4`) {
		t.Errorf("betas %v, network %s", d.Beta, p.Spec.Network)
	}
	// Betas that are no known rule are the table that they are.
	p, err = prior.FromFile("time", holding(t, timeFile(func(b []float64) { b[2] = .3 })...), prior.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if c, err = diffusion.DecodeDDPM(p.Spec.Predict.Schedule); err != nil {
		t.Fatal(err)
	}
	if d, err = c.Build(); err != nil || d.Beta[2] != .3 || d.Beta[3] != .04 {
		t.Errorf("betas %v, %v", d, err)
	}
}

// Every architecture of package denoisers is built from its defaults, describes itself completely, survives a file, and
// is refused where it cannot be a prior or is too large.
func TestDenoiserArchitectures(t *testing.T) {
	small := map[string]string{
		"cnn":      `{"channels":1,"width":2,"kernels":[3,1,3],"bias":"all"}`,
		"bf-unet":  `{"channels":1,"width":2}`,
		"tdv":      `{"channels":1,"features":2,"scales":2,"blocks":1,"steps":2}`,
		"time-cnn": `{"channels":1,"height":12,"width":14,"hidden":[2,2],"kernel":3,"features":4,"embed":4,"steps":10}`,
	}
	kinds := map[string]string{"cnn": "residual", "bf-unet": "denoised", "tdv": "denoised", "time-cnn": "eps"}
	for arch, config := range small {
		if _, effective, err := families.Build(arch, nil, []int{1, 12, 14}, rng.New(1)); err != nil || len(effective) < len(`{"channels":1}`) {
			t.Errorf("%s: by default: %s, %v", arch, effective, err)
		}
		spec := families.Spec{Shape: []int{1, 12, 14}, Predict: families.Prediction{Kind: kinds[arch]}, Affine: diffusion.Affine{Scale: 1}, Range: [2]float64{0, 1}}
		if arch == "time-cnn" {
			spec.Predict.Schedule = json.RawMessage(`{"kind":"ddpm"}`)
		}
		net, effective, err := families.Build(arch, json.RawMessage(config), spec.Shape, rng.New(1))
		if err != nil {
			t.Error(err)
			continue
		}
		if string(effective) != config {
			t.Errorf("%s: effective config %s, want %s", arch, effective, config)
		}
		spec.Network = effective
		info, err := prior.Info(arch, spec, nil)
		if err != nil {
			t.Fatal(err)
		}
		f := &checkpoints.File{}
		if err := f.SetInfo(info); err != nil {
			t.Fatal(err)
		}
		if err := f.AddParams("", net.Params()); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "net.safetensors")
		if err := checkpoints.Save(path, f, checkpoints.SaveOptions{}); err != nil {
			t.Fatal(err)
		}
		p, err := zoo.Open(path, prior.Options{})
		if err != nil {
			t.Error(err)
			continue
		}
		x := make([]float64, 168)
		rng.New(2).Stream().FillNorm(x)
		run := func(d diffusion.Denoiser) []float64 {
			return apply(x, []int{1, 1, 12, 14}, autodiff.F32, func(s *autodiff.Scope, u autodiff.Var) autodiff.Var { return d.Denoise(s, u, []float64{.5}) })
		}
		if e := gap(t, run(p.Denoiser), run(spec.Denoiser(net))); e != 0 {
			t.Errorf("%s: after loading it is off by %g", arch, e)
		}
	}
	for arch, configs := range map[string][]string{
		"cnn":      {`{"channels":3,"width":2,"kernels":[1,1]}`, `{"channels":3,"given":1,"width":2,"kernels":[1,1]}`, `{"kernel":[1]}`, `{"width":16384,"kernels":[16383,16383]}`},
		"bf-unet":  {`{"width":0}`, `{"channels":2}`, `{"width":16384}`},
		"tdv":      {`{"scales":4}`, `{"blocks":1000000000}`, `{"features":16384}`},
		"time-cnn": {`{"height":5}`, `{"hidden":[1000000000]}`, `{"features":1000000000}`},
	} {
		for _, config := range configs {
			if _, _, err := families.Build(arch, json.RawMessage(config), []int{1, 12, 14}, rng.New(1)); err == nil {
				t.Errorf("%s %s: it was built", arch, config)
			}
		}
	}
	if _, _, err := families.Build("cnn", json.RawMessage(`{"channels":3,"given":1,"width":2,"kernels":[1,1]}`), []int{4, 12, 14}, rng.New(1)); err == nil || !strings.Contains(err.Error(), "[1,3,12,14]") {
		t.Errorf("a network that returns fewer channels than it takes: error %v", err)
	}
	for _, kind := range []string{"residual", "denoised"} {
		p := families.Prediction{Kind: kind, Schedule: json.RawMessage(`{"kind":"ddpm"}`)}
		if _, err := p.Preconditioning(1); err == nil {
			t.Errorf("%s with a schedule was taken", kind)
		}
	}
}
