package zoo_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/zoo"
)

// weights is a file of the folder TWEEDIE_WEIGHTS.
func weights(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("TWEEDIE_WEIGHTS")
	if dir == "" {
		t.Skip("TWEEDIE_WEIGHTS is not set")
	}
	return filepath.Join(dir, name)
}

func open(t *testing.T, name string) *zoo.Prior {
	t.Helper()
	p, err := zoo.Open(weights(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// golden is the tensors of a file by name, with their shapes.
func golden(t *testing.T, name string) func(tensor string) ([]float64, []int) {
	t.Helper()
	f, err := checkpoints.Open(weights(t, name+".golden.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return func(tensor string) ([]float64, []int) {
		x, err := f.Tensor(tensor)
		if err != nil {
			t.Fatal(err)
		}
		v, err := x.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		return v, x.Shape
	}
}

// apply is f at x in element type dt.
func apply(x []float64, shape []int, dt autodiff.DType, f func(s *autodiff.Scope, x autodiff.Var) autodiff.Var) []float64 {
	s := autodiff.NewArena().Scope(autodiff.Eval, dt)
	defer s.Close()
	out := f(s, s.Const64(autodiff.S(shape...), x))
	y := make([]float64, out.Size())
	out.CopyTo64(y)
	return y
}

// gap is the largest difference of got and want relative to the largest |want|.
func gap(t *testing.T, got, want []float64) float64 {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d values, want %d", len(got), len(want))
	}
	diff, top := 0.0, 0.0
	for i := range want {
		diff, top = max(diff, math.Abs(got[i]-want[i])), max(top, math.Abs(want[i]))
	}
	return diff / top
}

// Published denoisers give what their authors' code gives, from the folded file and from the original: the residual
// u - D or D, to 1e-4 of its largest value in float32 and 1e-6 in float64 (goldens are stored in float32).
func TestPublishedDenoisers(t *testing.T) {
	for _, row := range []struct {
		golden, out string
		sigma       float64
		files       []string
	}{
		{"lcv_faces40", "residual", .2, []string{"lcv_faces40.safetensors", "originals/lcv_faces40.pt"}},
		{"lcv_bfunet_gray", "denoised", .2, []string{"lcv_bfunet_gray.safetensors"}},
		{"scico_dncnn6N", "denoised", .1, []string{"scico_dncnn6N.safetensors", "originals/scico_dncnn6N.mpk"}},
	} {
		for _, file := range row.files {
			p := open(t, file)
			get := golden(t, row.golden)
			x, shape := get("x")
			want, _ := get(row.out)
			if row.out == "residual" {
				for i := range want {
					want[i] = x[i] - want[i]
				}
			}
			for dt, tol := range map[autodiff.DType]float64{autodiff.F32: 1e-4, autodiff.F64: 1e-6} {
				got := apply(x, shape, dt, func(s *autodiff.Scope, v autodiff.Var) autodiff.Var {
					d := p.Denoiser
					if dt == autodiff.F64 {
						d = p.InFloat64()
					}
					return d.Denoise(s, v, []float64{row.sigma})
				})
				e := gap(t, got, want)
				t.Logf("%s %v: %.2g", file, dt, e)
				if !(e <= tol) {
					t.Errorf("%s in %v: %.3g of the largest value from the golden, want %.0g", file, dt, e, tol)
				}
			}
		}
	}
}

// The network for MNIST gives its authors' noise at stored steps; its process is the stored one.
func TestPublishedTimeCNN(t *testing.T) {
	for _, file := range []string{"cam_mnist_ddpm.safetensors", "originals/cam_mnist_ddpm.pth"} {
		p := open(t, file)
		get := golden(t, "cam_mnist_ddpm")
		x, shape := get("x")
		want, _ := get("eps")
		steps, _ := get("t")
		process, err := diffusion.DecodeDDPM(p.Spec.Predict.Schedule)
		if err != nil {
			t.Fatal(err)
		}
		tables, err := process.Build()
		if err != nil {
			t.Fatal(err)
		}
		// At x_t the golden's index i is noise level Ratio(i), and u = x_t/sqrt(abar): eps = (u - D)/r.
		for dt, tol := range map[autodiff.DType]float64{autodiff.F32: 1e-4, autodiff.F64: 1e-6} {
			d := p.Denoiser
			if dt == autodiff.F64 {
				d = p.InFloat64()
			}
			got := make([]float64, 0, len(x))
			for b, i := range steps {
				n := len(x) / len(steps)
				u := append([]float64(nil), x[b*n:(b+1)*n]...)
				r, scale := tables.Ratio(int(i)), math.Sqrt(tables.AlphaBar[int(i)])
				for k := range u {
					u[k] /= scale
				}
				shape[0] = 1
				score := apply(u, shape, dt, func(s *autodiff.Scope, v autodiff.Var) autodiff.Var {
					return diffusion.ScoreOf(s, d, v, []float64{r})
				})
				for _, v := range score {
					got = append(got, -v*r)
				}
			}
			e := gap(t, got, want)
			t.Logf("%s %v: %.2g", file, dt, e)
			if !(e <= tol) {
				t.Errorf("%s in %v: %.3g of the largest value from the golden, want %.0g", file, dt, e, tol)
			}
		}
	}
	f, err := checkpoints.Open(weights(t, "cam_mnist_ddpm.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	stored := map[string][]float64{}
	for _, name := range []string{"beta", "alpha_bar"} {
		x, err := f.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		if stored[name], err = x.Float64s(); err != nil {
			t.Fatal(err)
		}
	}
	process, err := diffusion.DecodeDDPM(open(t, "cam_mnist_ddpm.safetensors").Spec.Predict.Schedule)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := process.Build()
	if err != nil {
		t.Fatal(err)
	}
	for i := range stored["beta"] {
		if math.Abs(tables.Beta[i]-stored["beta"][i]) > 1e-6*stored["beta"][i] || math.Abs(tables.AlphaBar[i]-stored["alpha_bar"][i]) > 1e-5*stored["alpha_bar"][i] {
			t.Errorf("step %d: beta %v, abar %v; stored %v and %v", i, tables.Beta[i], tables.AlphaBar[i], stored["beta"][i], stored["alpha_bar"][i])
		}
	}
}

// The mixtures have the stored density and score at every stored noise level: the golden's parameters are rounded to
// float32, those of the original are not.
func TestPublishedPatches(t *testing.T) {
	for _, row := range []struct {
		name, file string
		tol        float64
	}{
		{"gmm_nrao_jets", "gmm_nrao_jets.safetensors", 1e-6},
		{"gmm_nrao_jets", "originals/gmm-nrao-jets-v0.1.fits.gz", 1e-5},
		{"gmm_nrao_jets_iso", "gmm_nrao_jets_iso.safetensors", 1e-6},
	} {
		p, name := open(t, row.file), row.file
		get := golden(t, row.name)
		x, shape := get("x")
		for level, sigma := range map[string]float64{"0.1": .1, "0.5": .5, "2": 2} {
			logp, _ := get("logp_" + level)
			score, _ := get("score_" + level)
			for b, want := range logp {
				if got := p.Exact.LogDensity(x[b*64:(b+1)*64], sigma); !(math.Abs(got-want) <= row.tol*(1+math.Abs(want))) {
					t.Errorf("%s: log p at sigma %s is %v, want %v", name, level, got, want)
				}
			}
			got := apply(x, shape, autodiff.F64, func(s *autodiff.Scope, v autodiff.Var) autodiff.Var {
				return p.Exact.Score(s, v, []float64{sigma, sigma, sigma, sigma, sigma, sigma, sigma, sigma})
			})
			e := gap(t, got, score)
			t.Logf("%s sigma %s: score %.2g", name, level, e)
			if !(e <= row.tol) {
				t.Errorf("%s: score at sigma %s is %.3g of the largest value from the golden", name, level, e)
			}
		}
	}
}
