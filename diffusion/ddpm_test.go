package diffusion

import (
	"math"
	"strings"
	"testing"
	"tweedie/diffusion/internal/numtest"
)

// TestDDPMTables compares with the float64 tables of guided-diffusion to 1e-12.
func TestDDPMTables(t *testing.T) {
	for name, c := range map[string]DDPMConfig{
		"linear1000":         {Betas: "linear", Steps: 1000, BetaStart: 1e-4, BetaEnd: .02, Variance: FixedSmall},
		"cosine1000":         {Betas: "cosine", Steps: 1000, Variance: FixedSmall},
		"linear1000_250":     {Betas: "linear", Steps: 1000, BetaStart: 1e-4, BetaEnd: .02, Respacing: "250", Variance: FixedSmall},
		"linear1000_ddim100": {Betas: "linear", Steps: 1000, BetaStart: 1e-4, BetaEnd: .02, Respacing: "ddim100", Variance: FixedSmall},
		"cosine300_10-15-20": {Betas: "cosine", Steps: 300, Respacing: "10,15,20", Variance: FixedSmall},
	} {
		d := numtest.Must(c.Build())
		for i, b := range numtest.Fixture(t, "schedules/"+name+"_betas") {
			numtest.Within(t, name+" beta", d.Beta[i], b, 1e-12*b+4e-16) // 1 - ratio: an ulp of cos is 2e-16
		}
		numtest.NearAll(t, name+" abar", d.AlphaBar, numtest.Fixture(t, "schedules/"+name+"_alphas_cumprod"), 1e-12)
		if c.Respacing != "" {
			steps := make([]float64, d.Len())
			for i, s := range d.Timestep {
				steps[i] = float64(s)
			}
			numtest.NearAll(t, name+" timesteps", steps, numtest.Fixture(t, "schedules/"+name+"_timestep_map"), 0)
		}
	}
	d := numtest.Must(DDPMConfig{Betas: "linear", Steps: 1000, BetaStart: 1e-4, BetaEnd: .02, Respacing: "ddim100", Variance: FixedSmall}.Build())
	for name, got := range map[string][]float64{
		"alphas_cumprod_prev": d.AlphaBarPrev, "posterior_variance": d.PosteriorVar,
		"posterior_log_variance_clipped": d.PosteriorLog, "posterior_mean_coef1": d.CoefX0, "posterior_mean_coef2": d.CoefXt,
	} {
		numtest.NearAll(t, name, got, numtest.Fixture(t, "schedules/linear1000_ddim100_"+name), 1e-12)
	}
	recip, recipm1 := numtest.Fixture(t, "schedules/linear1000_ddim100_sqrt_recip_alphas_cumprod"), numtest.Fixture(t, "schedules/linear1000_ddim100_sqrt_recipm1_alphas_cumprod")
	for i := range recip {
		numtest.Near(t, "1/alpha", math.Hypot(1, d.Ratio(i)), recip[i], 1e-12)
		numtest.Near(t, "sigma/alpha", d.Ratio(i), recipm1[i], 1e-12)
	}
}

// TestDDPMValues compares abar and sigma/alpha with printed values to 1e-6, and checks the label at every kept step.
func TestDDPMValues(t *testing.T) {
	d := numtest.Must(DefaultDDPM().Build())
	for i, want := range map[int]float64{0: .9999, 9: .998105, 99: .897018, 249: .524085, 499: .0785872, 749: 3.35055e-3, 899: 2.75206e-4, 999: 4.03583e-5} {
		numtest.Near(t, "abar", d.AlphaBar[i], want, 2e-6)
	}
	for i, want := range map[int]float64{0: .010001, 9: .043571, 99: .338828, 249: .952936, 499: 3.424137, 749: 17.24698, 999: 157.40728} {
		numtest.Within(t, "r", d.Ratio(i), want, 5.1e-7+3e-7*want)
	}
	if d.Ratio(258) >= 1 || d.Ratio(259) <= 1 {
		t.Error("r does not cross 1 between steps 258 and 259")
	}
	c := DefaultDDPM()
	c.Respacing = "ddim50"
	r := numtest.Must(c.Build())
	for i, step := range r.Timestep {
		l := r.Level(r.Ratio(i))
		if l.Label != float64(step) {
			t.Errorf("the label at kept step %d is %.17g, want %d", i, l.Label, step)
		}
		numtest.Near(t, "alpha", l.Alpha, math.Sqrt(r.AlphaBar[i]), 1e-14)
	}
	mid := r.Level(math.Sqrt(d.Ratio(500) * d.Ratio(501))).Label
	numtest.Within(t, "the label between two steps", mid, 500.5, 1e-9)
	if lo, hi := r.index(1e-9), r.index(1e9); lo != 0 || hi != 999 {
		t.Errorf("labels beyond the ends are %g and %g", lo, hi)
	}
	c.Rescale, c.Steps, c.Respacing = true, 500, ""
	half := numtest.Must(c.Build())
	numtest.Within(t, "rescaled label", half.Level(half.Ratio(100)).Label, 200, 0)
}

// TestRespaceRounding checks that a step halfway between two is rounded to the even one, as Python's round does.
func TestRespaceRounding(t *testing.T) {
	for n, want := range map[int][3]int{6: {0, 2, 5}, 4: {0, 2, 3}} {
		keep, err := respace(n, "3")
		if err != nil || [3]int(keep) != want {
			t.Errorf("3 of %d steps are %v, %v; want %v", n, keep, err, want)
		}
	}
}

func TestDDPMErrors(t *testing.T) {
	for data, want := range map[string]string{
		`{"kind": "ddpm", "betas": "quadratic"}`:     "betas",
		`{"kind": "ddpm", "steps": 1}`:               "steps",
		`{"kind": "ddpm", "beta_start": 0}`:          "beta_start",
		`{"kind": "ddpm", "beta_end": 1}`:            "beta_end",
		`{"kind": "ddpm", "variance": "large"}`:      "variance",
		`{"kind": "ddpm", "respacing": "ddim999"}`:   "respacing",
		`{"kind": "ddpm", "respacing": "600,600"}`:   "respacing",
		`{"kind": "ddpm", "respacing": "ddim"}`:      "respacing",
		`{"kind": "ddpm", "respacing": "10,x"}`:      "respacing",
		`{"kind": "ddpm", "timestep_respacing": ""}`: "timestep_respacing",
	} {
		if _, err := DecodeDDPM([]byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not name %q", data, err, want)
		}
	}
	c, err := DecodeDDPM([]byte(`{"kind": "ddpm", "respacing": "ddim50"}`))
	want := DefaultDDPM()
	want.Respacing = "ddim50"
	if err != nil || c != want {
		t.Errorf("got %+v, %v", c, err)
	}
	if _, err := NewDDPM([]float64{.1, 1.5}, nil); err == nil {
		t.Error("a beta above 1 was accepted")
	}
	if _, err := NewDDPM([]float64{.1, .2}, []int{1, 0}); err == nil {
		t.Error("decreasing steps were accepted")
	}
}
