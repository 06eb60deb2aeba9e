package adm_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families/adm"
	"tweedie/families/internal/nettest"
	"tweedie/layers"
	"tweedie/rng"
)

// array is the values of testdata/dir/name.npy and their shape.
func array(t *testing.T, dir, name string) ([]float64, autodiff.Shape) {
	t.Helper()
	a, err := checkpoints.ReadArray(filepath.Join("testdata", dir, name+".npy"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := a.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	return v, autodiff.S(a.Shape...)
}

// golden is the network of testdata/dir with its weights.
func golden(t *testing.T, dir string) *adm.Network {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	var c adm.Config
	if dir == "yardstick" {
		c, err = yardstickConfig(text)
	} else {
		c, err = adm.Parse(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	n, err := adm.New(layers.Root(rng.New(1)).Blank(), c)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join("testdata", dir, "checkpoint.*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%s: weights in %q, %v; want one file", dir, files, err)
	}
	f, err := checkpoints.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := checkpoints.Load(f, n.Params(), checkpoints.LoadOptions{}); err != nil {
		t.Fatal(err)
	}
	return n
}

func yardstickConfig(text []byte) (adm.Config, error) {
	var y struct {
		Channels, Width, Blocks, Heads int
		Mult, Attn                     []int
	}
	if err := json.Unmarshal(text, &y); err != nil {
		return adm.Config{}, err
	}
	return adm.Yardstick(y.Channels, y.Width, y.Mult, y.Blocks, y.Attn, y.Heads)
}

// TestGolden compares outputs and gradients in x with those of other implementations; see testdata/README.md.
func TestGolden(t *testing.T) {
	for _, dir := range []string{"classcond_neworder", "convresample_fp16", "ffhq_style", "signal", "average", "volume", "volume_halved", "yardstick"} {
		n := golden(t, dir)
		x, shape := array(t, dir, "x")
		label, _ := array(t, dir, "t")
		want, out := array(t, dir, "out")
		probe, _ := array(t, dir, "probe")
		wantGrad, _ := array(t, dir, "gradx")
		var class []int
		if n.Config().NumClasses > 0 {
			y, _ := array(t, dir, "y")
			for _, k := range y {
				class = append(class, int(k))
			}
		}
		for _, dt := range []autodiff.DType{autodiff.F32, autodiff.F64} {
			s := autodiff.NewArena().Scope(autodiff.Record, dt)
			s.Freeze()
			v := s.Watch(s.Const64(shape, x))
			y := n.ForwardClass(s, v, label, class)
			if y.Shape() != out {
				t.Fatalf("%s: output %v, want %v", dir, y.Shape(), out)
			}
			g := s.Grad1(s.Dot(y, s.Const64(out, probe)), v)
			got, grad := make([]float64, len(want)), make([]float64, len(x))
			y.CopyTo64(got)
			g.CopyTo64(grad)
			s.Close()
			a, b := nettest.Apart(got, want), nettest.Apart(grad, wantGrad)
			t.Logf("%s %v: output %.1e, gradient %.1e", dir, dt, a, b)
			if !(a <= 2e-5) || !(b <= 1e-4) {
				t.Errorf("%s %v: output is %g off and the gradient %g; want 2e-5 and 1e-4", dir, dt, a, b)
			}
		}
	}
}

// TestGoldenDenoiser: u - sigma eps(u/sqrt(1+sigma^2), c) with eps the first half of a learned-variance network.
func TestGoldenDenoiser(t *testing.T) {
	const dir = "ffhq_style"
	n := golden(t, dir)
	if !n.Config().LearnSigma() {
		t.Error("the network has a learned variance and LearnSigma is false")
	}
	u, shape := array(t, dir, "vp_x")
	sigma, _ := array(t, dir, "vp_sigma")
	label, _ := array(t, dir, "vp_c_noise")
	want, _ := array(t, dir, "vp_denoised")
	in, each := make([]float64, len(u)), len(u)/len(sigma)
	for i, v := range u {
		in[i] = v / math.Sqrt(1+sigma[i/each]*sigma[i/each])
	}
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	eps := make([]float64, len(u))
	s.Slice(n.Forward(s, s.Const64(shape, in), label), 1, 0, shape.Dim(1)).CopyTo64(eps)
	for i := range eps {
		eps[i] = u[i] - sigma[i/each]*eps[i]
	}
	if a := nettest.Apart(eps, want); !(a <= 2e-5) {
		t.Errorf("denoised images are %g off", a)
	}
}
