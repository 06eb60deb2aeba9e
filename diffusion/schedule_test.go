package diffusion

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/diffusion/internal/numtest"
	"tweedie/rng"
)

// TestScheduleValues compares with a printed table to 8 digits, and d(sigma^2)/dt = 2 f sigma^2 + g^2 by differences.
func TestScheduleValues(t *testing.T) {
	vp, sub, vp10 := DefaultVP(), DefaultSubVP(), VP{0.1, 10}
	numtest.Near(t, "B(1e-3)", vp.integral(1e-3), 1.0995e-4, 1e-7)
	for _, r := range []struct{ t, alpha, vp, sub float64 }{
		{1e-3, .99994503, .01048542, 1.0994e-4},
		{.1, .94672180, .32205254, .10371784},
		{.5, .28118288, .95965420, .92093619},
		{1, .00657159, .99997841, .99995681},
	} {
		numtest.Within(t, "alpha", vp.Alpha(r.t), r.alpha, 5.1e-9)
		numtest.Within(t, "alpha sub", sub.Alpha(r.t), r.alpha, 5.1e-9)
		numtest.Within(t, "sigma", vp.Sigma(r.t), r.vp, 5.1e-9)
		numtest.Within(t, "sigma sub", sub.Sigma(r.t), r.sub, 5.1e-9)
	}
	numtest.Within(t, "alpha, beta1 10", vp10.Alpha(1), .08005831, 5.1e-9)
	numtest.Within(t, "sigma, beta1 10", vp10.Sigma(1), .99679018, 5.1e-9)
	numtest.Within(t, "sigma sub, beta1 10", SubVP(vp10).Sigma(1), .99359067, 5.1e-9)
	numtest.Within(t, "sigma, beta1 10", vp10.Sigma(1e-3), .01024424, 5.1e-9)
	for _, s := range Schedules() {
		for _, x := range []float64{1e-3, .1, .5, .9} {
			h := 1e-3 * x
			if s.Kind() == "ve" {
				h = 3e-4
			}
			v := func(t float64) float64 { return s.Sigma(t) * s.Sigma(t) }
			d := (8*(v(x+h)-v(x-h)) - (v(x+2*h) - v(x-2*h))) / (12 * h)
			numtest.Within(t, s.Kind()+" d sigma^2/dt", d, 2*s.Drift(x)*v(x)+s.G2(x), 1e-9*s.G2(x))
			da := (8*(math.Log(s.Alpha(x+h))-math.Log(s.Alpha(x-h))) - (math.Log(s.Alpha(x+2*h)) - math.Log(s.Alpha(x-2*h)))) / (12 * h)
			numtest.Within(t, s.Kind()+" d log alpha/dt", da, s.Drift(x), 1e-9*(1+math.Abs(s.Drift(x))))
		}
	}
}

// TestScheduleInverses checks that Time inverts Ratio = sigma/alpha, down to times where 1 - e^-B would cancel.
func TestScheduleInverses(t *testing.T) {
	for _, s := range Schedules() {
		for _, x := range []float64{1e-12, 1e-7, 1e-3, .03, .5, 1} {
			numtest.Near(t, s.Kind()+" sigma/alpha", s.Ratio(x), s.Sigma(x)/s.Alpha(x), 1e-14)
			numtest.Within(t, s.Kind()+" Time", s.Time(s.Ratio(x)), x, 2e-15+1e-13*x)
		}
	}
}

// TestImportance compares Z with printed values and quadrature, TimeAt with the inverse of Z, and the law of the times
// it draws with their density.
func TestImportance(t *testing.T) {
	vp := DefaultVP()
	numtest.Near(t, "Z vp 1e-3", vp.Weight(1e-3, 1), 19.165386678778, 1e-12)
	numtest.Near(t, "Z vp 1e-5", vp.Weight(1e-5, 1), 23.864472365470, 1e-12)
	numtest.Near(t, "Z vp10 1e-3", VP{.1, 10}.Weight(1e-3, 1), 14.205544074827, 1e-12)
	numtest.Near(t, "Z vp10 1e-5", VP{.1, 10}.Weight(1e-5, 1), 18.858585218777, 1e-12)
	numtest.Near(t, "Z subvp 1e-3", DefaultSubVP().Weight(1e-3, 1), 28.280883307556, 1e-12)
	const n = 100000
	for i, s := range Schedules() {
		const t0 = 1e-3
		for _, x := range []float64{2e-3, .1, 1} {
			numtest.Near(t, s.Kind()+" quadrature", simpson(func(l float64) float64 {
				v := math.Exp(l)
				return v * s.G2(v) / (s.Sigma(v) * s.Sigma(v))
			}, math.Log(t0), math.Log(x), 4000), s.Weight(t0, x), 1e-9)
			numtest.Near(t, s.Kind()+" inverse", s.TimeAt(t0, s.Weight(t0, x)), x, 1e-9)
		}
		st := rng.New(3).Split("time", i).Stream()
		u := make([]float64, n)
		z := s.Weight(t0, 1)
		for k := range u {
			u[k] = s.Weight(t0, s.TimeAt(t0, z*st.Float64())) / z
		}
		slices.Sort(u)
		d := 0.0
		for k, v := range u {
			d = math.Max(d, math.Max(v-float64(k)/n, float64(k+1)/n-v))
		}
		if d*math.Sqrt(n) > 1.628 { // Kolmogorov's 1% point
			t.Errorf("%s: KS statistic %.4f sqrt(n) = %.3f > 1.628", s.Kind(), d, d*math.Sqrt(n))
		}
	}
}

// simpson returns int_a^b f by Simpson's rule on n (even) intervals.
func simpson(f func(float64) float64, a, b float64, n int) float64 {
	h := (b - a) / float64(n)
	sum := f(a) + f(b)
	for i := 1; i < n; i++ {
		sum += float64(2+2*(i&1)) * f(a+float64(i)*h)
	}
	return sum * h / 3
}

// TestScoreSDE compares with the float32 tables of score_sde_pytorch.
func TestScoreSDE(t *testing.T) {
	times := numtest.Fixture(t, "schedules/sde_t")
	for name, s := range map[string]Schedule{"vp": VP{.1, 20}, "subvp": SubVP{.1, 20}, "ve": VE{.01, 348}} {
		mean, std := numtest.Fixture(t, "schedules/sde_"+name+"_mean_coeff"), numtest.Fixture(t, "schedules/sde_"+name+"_std")
		diff, drift := numtest.Fixture(t, "schedules/sde_"+name+"_diffusion"), numtest.Fixture(t, "schedules/sde_"+name+"_drift_coeff")
		for i, x := range times {
			numtest.Near(t, name+" mean", s.Alpha(x), mean[i], 2e-6)
			numtest.Near(t, name+" drift", s.Drift(x), drift[i], 2e-6)
			// The reference's 1 - exp(2c) cancels in float32: compare what was computed before its square root.
			g2, v := s.G2(x), s.Sigma(x)*s.Sigma(x)
			numtest.Within(t, name+" diffusion^2", diff[i]*diff[i], g2, 2e-6*g2+2e-7*20)
			numtest.Within(t, name+" std^2", std[i]*std[i], v, 2e-6*v+2e-7)
		}
	}
}

func TestScheduleJSON(t *testing.T) {
	for _, s := range Schedules() {
		data, err := EncodeSchedule(s)
		if err != nil {
			t.Fatal(err)
		}
		back, err := DecodeSchedule(data)
		if err != nil || back != s {
			t.Errorf("%s came back as %v, %v", data, back, err)
		}
	}
	s, err := DecodeSchedule([]byte(`{"kind": "vp", "beta1": 10}`))
	if err != nil || s != (VP{0.1, 10}) {
		t.Errorf("decoding onto defaults gave %v, %v", s, err)
	}
	for data, want := range map[string]string{
		`{"kind": "vp", "beta2": 1}`:           "beta2",
		`{"kind": "vp", "beta1": 0.01}`:        "beta1",
		`{"kind": "subvp", "beta0": -1}`:       "beta0",
		`{"kind": "ve", "sigma_min": 0}`:       "sigma_min",
		`{"kind": "ve", "sigma_max": 0.001}`:   "sigma_max",
		`{"kind": "vpp"}`:                      "subvp",
		`{"beta1": 20}`:                        "kind",
		`{"kind": "vp", "beta1": "twenty"}`:    "beta1",
		`{"kind": "ve", "sigma_max": 1} extra`: "schedule",
	} {
		if _, err := DecodeSchedule([]byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not name %q", data, err, want)
		}
	}
	var fe *FieldError
	if err := (VE{SigmaMin: 1}).Validate(); !errors.As(err, &fe) || fe.Field != "sigma_max" {
		t.Errorf("error %v", err)
	}
}

func TestGrids(t *testing.T) {
	numtest.NearAll(t, "Karras", KarrasGrid(18, .002, 80, 7), numtest.Fixture(t, "schedules/edm_t_steps_18"), 1e-12)
	g := LogGrid(5, 1e-4, 1)
	numtest.NearAll(t, "LogGrid", g, []float64{1e-4, 1e-3, 1e-2, 1e-1, 1}, 1e-12)
	numtest.NearAll(t, "Uniform", UniformGrid(5, 1, 0), []float64{1, .75, .5, .25, 0}, 1e-15)
	v := LevelGrid(DefaultVP(), 9, 1, 1e-3)
	for i := 2; i < len(v); i++ {
		a, b := DefaultVP().Ratio(v[i-1])/DefaultVP().Ratio(v[i-2]), DefaultVP().Ratio(v[i])/DefaultVP().Ratio(v[i-1])
		numtest.Near(t, "LevelGrid's factor", b, a, 1e-11)
	}
	if v[0] != 1 || v[8] != 1e-3 {
		t.Errorf("LevelGrid ends at %g and %g", v[0], v[8])
	}
}
