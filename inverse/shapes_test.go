package inverse_test

import (
	"testing"

	"pgregory.net/rapid"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/internal/optest"
	"tweedie/inverse/inversetest"
	"tweedie/inverse/mri"
	"tweedie/inverse/optics"
)

// TestAnyShape runs the suite on operators of any size and setting.
func TestAnyShape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, h, w := rapid.IntRange(1, 3).Draw(t, "c"), rapid.IntRange(1, 7).Draw(t, "h"), rapid.IntRange(1, 7).Draw(t, "w")
		seed := rapid.Uint64().Draw(t, "seed")
		var cfg inverse.Config
		switch rapid.IntRange(0, 6).Draw(t, "kind") {
		case 0:
			cfg = optics.InpaintConfig{Multiply: rapid.Bool().Draw(t, "multiply"),
				Random: &optics.RandomMaskConfig{Keep: rapid.Float64Range(.5, 1).Draw(t, "keep"), Seed: seed, PerChannel: rapid.Bool().Draw(t, "per channel")}}
			if h*w == 1 {
				return
			}
		case 1:
			r, s := rapid.IntRange(1, 3).Draw(t, "rows"), rapid.IntRange(1, 3).Draw(t, "cols")
			h, w = h*r, w*s
			cfg = optics.BlockAverageConfig{Rows: r, Cols: s}
		case 2:
			// A dominant centre keeps the condition number low.
			psf := optics.PSF{Rows: rapid.IntRange(1, 9).Draw(t, "rows"), Cols: rapid.IntRange(1, 9).Draw(t, "cols")}
			psf.Data = optest.Normals(psf.Rows*psf.Cols, seed)
			psf.Data[psf.Rows/2*psf.Cols+psf.Cols/2] = 3 * float64(len(psf.Data))
			boundaries := []string{"circular", "zero", "reflect"}
			if psf.Rows <= h && psf.Cols <= w {
				boundaries = append(boundaries, "valid")
			}
			cfg = optics.BlurConfig{Boundary: rapid.SampledFrom(boundaries).Draw(t, "boundary"), PSF: &psf,
				Centre: &optics.Centre{Row: rapid.IntRange(0, psf.Rows-1).Draw(t, "row"), Col: rapid.IntRange(0, psf.Cols-1).Draw(t, "col")}}
		case 3:
			cfg = mri.DFTConfig{Unnormalised: rapid.Bool().Draw(t, "unnormalised"), Random: &mri.RandomDFTConfig{
				Keep: rapid.Float64Range(.5, 1).Draw(t, "keep"), Lines: rapid.Bool().Draw(t, "lines"), Seed: seed}}
		case 4:
			cfg = mri.DFTConfig{Low: &mri.LowConfig{Rows: rapid.IntRange(1, h).Draw(t, "rows"), Cols: rapid.IntRange(1, w).Draw(t, "cols")}}
		case 5:
			r, s := rapid.IntRange(1, 4).Draw(t, "rows"), rapid.IntRange(1, 4).Draw(t, "cols")
			h, w = h*r, w*s
			cfg = optics.DownsampleConfig{Rows: r, Cols: s, Filter: rapid.SampledFrom([]string{"box", "bilinear", "bicubic", "lanczos3"}).Draw(t, "filter"),
				Boundary: rapid.SampledFrom([]string{"circular", "zero", "reflect", "replicate"}).Draw(t, "boundary")}
		case 6:
			h, w = 1<<(h/2), 1<<(w/2)
			cfg = optics.HadamardConfig{Random: rapid.IntRange(1, h*w).Draw(t, "patterns"), Signs: rapid.Bool().Draw(t, "signs"), Seed: seed}
		}
		op, err := cfg.Build(autodiff.S(c, h, w))
		if err != nil {
			t.Fatal(err)
		}
		inversetest.Operator(t, op)
	})
}
