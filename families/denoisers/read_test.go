package denoisers_test

import (
	"context"
	"flag"
	"fmt"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/families/denoisers"
	"tweedie/inverse"
	"tweedie/inverse/optics"
	"tweedie/prior"
	"tweedie/rng"
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

func open(t *testing.T, name string) *prior.Prior {
	t.Helper()
	p, err := zoo.Open(weights(t, name), prior.Options{})
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

var long = flag.Bool("long", false, "also run the checks that take minutes")

// set12 is the i-th image of Set12, in [0, 1]; those of 256 x 256 are the first seven.
func set12(t *testing.T, i int) []float64 {
	t.Helper()
	dir := os.Getenv("TWEEDIE_DATA")
	if dir == "" {
		t.Skip("TWEEDIE_DATA is not set")
	}
	f, err := os.Open(filepath.Join(dir, "images", "set12", fmt.Sprintf("%02d.png", i)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	im, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, 0, 256*256)
	for y := range 256 {
		for c := range 256 {
			x = append(x, float64(color.GrayModel.Convert(im.At(c, y)).(color.Gray).Y)/255)
		}
	}
	return x
}

// psnr is that of a prior's denoiser in the top left corner, of the given side, of image i of Set12 with noise
// sigma/255 of seed i, in dB.
func psnr(t *testing.T, p *prior.Prior, i, side int, sigma float64) float64 {
	t.Helper()
	whole := set12(t, i)
	x := make([]float64, 0, side*side)
	for row := range side {
		x = append(x, whole[row*256:row*256+side]...)
	}
	z := make([]float64, len(x))
	rng.New(uint64(i)).Stream().FillNorm(z)
	for k := range z {
		z[k] = x[k] + sigma/255*z[k]
	}
	mse := 0.0
	for k, v := range apply(z, []int{1, 1, side, side}, autodiff.F32, func(s *autodiff.Scope, v autodiff.Var) autodiff.Var {
		return p.Denoiser.Denoise(s, v, []float64{sigma / 255})
	}) {
		mse += (v - x[k]) * (v - x[k]) / float64(len(x))
	}
	return -10 * math.Log10(mse)
}

// The bias-free U-Net denoises the seven images of 256 x 256 with the mean PSNR that was measured with its authors'
// code. By default only the first image is taken, whose PSNR was measured here.
func TestBFUNetPSNR(t *testing.T) {
	p := open(t, "lcv_bfunet_gray.safetensors")
	for _, row := range []struct{ sigma, seven, first float64 }{
		{15, 32.31, 31.79}, {25, 30.03, 29.67}, {50, 26.93, 26.91}, {100, 23.66, 23.88},
	} {
		n, want := 1, row.first
		if *long {
			n, want = 7, row.seven
		}
		mean := 0.0
		for i := 1; i <= n; i++ {
			mean += psnr(t, p, i, 256, row.sigma) / float64(n)
		}
		t.Logf("sigma %g: %.2f dB over %d images, want %.2f", row.sigma, mean, n, want)
		if !(math.Abs(mean-want) <= .1) {
			t.Errorf("sigma %g: %.3f dB over %d images, want %.2f within 0.1", row.sigma, mean, n, want)
		}
	}
}

// Denoisers without a golden denoise as well as they are known to: DnCNN-17 gives 30.18 dB on the first image at sigma
// 25 (Zhang et al. 2017, table V), which -long checks, and others lie within half a dB of it.
func TestPublishedPSNR(t *testing.T) {
	side, files := 96, []string{"originals/dncnn_bias_free_0-100.pt", "tdv_gray.safetensors"}
	if *long {
		side = 256
	}
	want := psnr(t, open(t, "originals/dncnn_25.pth"), 1, side, 25)
	if *long && math.Abs(want-30.18) > .1 {
		t.Errorf("DnCNN: %.2f dB, want 30.18", want)
	}
	for _, file := range files {
		got := psnr(t, open(t, file), 1, side, 25)
		t.Logf("%s: %.2f dB, DnCNN %.2f", file, got, want)
		if !(math.Abs(got-want) <= .5) {
			t.Errorf("%s: %.2f dB, DnCNN gives %.2f", file, got, want)
		}
	}
}

// The cascade of published networks opens as one; the networks of details alone are no prior, and the error says so.
func TestPublishedCascade(t *testing.T) {
	low := open(t, "originals/lcv_faces40.pt")
	c, err := denoisers.OpenCascade(low.Denoiser, low.Shape(), weights(t, "lcv_faces160_rf13_scale1.safetensors"), weights(t, "lcv_faces160_rf13_scale0.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if c.ImageShape() != autodiff.S(1, 160, 160) {
		t.Errorf("images are %v", c.ImageShape())
	}
	if _, err := zoo.Open(weights(t, "lcv_faces160_rf13_scale1.safetensors"), prior.Options{}); err == nil || !strings.Contains(err.Error(), "OpenCascade") {
		t.Errorf("error %v", err)
	}
	if _, err := denoisers.OpenCascade(low.Denoiser, low.Shape(), weights(t, "lcv_faces40.safetensors")); err == nil {
		t.Error("an image's network was taken for one of details")
	}
}

// The published face prior draws an image of which it sees four-pixel means, as data that it keeps, in about a hundred
// evaluations; the unseen detail comes back to 22 dB and more of a face that it drew itself.
func TestPublishedAscent(t *testing.T) {
	if !*long {
		t.Skip("takes half a minute; -long runs it")
	}
	p, a := open(t, "lcv_faces40.safetensors"), denoisers.DefaultAscent()
	face, err := a.Sample(context.Background(), p.Denoiser, diffusion.Job{Shape: p.Shape(), Keys: []rng.Key{rng.New(1)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	op, err := optics.BlockAverageConfig{Rows: 4, Cols: 4}.Build(p.Shape())
	if err != nil {
		t.Fatal(err)
	}
	y, again := make([]float64, 100), make([]float64, 100)
	op.Apply(y, face.X)
	g, err := denoisers.NewGiven(op.(inverse.Linear), y)
	if err != nil {
		t.Fatal(err)
	}
	d, err := a.Sample(context.Background(), p.Denoiser, diffusion.Job{Shape: p.Shape(), Keys: []rng.Key{rng.New(2)}}, g)
	if err != nil {
		t.Fatal(err)
	}
	op.Apply(again, d.X)
	mse := 0.0
	for i, v := range d.X {
		mse += (v - face.X[i]) * (v - face.X[i]) / 1600
	}
	t.Logf("%d and %d evaluations, %.1f dB", face.Evaluations[0], d.Evaluations[0], -10*math.Log10(mse))
	if gap(t, again, y) > 1e-9 || -10*math.Log10(mse) < 22 || face.Evaluations[0] < 60 || face.Evaluations[0] > 140 {
		t.Errorf("the data are off by %g of the largest; %.1f dB; %d evaluations", gap(t, again, y), -10*math.Log10(mse), face.Evaluations[0])
	}
}
