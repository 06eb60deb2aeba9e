package diffusion

import (
	"math"
	"slices"
	"strings"
	"testing"
	"tweedie/diffusion/internal/numtest"
)

// TestSingleTables compares float32 tables with torch: betas and cumulative products of diffusers' DDPMScheduler at
// some steps, by torch.linspace and torch.cumprod. The products differ by the last bits of the betas.
func TestSingleTables(t *testing.T) {
	type point struct {
		step       int
		beta, abar float64
	}
	for _, k := range []struct {
		c      DDPMConfig
		points []point
	}{
		{DDPMConfig{Betas: SingleLinear, Steps: 1000, BetaStart: 1e-4, BetaEnd: 0.02}, []point{{0, 9.99999975e-05, 0.999899983}, {1, 0.000119919918, 0.999780059}, {499, 0.0100400411, 0.0785872415}, {500, 0.0100599602, 0.0777966604}, {999, 0.0199999996, 4.03583072e-05}}},
		{DDPMConfig{Betas: SingleScaledLinear, Steps: 1000, BetaStart: 0.00085, BetaEnd: 0.012}, []point{{0, 0.000849999953, 0.999149978}, {1, 0.000854698592, 0.998296022}, {499, 0.00480379397, 0.27766946}, {500, 0.00481495447, 0.276332498}, {999, 0.0119999992, 0.00466009602}}},
		{DDPMConfig{Betas: SingleCosine, Steps: 1000}, []point{{0, 4.12842237e-05, 0.999958694}, {1, 4.61417512e-05, 0.99991256}, {500, 0.00315569155, 0.492285043}, {998, 0.749999404, 2.42876627e-06}, {999, 0.999000013, 2.42873499e-09}}},
		{DDPMConfig{Betas: SingleLinear, Steps: 37, BetaStart: 1e-4, BetaEnd: 0.02}, []point{{0, 9.99999975e-05, 0.999899983}, {17, 0.00949722249, 0.916990936}, {18, 0.0100499997, 0.907775164}, {36, 0.0199999996, 0.68770951}}},
		{DDPMConfig{Betas: SingleGiven, Steps: 2, Given: "0.25, 0.5"}, []point{{0, 0.25, 0.75}, {1, 0.5, 0.375}}},
	} {
		k.c.Variance = FixedSmall
		d := numtest.Must(k.c.Build())
		for _, p := range k.points {
			if abar := d.AlphaBar[p.step]; math.Abs(abar-p.abar) > 3e-7*p.abar {
				t.Errorf("%s: product %d is %.9g, want %.9g", k.c.Betas, p.step, abar, p.abar)
			}
			if got := d.AlphaBar[p.step]; float64(float32(got)) != got && math.Abs(float64(float32(got))-got) > 1e-14 {
				t.Errorf("%s: product %d, %.17g, is not a float32", k.c.Betas, p.step, got)
			}
			if beta := d.Beta[p.step]; math.Abs(beta-p.beta) > 2e-7 {
				t.Errorf("%s: beta %d is %.9g, want %.9g", k.c.Betas, p.step, beta, p.beta)
			}
		}
	}
	// 1 - abar_0 is that of float32: 2e-4 away from the beta itself.
	d := numtest.Must(DDPMConfig{Betas: SingleLinear, Steps: 1000, BetaStart: 1e-4, BetaEnd: 0.02, Variance: FixedSmall}.Build())
	if v := d.Beta[0]; math.Abs(v-1.0001659393310547e-4) > 1e-15 {
		t.Errorf("1 - abar_0 is %.17g", v)
	}
}

// TestSingleFields checks that mistakes are named, and that a list of betas survives JSON.
func TestSingleFields(t *testing.T) {
	for want, c := range map[string]DDPMConfig{
		"there are 2 betas and 3":   {Betas: SingleGiven, Steps: 3, Given: "0.1,0.2"},
		"there are 0 betas and 3":   {Betas: SingleGiven, Steps: 3},
		`"x" is not a number`:       {Betas: SingleGiven, Steps: 2, Given: "0.1,x"},
		`only "single-given" takes`: {Betas: SingleLinear, Steps: 2, Given: "0.1,0.2", BetaStart: 1e-4, BetaEnd: 0.02},
		"beta_start: 0 must lie":    {Betas: SingleLinear, Steps: 2, BetaEnd: 0.02},
		"beta_end: 1 must be":       {Betas: SingleScaledLinear, Steps: 2, BetaStart: 1e-4, BetaEnd: 1},
		"neither linear nor cosine": {Betas: "single", Steps: 2},
		"there are 3 betas and 2":   {Betas: GivenBetas, Steps: 2, Given: "0.1,0.2,0.3,0.4"},
		"beta 1 is 1; want it in":   {Betas: GivenBetas, Steps: 2, Given: "0.1,1"},
	} {
		c.Variance = FixedSmall
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	for _, given := range []string{"0.5,0", "0.5,1", "0.5,-1", "0.5,2"} {
		if _, err := (DDPMConfig{Betas: SingleGiven, Steps: 2, Given: given, Variance: FixedSmall}).Build(); err == nil || !strings.Contains(err.Error(), "beta 1 is") {
			t.Errorf("%s: error %v", given, err)
		}
	}
	// GivenBetas are those of the list, not rounded.
	d, err := DDPMConfig{Betas: GivenBetas, Steps: 2, Given: "1e-9,0.3", Variance: FixedLarge}.Build()
	if err != nil || d.Beta[0] != 1e-9 || d.AlphaBar[1] != (1-1e-9)*(1-.3) {
		t.Errorf("betas %v, products %v, %v", d.Beta, d.AlphaBar, err)
	}
	c := DDPMConfig{Betas: SingleGiven, Steps: 2, Given: "0.25,0.5", Variance: FixedLarge}
	text, err := EncodeDDPM(c)
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodeDDPM(text)
	if c.BetaStart, c.BetaEnd = back.BetaStart, back.BetaEnd; err != nil || back != c {
		t.Errorf("%s is read as %+v, %v", text, back, err)
	}
	if v, err := c.given(32); err != nil || !slices.Equal(v, []float64{0.25, 0.5}) {
		t.Error(v, err)
	}
}
