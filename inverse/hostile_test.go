package inverse_test

import (
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/internal/config/configtest"
	"tweedie/inverse"
)

func TestHostileNumbers(t *testing.T) {
	in := autodiff.S(1, 8, 8)
	matrix := make([]float64, 64)
	matrix[3] = 1
	for _, c := range []struct {
		config inverse.Config
		free   []string
	}{
		{inverse.BlockAverageConfig{Rows: 2, Cols: 2}, nil},
		{inverse.InpaintConfig{Box: &inverse.BoxConfig{Top: 1, Left: 2, Height: 3, Width: 3}}, nil},
		{inverse.InpaintConfig{Random: &inverse.RandomMaskConfig{Keep: .5}}, nil},
		{inverse.BlurConfig{Boundary: "zero", Gaussian: &inverse.GaussianConfig{Size: 3, Std: 1}}, nil},
		{inverse.BlurConfig{Boundary: "zero", Uniform: &inverse.UniformConfig{Rows: 3, Cols: 3}}, nil},
		{inverse.BlurConfig{Boundary: "circular", Line: &inverse.LineConfig{Length: 3, Angle: 10}}, nil},
		{inverse.BlurConfig{Boundary: "circular", Motion: &inverse.MotionConfig{Size: 5, Intensity: .5}}, nil},
		{inverse.BlurConfig{Boundary: "circular", PSF: &inverse.PSF{Rows: 1, Cols: 2, Data: []float64{1, 2}}}, nil},
		{inverse.DFTConfig{Low: &inverse.LowConfig{Rows: 3, Cols: 3}}, nil},
		{inverse.DFTConfig{Random: &inverse.RandomDFTConfig{Keep: .5, Centre: 1}}, nil},
		{inverse.DFTConfig{Keep: []int{1, 3}}, nil},
		{inverse.DenseConfig{Rows: 1, Data: matrix}, nil},
		{inverse.ScaleConfig{Factor: 2, Op: inverse.Nested{Config: inverse.BlockAverageConfig{Rows: 2, Cols: 2}}}, nil},
		{inverse.RestrictConfig{Op: inverse.Nested{Config: inverse.BlockAverageConfig{Rows: 2, Cols: 2}}, Keep: []int{0, 1}}, nil},
		{inverse.StackConfig{Ops: []inverse.Nested{{Config: inverse.BlockAverageConfig{Rows: 2, Cols: 2}}, {Config: inverse.DenseConfig{Rows: 1, Data: matrix}}}}, nil},
		{inverse.ComposeConfig{Ops: []inverse.Nested{{Config: inverse.BlockAverageConfig{Rows: 2, Cols: 2}}}}, nil},
	} {
		configtest.Hostile(t, c.config, func(c inverse.Config) error { _, err := c.Build(in); return err }, c.free...)
	}
	configtest.Hostile(t, inverse.DefaultProximal(), inverse.ProximalConfig.Validate)
	configtest.Hostile(t, inverse.Gaussian{Sigma: 1}, func(g inverse.Gaussian) error { return g.Validate(2) })
	configtest.Hostile(t, inverse.Gaussian{Sigmas: []float64{1, 2}}, func(g inverse.Gaussian) error { return g.Validate(2) })
}

// Every registered kind stands in the table above, or has no numbers.
func TestRegisteredKinds(t *testing.T) {
	if got := strings.Join(inverse.Kinds(), " "); got != "block-average blur compose dense dft identity inpaint restrict scale stack" {
		t.Errorf("kinds %s: a new one needs a row in TestHostileNumbers", got)
	}
}

func TestSizesThatOverflow(t *testing.T) {
	for text, want := range map[string]string{
		`{"kind":"inpaint","box":{"top":9223372036854775807,"left":0,"height":2,"width":2}}`: "inpaint: box.height: 2 rows from row 9223372036854775807 on are not inside [0,8)",
		`{"kind":"inpaint","box":{"top":0,"left":9223372036854775806,"height":2,"width":2}}`: "inpaint: box.width: 2 columns from column 9223372036854775806 on are not inside [0,8)",
		`{"kind":"inpaint","box":{"top":1,"left":0,"height":9223372036854775807,"width":2}}`: "inpaint: box.height: 9223372036854775807 rows from row 1 on are not inside [0,8)",
		`{"kind":"dense","rows":288230376151711744,"data":[]}`:                               "dense: data: 0 entries are not rows x pixels = 288230376151711744 x 64",
		`{"kind":"blur","psf":{"rows":4294967296,"cols":4294967296,"data":[]}}`:              "blur: psf.data: 0 entries are not rows x cols = 4294967296 x 4294967296",
		`{"kind":"blur","gaussian":{"size":4097,"std":1}}`:                                   "blur: gaussian.size is 4097; it must lie between 1 and 33",
		`{"kind":"scale","factor":1e-300,"op":{"kind":"identity"}}`:                          "scale: factor is 1e-300; its magnitude must lie between 1e-100 and 1e+100",
		`{"kind":"scale","factor":1,"factor":2,"op":{"kind":"identity"}}`:                    "operator: factor is given twice; give it once",
		`{"kind":"stack","ops":[{"kind":"identity"},{"kind":"identity","kind":"dft"}]}`:      "operator: ops[1].kind is given twice; give it once",
	} {
		if _, err := inverse.Decode([]byte(text), autodiff.S(1, 8, 8)); err == nil || err.Error() != want {
			t.Errorf("%s\n got  %v\n want %s", text, err, want)
		}
	}
	if err := (inverse.Gaussian{Sigma: 1e-200}).Validate(1); err == nil || err.Error() != "gaussian: sigma is 1e-200; it must lie between 1e-100 and 1e+100" {
		t.Error(err)
	}
}
