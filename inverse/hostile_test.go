package inverse_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/internal/config/configtest"
	"tweedie/inverse"
)

// TestHostileNumbers spoils every number in the descriptions of the conformance rows.
func TestHostileNumbers(t *testing.T) {
	number := regexp.MustCompile(`[:\[,]-?\d`)
	for _, r := range rows {
		if !number.MatchString(r.json) {
			continue
		}
		c, err := inverse.DecodeConfig([]byte(r.json))
		if err != nil {
			t.Fatal(err)
		}
		configtest.Hostile(t, c, func(c inverse.Config) error { _, err := c.Build(r.in); return err })
	}
	configtest.Hostile(t, inverse.DefaultProximal(), inverse.ProximalConfig.Validate)
	configtest.Hostile(t, inverse.Gaussian{Sigma: 1}, func(g inverse.Gaussian) error { return g.Validate(2) })
	configtest.Hostile(t, inverse.Gaussian{Sigmas: []float64{1, 2}}, func(g inverse.Gaussian) error { return g.Validate(2) })
}

// TestShippedKinds holds the names by which files ask for operators: none may vanish.
func TestShippedKinds(t *testing.T) {
	for _, kind := range strings.Fields("block-average blur coded-diffraction compose dense dft downsample fourier-magnitude " +
		"gaussian-rows gray hadamard identity inpaint intensity-blur mosaic scale stack tone") {
		if !slices.Contains(inverse.Kinds(), kind) {
			t.Errorf("no operator is registered as %q", kind)
		}
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
