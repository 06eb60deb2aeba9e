package denoisers_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families/denoisers"
	"tweedie/layers"
	"tweedie/rng"
)

// load is a file of the folder TWEEDIE_WEIGHTS.
func load(t *testing.T, name string) *checkpoints.File {
	t.Helper()
	dir := os.Getenv("TWEEDIE_WEIGHTS")
	if dir == "" {
		t.Skip("TWEEDIE_WEIGHTS is not set")
	}
	f, err := checkpoints.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func values(t *testing.T, f *checkpoints.File, name string) ([]float64, autodiff.Shape) {
	t.Helper()
	x, err := f.Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	v, err := x.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	return v, autodiff.S(x.Shape...)
}

func blank() layers.Path { return layers.Root(rng.New(0)).Blank() }

func relative(got, want []float64) float64 {
	diff, top := 0.0, 0.0
	for i := range want {
		diff, top = max(diff, math.Abs(got[i]-want[i])), max(top, math.Abs(want[i]))
	}
	return diff / top
}

// The published TDV has its authors' energy and gradient.
func TestPublishedTDV(t *testing.T) {
	f := load(t, "tdv_gray.safetensors")
	n, err := denoisers.NewTDV(blank(), denoisers.DefaultTDV(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := checkpoints.Load(f, n.Params(), checkpoints.LoadOptions{}); err != nil {
		t.Fatal(err)
	}
	g := load(t, "tdv_gray.golden.safetensors")
	x, shape := values(t, g, "x")
	want, _ := values(t, g, "grad")
	energy, _ := values(t, g, "energy")
	for dt, tol := range map[autodiff.DType]float64{autodiff.F32: 1e-4, autodiff.F64: 1e-6} {
		s := autodiff.NewArena().Scope(autodiff.Eval, dt)
		v := s.Const64(shape, x)
		e := n.Energy(s, v).Scalar()
		got := make([]float64, len(x))
		n.Grad(s, v).CopyTo64(got)
		s.Close()
		t.Logf("%v: energy %.2g, gradient %.2g", dt, math.Abs(e-energy[0])/energy[0], relative(got, want))
		if !(math.Abs(e-energy[0]) <= tol*energy[0]) || !(relative(got, want) <= tol) {
			t.Errorf("%v: energy %v, want %v; gradient off by %.3g of its largest value, want %.0g", dt, e, energy[0], relative(got, want), tol)
		}
	}
}

// The published conditional wavelet networks give their authors' noise.
func TestPublishedDetails(t *testing.T) {
	for _, name := range []string{"lcv_faces160_rf13_scale1", "lcv_faces160_rf13_scale0"} {
		n := details(t, name)
		g := load(t, name+".golden.safetensors")
		x, shape := values(t, g, "x")
		want, _ := values(t, g, "residual")
		for dt, tol := range map[autodiff.DType]float64{autodiff.F32: 1e-4, autodiff.F64: 1e-6} {
			s := autodiff.NewArena().Scope(autodiff.Eval, dt)
			got := make([]float64, len(want))
			n.Forward(s, s.Const64(shape, x), []float64{.2}).CopyTo64(got)
			s.Close()
			t.Logf("%s %v: %.2g", name, dt, relative(got, want))
			if !(relative(got, want) <= tol) {
				t.Errorf("%s in %v: %.3g of the largest value from the golden, want %.0g", name, dt, relative(got, want), tol)
			}
		}
	}
}

// details is the published network of wavelet details called name.
func details(t *testing.T, name string) *denoisers.CNN {
	t.Helper()
	c := denoisers.CNNConfig{Channels: 3, Given: 1, Width: 64, LinearFirst: true}
	for i := range 21 {
		k := 1
		if i%4 == 0 {
			k = 3
		}
		c.Kernels = append(c.Kernels, k)
	}
	n, err := denoisers.NewCNN(blank(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := checkpoints.Load(load(t, name+".safetensors"), n.Params(), checkpoints.LoadOptions{}); err != nil {
		t.Fatal(err)
	}
	return n
}
