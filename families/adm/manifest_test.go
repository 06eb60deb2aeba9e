package adm_test

import (
	"runtime"
	"testing"

	"tweedie/autodiff"
	"tweedie/families/adm"
	"tweedie/families/internal/nettest"
	"tweedie/layers"
	"tweedie/rng"
)

// published is the preset of every manifest.
var published = map[string]string{
	"adm_imagenet64_cond": "64x64_diffusion", "adm_imagenet128_cond": "128x128_diffusion",
	"adm_imagenet256_cond": "256x256_diffusion", "adm_imagenet256_uncond": "256x256_diffusion_uncond",
	"adm_imagenet512_cond": "512x512_diffusion", "adm_ffhq256_dps": "ffhq_10m", "adm_pnpdm_blackhole64_gray": "blackhole",
}

// TestManifests: parameters of the published networks have the names, order, shapes and count of the original, made
// from its own configuration and from the preset, and planning them costs no memory for weights.
func TestManifests(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	ms := nettest.Manifests(t, "adm_")
	if len(ms) != len(published) {
		t.Errorf("%d manifests, want %d", len(ms), len(published))
	}
	for name, m := range ms {
		c, err := adm.Parse(m.Config)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		preset, err := adm.Preset(published[name])
		if err != nil {
			t.Error(err)
			continue
		}
		if a, b := c.Effective().String(), preset.String(); name != "adm_pnpdm_blackhole64_gray" && a != b {
			t.Errorf("%s: its configuration\n%s\nis not the preset\n%s", name, a, b)
		}
		for _, c := range []adm.Config{c, preset} {
			n, err := adm.New(layers.Root(rng.New(1)).Blank(), c)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			nettest.Compare(t, name, n.Params(), m)
		}
	}
	runtime.ReadMemStats(&after)
	if mib := (after.TotalAlloc - before.TotalAlloc) >> 20; mib > 64 {
		t.Errorf("describing the networks allocated %d MiB", mib)
	}
}

// TestPlanPublished: the shape and the memory of a 256x256 pass through 93.56 million parameters, without either.
func TestPlanPublished(t *testing.T) {
	c, err := adm.Preset("ffhq_10m")
	if err != nil {
		t.Fatal(err)
	}
	n, err := adm.New(layers.Root(rng.New(1)).Blank(), c)
	if err != nil {
		t.Fatal(err)
	}
	arena := autodiff.NewArena()
	s := arena.Scope(autodiff.Plan, autodiff.F32)
	y := n.Forward(s, s.Input(autodiff.S(1, 3, 256, 256)), []float64{500})
	if y.Shape() != autodiff.S(1, 6, 256, 256) {
		t.Errorf("output %v", y.Shape())
	}
	s.Close()
	// One activation of the first level is 32 MiB.
	if mib := arena.Peak() >> 20; mib < 130 || mib > 400 {
		t.Errorf("a forward pass is planned to take %d MiB", mib)
	}
	t.Logf("%d MiB", arena.Peak()>>20)
}
