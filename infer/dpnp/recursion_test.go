package dpnp

import (
	"math"
	"slices"
	"testing"
)

// printed fails unless got rounds to want, which was printed with the given number of decimals.
func printed(t *testing.T, what string, got, want float64, decimals int) {
	t.Helper()
	if !(math.Abs(got-want) <= .5000001*math.Pow10(-decimals)) {
		t.Errorf("%s is %.*f, where %.*f belongs", what, decimals+2, got, decimals, want)
	}
}

// TestFixedEta compares contraction and law at one eta with numbers from an independent derivation, and with the law
// that rounds come to.
func TestFixedEta(t *testing.T) {
	for _, c := range []struct {
		s, a, sigma, eta float64
		plain, deflated  [3]float64 // lambda, c, v
	}{
		{.5, 1, .2, .16, [3]float64{.553117, .792142, .05196451}, [3]float64{.326560, .862069, .03448276}},
		{.5, 1, .2, .4, [3]float64{.121951, .555556, .11111111}, [3]float64{0, .609756, .09756098}},
		{1, .25, .05, .18, [3]float64{.535147, 3.729952, .06751212}, [3]float64{.184037, 3.846154, .03846154}},
		{1, .02, .05, .4, [3]float64{.840551, 6.747638, .86504723}, [3]float64{.840000, 6.896552, .86206897}},
	} {
		d := direction{Prior: c.s, Gain: c.a, Sigma: c.sigma}
		for _, deflated := range []bool{false, true} {
			want := c.plain
			if deflated {
				want = c.deflated
			}
			r := roundLaw{Eta: c.eta, Deflated: deflated}
			printed(t, "lambda", r.contraction(d), want[0], 6)
			fixed := d.fixed(c.eta, deflated)
			printed(t, "c", fixed.C, want[1], 6)
			printed(t, "v", fixed.V, want[2], 8)
			end, memory := d.follow(moments{C: 3, V: 7}, slices.Repeat([]float64{c.eta}, 400), deflated, nil)
			if math.Abs(end.C/fixed.C-1) > 1e-12 || math.Abs(end.V/fixed.V-1) > 1e-12 || memory > 1e-25 {
				t.Errorf("%+v at %v: 400 rounds end at %+v with memory %.3g, not at %+v", d, c.eta, end, memory, fixed)
			}
			if exact := d.posterior(); deflated && c.eta*c.a <= c.sigma && (math.Abs(fixed.C/exact.C-1) > 1e-15 || math.Abs(fixed.V/exact.V-1) > 1e-15) {
				t.Errorf("%+v at %v: the law %+v of deflated draws is not the posterior %+v", d, c.eta, fixed, exact)
			}
		}
		whitened := direction{Prior: c.s, Gain: c.a / c.sigma, Sigma: 1}
		if w, f := whitened.fixed(c.eta, true), d.fixed(c.eta, true); math.Abs(w.C/c.sigma/f.C-1) > 1e-14 || math.Abs(w.V/f.V-1) > 1e-14 {
			t.Errorf("%+v is %+v in whitened units, not %+v", d, w, f)
		}
	}
}

// TestSchedules compares whole schedules: bias of the mean and of the variance, and memory, for a start at y/a and for
// one at the prior.
func TestSchedules(t *testing.T) {
	m := DPnP{Mode: AnnealedMode, Rounds: 40, Hold: 8, EtaMax: .4, EtaMin: .045}
	t1 := m.Etas()
	m = DPnP{Mode: AnnealedMode, Rounds: 20, Hold: 5, EtaMax: 1, EtaMin: .045}
	t3 := append(m.Etas(), slices.Repeat([]float64{.045}, 20)...)
	for _, c := range []struct {
		a        float64
		etas     []float64
		deflated bool
		prior    bool // start
		mean     float64
		variance float64
		memory   float64 // 0 where it is not compared
	}{
		{1, t1, false, false, .997623, 1.856877, 0}, {1, t1, true, false, .999998, 1.000012, 0}, {1, t3, true, false, 1, 1, 0},
		{.25, t1, false, false, .992767, 1.111531, 0}, {.25, t1, true, false, 1, 1, 0}, {.25, t3, true, false, .999958, 1.000003, 0},
		{.02, t1, false, false, 1.452340, .996004, 7.407e-2}, {.02, t1, true, false, 1.459553, .994844, 7.353e-2}, {.02, t3, true, false, 1.010780, .999998, 1.725e-3},
		{0, t1, false, false, 0, .988874, 1.077e-1}, {0, t1, true, false, 0, .988874, 1.077e-1}, {0, t3, true, false, 0, .999975, 5.730e-3},
		{.02, t1, true, true, .926472, 1.000865, 0}, {.02, t3, true, true, .998275, 1.000000, 0},
		{0, t1, true, true, 0, 1, 0},
	} {
		d, start := direction{Prior: 1, Gain: c.a, Sigma: .05}, moments{V: 1}
		if !c.prior {
			start.V = c.etas[0] * c.etas[0] / 4
			if c.a > 0 {
				start.C = 1 / c.a
			}
		}
		end, memory := d.follow(start, c.etas, c.deflated, nil)
		exact := d.posterior()
		if c.a > 0 {
			printed(t, "c/c*", end.C/exact.C, c.mean, 6)
		} else if end.C != 0 {
			t.Errorf("a direction that is not seen has a mean of %v y", end.C)
		}
		printed(t, "v/v*", end.V/exact.V, c.variance, 6)
		// The recursion is affine, so that the memory is what is left of a difference between two starts.
		other, _ := d.follow(moments{C: start.C + 1, V: start.V}, c.etas, c.deflated, nil)
		if got := other.C - end.C; math.Abs(got-memory) > 1e-12 {
			t.Errorf("a = %v: a start that is 1 larger ends %v larger, not by the memory %v", c.a, got, memory)
		}
		if c.memory > 0 && math.Abs(memory/c.memory-1) > 5e-4 {
			t.Errorf("a = %v: memory %.4g, where %.4g belongs", c.a, memory, c.memory)
		}
	}
}

// TestDenoisingError puts discrete samplers into the recursion: along a direction that is not seen, one round noises
// N(0, s^2) to eta and denoises it. The ratio of variances agrees with tabulated ones, for the flow up to the variance
// 1 in place of d = 1 - 1e-4 (1 - eta^2) of its start.
func TestDenoisingError(t *testing.T) {
	for _, c := range []struct {
		s, eta float64
		want   map[string]float64
	}{
		{.1, .1, map[string]float64{"e16": .95543, "h6": .95107, "h10": .98231, "h16": .99347, "p32": .97370}},
		{1, .4, map[string]float64{"e16": .98810, "h6": .99244, "h10": .99790, "h16": .99980, "p32": .98970}},
		{.1, .4, map[string]float64{"e16": .81249, "h6": .51376, "h10": .75598, "h16": .89285, "p32": .96672}},
	} {
		for name, want := range c.want {
			var denoise denoisingLaw
			switch name {
			case "p32":
				denoise = func(s, eta float64) Response {
					gain, sd := ddpmResponse(t, s*s, eta, DDSDDPM{Steps: 32}.Grid(eta))
					return Response{gain, sd * sd}
				}
			default:
				steps := map[string]int{"e16": 16, "h6": 6, "h10": 10, "h16": 16}[name]
				denoise = func(s, eta float64) Response {
					gain, sd := ddimResponse(t, s*s, eta, DDSDDIM{Steps: steps, Heun: name[0] == 'h'})
					return Response{gain, sd * sd}
				}
			}
			d := direction{Prior: c.s, Sigma: 1}
			end := roundLaw{Eta: c.eta, Denoise: denoise}.after(d, moments{V: c.s * c.s})
			if got := end.V / (c.s * c.s); !(math.Abs(got-want) <= 1e-4) {
				t.Errorf("s = %v, eta = %v, %s: the ratio of variances is %.5f, where %.5f belongs", c.s, c.eta, name, got, want)
			}
		}
	}
}
