package edm_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/families/edm"
	"tweedie/families/internal/nettest"
	"tweedie/internal/testkit"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/rng"
)

// smallEDM is a network of two levels with every part, a few thousand parameters, and change applied to its arguments.
func smallEDM(precond, model string, change func(k *edm.Kwargs)) edm.Config {
	c := edm.Default(precond, model)
	k := &c.Kwargs
	k.ImgResolution, k.ImgChannels, k.ModelChannels, k.ChannelMult, k.ChannelMultEmb, k.NumBlocks, k.AttnResolutions = 4, 1, 4, []int{1, 2}, 2, 1, []int{2}
	if change != nil {
		change(k)
	}
	return c
}

var (
	edmLabels = []float64{-0.3, 1.2}
	edmRowsOf = []float64{0, 1, 0, 0.5, 0, 0.25} // the second is no class
)

func row(name string, c edm.Config, size int) layerstest.Row {
	return layerstest.Row{Name: "Network " + name, In: []autodiff.Shape{sh(2, 1, size, size)}, Std: 0.2,
		Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
			n, err := edm.New(p, c)
			if err != nil {
				return nil, nil, err
			}
			return n, func(s *scope, x []vr, first int) vr {
				last := first + x[0].Dim(0)
				if dim := c.Kwargs.LabelDim; dim > 0 {
					return n.ForwardRows(s, x[0], edmLabels[first:last], edmRowsOf[first*dim:last*dim])
				}
				return n.Forward(s, x[0], edmLabels[first:last])
			}, nil
		}}
}

func rows() []layerstest.Row {
	recomputed := smallEDM("EDMPrecond", "SongUNet", func(k *edm.Kwargs) { k.EncoderType, k.DecoderType = "skip", "skip" })
	recomputed.UseCheckpoint = true
	return []layerstest.Row{
		row("Song, labels", smallEDM("EDMPrecond", "SongUNet", func(k *edm.Kwargs) { k.LabelDim = 3 }), 4),
		row("Song, pyramids of skips, recomputed", recomputed, 4),
		row("Song, residual, filtered, Fourier", smallEDM("VEPrecond", "SongUNet", func(k *edm.Kwargs) {
			k.EncoderType, k.DecoderType, k.EmbeddingType, k.ChannelMultNoise, k.ResampleFilter = "residual", "skip", "fourier", 2, []float64{1, 3, 2, 1}
		}), 4),
		row("Dhariwal, labels, heads at one level", smallEDM("iDDPMPrecond", "", func(k *edm.Kwargs) {
			k.LabelDim, k.ChannelMult, k.AttnResolutions = 3, []int{16, 1}, []int{2, 4}
		}), 2),
		{Name: "OfClass", In: []autodiff.Shape{sh(2, 1, 2, 2)}, Std: 0.2,
			Make: func(p layers.Path) (layers.Module, layerstest.Function, error) {
				n, err := edm.New(p, smallEDM("VPPrecond", "", func(k *edm.Kwargs) { k.LabelDim = 3 }))
				if err != nil {
					return nil, nil, err
				}
				k, err := n.AsClass(1)
				return k, func(s *scope, x []vr, first int) vr { return k.Forward(s, x[0], edmLabels[first:first+x[0].Dim(0)]) }, err
			}},
	}
}

// TestEDMManifests: parameters and buffers of the published networks have the names, order, shapes and count of the
// original.
func TestEDMManifests(t *testing.T) {
	ms := nettest.Manifests(t, "edm_")
	if len(ms) != 4 {
		t.Errorf("%d manifests, want 4", len(ms))
	}
	for name, m := range ms {
		c, err := edm.Parse(m.Config)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		n, err := edm.New(layers.Root(rng.New(1)).Blank(), c)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		nettest.Compare(t, name, n.Params(), m)
	}
}

// TestEDMNames: what the manifests have no example of: the noise levels, aux convolutions of skips, and no attention
// where the channels make no head.
func TestEDMNames(t *testing.T) {
	for _, k := range []struct {
		c    edm.Config
		want []string
		not  string
	}{
		{smallEDM("iDDPMPrecond", "SongUNet", func(k *edm.Kwargs) { k.EncoderType, k.DecoderType, k.LabelDim, k.AugmentDim = "skip", "skip", 3, 9 }), []string{
			"u [1001]", "model.map_label.weight [4,3]", "model.map_label.bias [4]", "model.map_augment.weight [4,9]", "model.map_layer0.weight [8,4]",
			"model.enc.2x2_down.skip.resample_filter [1,1,2,2]", "model.enc.2x2_aux_down.resample_filter [1,1,2,2]", "model.enc.2x2_aux_skip.weight [4,1,1,1]",
			"model.enc.2x2_aux_skip.bias [4]", "model.enc.2x2_block0.norm0.weight [4]", "model.enc.2x2_block0.qkv.weight [24,8,1,1]",
			"model.dec.2x2_block1.proj.bias [8]", "model.dec.2x2_aux_norm.weight [8]", "model.dec.2x2_aux_norm.bias [8]", "model.dec.2x2_aux_conv.weight [2,8,3,3]",
			"model.dec.4x4_up.norm0.weight [8]", "model.dec.4x4_aux_up.resample_filter [1,1,2,2]", "model.dec.4x4_aux_norm.weight [4]", "model.dec.4x4_aux_conv.bias [2]"},
			"model.dec.2x2_block0.qkv.weight"},
		{smallEDM("EDMPrecond", "DhariwalUNet", func(k *edm.Kwargs) {
			k.ChannelMult, k.AttnResolutions, k.LabelDim, k.AugmentDim = []int{32, 8}, []int{4, 2}, 3, 9
		}), []string{
			"model.map_augment.weight [4,9]", "model.map_layer0.weight [8,4]", "model.map_layer1.bias [8]", "model.map_label.weight [8,3]",
			"model.enc.4x4_conv.weight [128,1,3,3]", "model.enc.4x4_block0.qkv.weight [384,128,1,1]", "model.dec.4x4_block0.qkv.bias [384]",
			"model.dec.4x4_block1.proj.bias [128]", "model.out_norm.weight [128]", "model.out_conv.weight [1,128,3,3]"},
			"model.dec.2x2_in0.qkv.weight"},
	} {
		n, err := edm.New(layers.Root(rng.New(1)).Blank(), k.c)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, p := range n.Params() {
			names = append(names, p.Name()+" "+p.Shape().String())
			if p.Name() == k.not {
				t.Errorf("there is a %s", k.not)
			}
		}
		at := 0
		for _, w := range k.want {
			i := slices.Index(names[at:], w)
			if i < 0 {
				t.Fatalf("after %d tensors there is no %s in %q", at, w, names)
			}
			at += i + 1
		}
	}
}

// Shapes of the outputs of every combination of switches, at another size than that of training.
func TestEDMCombinations(t *testing.T) {
	n := 0
	for _, encoder := range []string{"standard", "skip", "residual"} {
		for _, decoder := range []string{"standard", "skip"} {
			for _, embedding := range []string{"positional", "fourier"} {
				for _, filter := range [][]float64{{1, 1}, {1, 3, 3, 1}, {1, 2, 3, 3, 2, 1}} {
					for _, precond := range []string{"EDMPrecond", "iDDPMPrecond"} {
						c := smallEDM(precond, "SongUNet", func(k *edm.Kwargs) {
							k.ImgResolution, k.ChannelMult, k.EncoderType, k.DecoderType, k.EmbeddingType, k.ResampleFilter = 8, []int{1, 2, 2}, encoder, decoder, embedding, filter
						})
						net, err := edm.New(layers.Root(rng.New(1)), c)
						if err != nil {
							t.Fatal(err)
						}
						got, err := layers.OutShape(func(s *scope, x vr) vr { return net.Forward(s, x, edmLabels) }, sh(2, 1, 8, 16))
						if n++; err != nil || got != sh(2, c.OutChannels(), 8, 16) {
							t.Errorf("%s: %v, %v", c, got, err)
						}
					}
				}
			}
		}
	}
	if n != 72 {
		t.Errorf("%d combinations", n)
	}
}

// edmOut is the output of a network with random weights.
func edmOut(t *testing.T, c edm.Config, x []float64, forward func(n *edm.Network, s *scope, x vr) vr) []float64 {
	t.Helper()
	n, err := edm.New(layers.Root(rng.New(7)), c)
	if err != nil {
		t.Fatal(err)
	}
	layerstest.Randomize(n.Params(), rng.New(8), 0.2)
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	y := forward(n, s, s.Const64(sh(2, c.Kwargs.ImgChannels, 4, 4), x))
	out := make([]float64, y.Size())
	y.CopyTo64(out)
	return out
}

// Rules of labels, augmentation, filters and dropout.
func TestEDMRules(t *testing.T) {
	x := testkit.Normals(2*16, "x")
	same := func(what string, got, want []float64, yes bool) {
		t.Helper()
		if d := nettest.Apart(got, want); (d <= 1e-12) != yes {
			t.Errorf("%s: %g apart", what, d)
		}
	}
	rows := func(r []float64) func(n *edm.Network, s *scope, x vr) vr {
		return func(n *edm.Network, s *scope, x vr) vr { return n.ForwardRows(s, x, edmLabels, r) }
	}
	for _, model := range []string{"SongUNet", "DhariwalUNet"} {
		c := smallEDM("EDMPrecond", model, func(k *edm.Kwargs) { k.LabelDim = 3 })
		zero := edmOut(t, c, x, rows(nil))
		same(model+": no labels are rows of zeros", edmOut(t, c, x, rows(make([]float64, 6))), zero, true)
		one := edmOut(t, c, x, rows([]float64{0, 1, 0, 0, 1, 0}))
		same(model+": one row for all", edmOut(t, c, x, rows([]float64{0, 1, 0})), one, true)
		same(model+": a class", edmOut(t, c, x, func(n *edm.Network, s *scope, x vr) vr {
			k, err := n.AsClass(1)
			if err != nil {
				t.Fatal(err)
			}
			return k.Forward(s, x, edmLabels)
		}), one, true)
		same(model+": labels", one, zero, false)

		key := rng.New(3)
		train := func(n *edm.Network, s *scope, x vr) vr { return n.ForwardTrain(s, x, edmLabels, nil, key) }
		c.Kwargs.Dropout = 0.5
		dropped := edmOut(t, c, x, train)
		same(model+": dropout", dropped, zero, false)
		c.UseCheckpoint = true
		same(model+": dropout of the same key", edmOut(t, c, x, train), dropped, true)
		c.Kwargs.Dropout = 0
		same(model+": dropout of nothing", edmOut(t, c, x, train), zero, true)
	}
	// Filters: twice the taps are the same filter; turned round it is another, and so is it turned upside down.
	filter := func(f ...float64) []float64 {
		return edmOut(t, smallEDM("EDMPrecond", "SongUNet", func(k *edm.Kwargs) {
			k.EncoderType, k.DecoderType, k.ResampleFilter = "skip", "skip", f
		}), x, rows(nil))
	}
	base := filter(1, 3, 2, 1)
	same("twice the taps", filter(2, 6, 4, 2), base, true)
	same("taps turned round", filter(1, 2, 3, 1), base, false)
	// Zeros around the short filter make the general code do what repetition and averages do.
	if d := nettest.Apart(filter(0, 1, 1, 0), filter(1, 1)); !(d <= 1e-6) {
		t.Errorf("[0,1,1,0] and [1,1] are %g apart", d)
	}
}

// The noise levels of iDDPM fall from u_0 to 0, and are those of the buffer.
func TestEDMLevels(t *testing.T) {
	c := smallEDM("iDDPMPrecond", "", nil)
	n, err := edm.New(layers.Root(rng.New(1)), c)
	if err != nil {
		t.Fatal(err)
	}
	u, want := n.Levels(), c.Levels()
	if len(u) != 1001 || u[1000] != 0 || !slices.IsSortedFunc(u, func(a, b float64) int { return int(math.Copysign(1, b-a)) }) {
		t.Errorf("%d levels from %g to %g", len(u), u[0], u[len(u)-1])
	}
	if d := nettest.Apart(u, want); !(d <= 1e-7) {
		t.Errorf("%g apart", d)
	}
	// Where neither clips, 1 + u_j^2 is abar(M)/abar(j).
	abar := func(j float64) float64 { return math.Pow(math.Sin(math.Pi/2*j/1000/1.008), 2) }
	if got, exact := u[0]*u[0]+1, (u[1]*u[1]+1)/0.001; math.Abs(got-exact) > 1e-6*exact {
		t.Errorf("1 + u_0^2 is %g, want %g", got, exact)
	}
	for _, j := range []int{1, 500, 900, 999} {
		if got, exact := u[j]*u[j]+1, abar(1000)/abar(float64(j)); math.Abs(got-exact) > 1e-6*exact {
			t.Errorf("1 + u_%d^2 is %g, want %g", j, got, exact)
		}
	}
	if v, err := edm.New(layers.Root(rng.New(1)), smallEDM("EDMPrecond", "", nil)); err != nil || v.Levels() != nil {
		t.Errorf("EDMPrecond has levels, %v", err)
	}
}

// Every mistake in a config or an input is an error that names it.
func TestEDMExplains(t *testing.T) {
	text := func(precond, more string) string {
		return fmt.Sprintf(`{"family":"edm","precond":%q,"kwargs":{"img_resolution":8,"img_channels":1,"model_type":"SongUNet"%s}}`, precond, more)
	}
	for want, c := range map[string]string{
		"ends too early":                                      "{",
		`"kwargs" is missing`:                                 `{"precond":"EDMPrecond"}`,
		`precond is "GANPrecond"; want EDMPrecond`:            text("GANPrecond", ""),
		`kwargs.model_type is "UViT"; want SongUNet`:          `{"precond":"EDMPrecond","kwargs":{"model_type":"UViT"}}`,
		`channels is unknown`:                                 text("EDMPrecond", `,"channels":3`),
		`num_blocks is the string "x"; it must be an integer`: text("EDMPrecond", `,"num_blocks":"x"`),
		"kwargs.sigma_data is an argument of neither":         text("VEPrecond", `,"sigma_data":1`),
		"kwargs.encoder_type is an argument of neit":          `{"precond":"EDMPrecond","kwargs":{"encoder_type":"skip"}}`,
		"kwargs.img_resolution is 0":                          `{"precond":"EDMPrecond","kwargs":{"img_channels":1}}`,
		"kwargs.img_resolution is 12; want a multipl":         strings.Replace(text("EDMPrecond", ""), ":8", ":12", 1),
		"kwargs.img_channels is 0":                            strings.Replace(text("EDMPrecond", ""), `"img_channels":1`, `"img_channels":0`, 1),
		"kwargs.channel_mult is []":                           text("EDMPrecond", `,"channel_mult":[]`),
		"kwargs.channel_mult is [1 -2]":                       text("EDMPrecond", `,"channel_mult":[1,-2]`),
		"kwargs.channel_mult is [70000]":                      text("EDMPrecond", `,"channel_mult":[70000]`),
		"kwargs.model_channels is -128":                       text("EDMPrecond", `,"model_channels":-128`),
		"kwargs.model_channels is 5; want an even":            text("EDMPrecond", `,"model_channels":5`),
		"kwargs.num_blocks is 1000":                           text("EDMPrecond", `,"num_blocks":1000`),
		"kwargs.label_dim is -1":                              text("EDMPrecond", `,"label_dim":-1`),
		"kwargs.dropout is 1":                                 text("EDMPrecond", `,"dropout":1`),
		"kwargs.embedding_type is learned":                    text("EDMPrecond", `,"embedding_type":"learned"`),
		"kwargs.encoder_type is both":                         text("EDMPrecond", `,"encoder_type":"both"`),
		"kwargs.decoder_type is residual":                     text("EDMPrecond", `,"decoder_type":"residual"`),
		"kwargs.resample_filter is [1 2 1]":                   text("EDMPrecond", `,"resample_filter":[1,2,1]`),
		"kwargs.resample_filter is [1 -1]":                    text("EDMPrecond", `,"resample_filter":[1,-1]`),
		"kwargs.sigma_data is 0":                              text("EDMPrecond", `,"sigma_data":0`),
		"kwargs.sigma_max is 0.01":                            text("VEPrecond", `,"sigma_max":0.01`),
		"kwargs.beta_d is -1":                                 text("VPPrecond", `,"beta_d":-1`),
		"kwargs.M is 1":                                       text("iDDPMPrecond", `,"M":1`),
		"kwargs.C_1 is 2":                                     text("iDDPMPrecond", `,"C_1":2`),
	} {
		if _, err := edm.Parse([]byte(c)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not say %q", c, err, want)
		}
	}
	for want, c := range map[string]edm.Config{
		"32 groups do not divide 130 channels": smallEDM("EDMPrecond", "SongUNet", func(k *edm.Kwargs) { k.ModelChannels = 130 }),
		"3 heads do not divide 224 channels":   smallEDM("EDMPrecond", "", func(k *edm.Kwargs) { k.ModelChannels, k.ChannelMult, k.AttnResolutions = 224, []int{1}, []int{4} }),
	} {
		if _, err := edm.New(layers.Root(rng.New(1)).Blank(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	c := smallEDM("EDMPrecond", "", func(k *edm.Kwargs) { k.LabelDim = 3 })
	n, err := edm.New(layers.Root(rng.New(1)), c)
	if err != nil {
		t.Fatal(err)
	}
	_, classErr := n.AsClass(3)
	for what, err := range map[string]error{
		"want 1 channels": c.CheckShape(sh(1, 3, 4, 4)), "want [B,C,H,W]": c.CheckShape(sh(1, 1, 4)), "multiples of 2": c.CheckShape(sh(1, 1, 4, 5)),
		"class 3: the network has 3": classErr,
	} {
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("error %v does not say %q", err, what)
		}
	}
	for what, call := range map[string]func(s *scope){
		"1 labels for 2 samples": func(s *scope) { n.Forward(s, s.Zeros(sh(2, 1, 4, 4)), []float64{1}) },
		"rows of labels hold 4":  func(s *scope) { n.ForwardRows(s, s.Zeros(sh(1, 1, 4, 4)), []float64{1}, make([]float64, 4)) },
		"want 1 channels":        func(s *scope) { n.Forward(s, s.Zeros(sh(1, 2, 4, 4)), []float64{1}) },
	} {
		err := func() (err error) {
			defer autodiff.Catch(&err)
			s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
			defer s.Close()
			call(s)
			return nil
		}()
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("error %v does not say %q", err, what)
		}
	}
}

// What has no effect does not change the hash, what has does; a config is read back from its own JSON, and from hydra's.
func TestEDMHash(t *testing.T) {
	for _, precond := range []string{"EDMPrecond", "VPPrecond", "VEPrecond", "iDDPMPrecond"} {
		for _, model := range []string{"SongUNet", "DhariwalUNet"} {
			c := smallEDM(precond, model, nil)
			back, err := edm.Parse([]byte(c.String()))
			if err != nil || back.Hash() != c.Hash() {
				t.Errorf("%v, %s", err, back)
			}
			args, err := json.Marshal(c.Effective().Kwargs)
			if err != nil {
				t.Fatal(err)
			}
			flat := strings.Replace(string(args), "{", `{"_target_":"models.precond.`+precond+`",`, 1)
			for _, text := range []string{flat, `{"name":"x","model":` + flat + `,"train":{}}`} {
				if back, err := edm.Parse([]byte(text)); err != nil || back.Hash() != c.Hash() {
					t.Errorf("%s: %v, %s", text, err, back)
				}
			}
		}
	}
	base := smallEDM("EDMPrecond", "", nil)
	if c := smallEDM("EDMPrecond", "", func(k *edm.Kwargs) { k.UseFP16, k.LabelDropout, k.EncoderType, k.M = true, 0.2, "skip", 7 }); c.Hash() != base.Hash() {
		t.Error("what has no effect changes the hash")
	}
	for name, c := range map[string]edm.Config{
		"sigma_data": smallEDM("EDMPrecond", "", func(k *edm.Kwargs) { k.SigmaData = 1 }), "precond": smallEDM("VEPrecond", "DhariwalUNet", nil),
		"model": smallEDM("EDMPrecond", "SongUNet", nil),
	} {
		if c.Hash() == base.Hash() {
			t.Errorf("%s does not change the hash", name)
		}
	}
}

// After the first steps inference, training and the gradient of a divergence allocate nothing.
func TestEDMStepsAllocateNothing(t *testing.T) {
	recomputed := smallEDM("VEPrecond", "SongUNet", func(k *edm.Kwargs) {
		k.EncoderType, k.DecoderType, k.EmbeddingType, k.ResampleFilter = "residual", "skip", "fourier", []float64{1, 3, 3, 1}
	})
	recomputed.UseCheckpoint = true
	key := rng.New(4)
	for name, c := range map[string]edm.Config{
		"Song": recomputed, "Dhariwal": smallEDM("EDMPrecond", "", func(k *edm.Kwargs) { k.LabelDim = 3 }),
	} {
		n, err := edm.New(layers.Root(rng.New(7)), c)
		if err != nil {
			t.Fatal(err)
		}
		layerstest.Randomize(n.Params(), rng.New(8), 0.2)
		var rows []float64
		if c.Kwargs.LabelDim > 0 {
			rows = edmRowsOf
		}
		for what, step := range testkit.Steps(n.Params(), sh(2, 1, 4, 4), func(s *scope, x vr) vr { return n.ForwardRows(s, x, edmLabels, rows) },
			func(s *scope, x vr) vr { return n.ForwardTrain(s, x, edmLabels, rows, key) }) {
			testkit.NoMallocs(t, name+": "+what, step)
		}
	}
}
