package diffusion_test

import (
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/autodiff/gradtest"
	"tweedie/diffusion"
	"tweedie/diffusion/difftest"
	"tweedie/diffusion/exact"
	"tweedie/diffusion/internal/batch"
	"tweedie/diffusion/internal/numtest"
	"tweedie/rng"
)

// levelsUnderTest returns one of each Levels.
func levelsUnderTest(t *testing.T) map[string]diffusion.Levels {
	return map[string]diffusion.Levels{
		"vp":    diffusion.Continuous{Schedule: diffusion.DefaultVP(), Scale: 999},
		"subvp": diffusion.Continuous{Schedule: diffusion.DefaultSubVP(), Scale: 999},
		"ve":    diffusion.Continuous{Schedule: diffusion.DefaultVE(), SigmaLabel: true},
		"ddpm":  numtest.Must(diffusion.DefaultDDPM().Build()),
	}
}

// outputOf returns what a perfect network with the given output computes for the prior g at noise levels r; it checks
// its labels.
func outputOf(g exact.Distribution, output string, levels diffusion.Levels, r []float64) diffusion.Network {
	return diffusion.NetworkFunc(func(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
		at := func(b int) diffusion.Level { return levels.Level(r[b]) }
		for b := range label {
			if label[b] != at(b).Label {
				panic("the network received another label")
			}
		}
		u := s.Mul(x, batch.Column(s, x, func(b int) float64 { return 1 / at(b).Alpha }))
		d := g.Denoise(s, u, r)
		eps := s.Mul(s.Sub(u, d), batch.Column(s, x, func(b int) float64 { return 1 / r[b] }))
		switch output {
		case "eps":
			return eps
		case "x0":
			return d
		case "score":
			return s.Mul(eps, batch.Column(s, x, func(b int) float64 { return -1 / at(b).Sigma }))
		}
		return s.Sub(s.Mul(eps, batch.Column(s, x, func(b int) float64 { return at(b).Alpha })),
			s.Mul(d, batch.Column(s, x, func(b int) float64 { return at(b).Sigma })))
	})
}

// TestPreconditioned checks that every output on every schedule gives the prior's D and score.
func TestPreconditioned(t *testing.T) {
	g := difftest.Priors()["mixture"]
	r := []float64{.05, .7, 4}
	x := numtest.Vector(rng.New(1), 3*g.Dim())
	for name, l := range levelsUnderTest(t) {
		for output, prec := range map[string]diffusion.Preconditioning{"eps": diffusion.Eps{l}, "v": diffusion.V{l}, "x0": diffusion.X0{l}, "score": diffusion.ScoreOutput{l}} {
			p := diffusion.Preconditioned{outputOf(g, output, l, r), prec}
			for what, pair := range map[string][2][]float64{
				"D":     {numtest.Apply(p.Denoise, x, r...), numtest.Apply(g.Denoise, x, r...)},
				"score": {numtest.Apply(p.Score, x, r...), numtest.Apply(g.Score, x, r...)},
			} {
				for i := range x {
					numtest.Within(t, name+" "+output+" "+what, pair[0][i], pair[1][i], 1e-10*(1+math.Abs(pair[1][i])))
				}
			}
			gradtest.Check(t, gradtest.Case{Name: name + " " + output, In: []autodiff.Shape{autodiff.S(3, 5)}, Tol32: 1e-2,
				F: func(s *autodiff.Scope, x []autodiff.Var) autodiff.Var { return p.Denoise(s, x[0], r) }})
		}
	}
}

// TestScoreOnSchedule compares Score with differences of log p_t(x), also for a denoiser without a score of its own.
func TestScoreOnSchedule(t *testing.T) {
	g := difftest.Priors()["mixture"]
	times := []float64{1e-2, .4, 1}
	x := numtest.Vector(rng.New(2), 3*g.Dim())
	for _, sched := range diffusion.Schedules() {
		plain := diffusion.DenoiserFunc(g.Denoise)
		for name, d := range map[string]diffusion.Denoiser{"scorer": g, "denoiser": plain} {
			got := numtest.Apply(func(s *autodiff.Scope, x autodiff.Var, level []float64) autodiff.Var {
				return diffusion.Score(s, d, sched, x, level)
			}, x, times...)
			for b, tm := range times {
				a, row := sched.Alpha(tm), x[b*5:(b+1)*5]
				for j := range row {
					at := func(e float64) float64 {
						u := make([]float64, 5)
						for i := range u {
							u[i] = row[i] / a
						}
						u[j] += e / a
						return g.LogDensity(u, sched.Ratio(tm))
					}
					h := 1e-4 * math.Max(a, sched.Sigma(tm))
					fd := (8*(at(h)-at(-h)) - (at(2*h) - at(-2*h))) / (12 * h)
					numtest.Within(t, sched.Kind()+" "+name, got[b*5+j], fd, 1e-6*(1+math.Abs(fd)))
				}
			}
		}
	}
}

// TestEDMFixtures compares c_in, c_noise, c_skip and c_out with one float32 evaluation of NVlabs/edm.
func TestEDMFixtures(t *testing.T) {
	for dir, prec := range map[string]diffusion.Preconditioning{"edm": diffusion.EDM{SigmaData: .5}, "edm_ve": diffusion.EDMVE{}} {
		read := func(name string) []float64 { return numtest.Fixture(t, dir+"/"+name) }
		x, sigma, in, f, noise, out := read("x"), read("t"), read("model_in"), read("model_out"), read("c_noise"), read("out")
		n := len(x) / len(sigma)
		for b, r := range sigma {
			c := prec.Coefs(r)
			numtest.Within(t, dir+" c_noise", c.Label, noise[b], 1e-6*(1+math.Abs(noise[b])))
			for i := b * n; i < (b+1)*n; i++ {
				numtest.Within(t, dir+" c_in x", c.In*x[i], in[i], 1e-6*(1+math.Abs(in[i])))
				numtest.Within(t, dir+" D", c.DSkip*x[i]+c.DOut*f[i], out[i], 2e-6*(1+math.Abs(c.DOut*f[i])+math.Abs(out[i])))
				numtest.Within(t, dir+" score", c.SSkip*x[i]+c.SOut*f[i], (c.DSkip*x[i]+c.DOut*f[i]-x[i])/(r*r), 1e-9*(1+math.Abs(x[i])/(r*r)))
			}
		}
	}
	sigma, noise := numtest.Fixture(t, "vp/vp_sigma"), numtest.Fixture(t, "vp/vp_c_noise")
	vp := diffusion.Eps{Levels: diffusion.Continuous{Schedule: diffusion.DefaultVP(), Scale: 999}}
	for i, r := range sigma {
		numtest.Within(t, "vp c_noise", vp.Coefs(r).Label, noise[i], 1e-4)
	}
}

// TestIDDPM checks that the noise levels fall from u_0 to u_m = 0, and that a level's label is its index counted from
// the end.
func TestIDDPM(t *testing.T) {
	p := diffusion.NewIDDPM(1000, .001, .008)
	u := p.NoiseLevels()
	if u[1000] != 0 || len(u) != 1001 {
		t.Fatalf("%d levels, the last %g", len(u), u[1000])
	}
	for j := 0; j < 1000; j++ {
		if u[j] <= u[j+1] {
			t.Fatalf("u_%d = %g is not above u_%d = %g", j, u[j], j+1, u[j+1])
		}
		if c := p.Coefs(u[j] * .9999999); c.Label != float64(999-j) {
			t.Fatalf("label %g at u_%d", c.Label, j)
		}
	}
	// abar = sin^2 is the cosine schedule counted from the other end.
	s := math.Pow(math.Sin(math.Pi/2*.5/1.008), 2)
	numtest.Near(t, "u in the middle", 1/(1+u[500]*u[500]), s/math.Pow(math.Sin(math.Pi/2/1.008), 2), 1e-3)
}

// TestIDDPMLevels checks the labels at noise levels that come from a file, which must fall to 0.
func TestIDDPMLevels(t *testing.T) {
	p, err := diffusion.IDDPMFromLevels([]float64{9, 3, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	for r, label := range map[float64]float64{10: 2, 5.9: 1, 6.1: 2, 0.9: 0, 0.4: -1} {
		if got := p.Coefs(r).Label; got != label {
			t.Errorf("label %g at %g, want %g", got, r, label)
		}
	}
	for _, u := range [][]float64{nil, {0}, {2, 1}, {1, 1, 0}, {1, 2, 0}, {math.Inf(1), 1, 0}, {2, math.NaN(), 0}} {
		if _, err := diffusion.IDDPMFromLevels(u); err == nil {
			t.Errorf("levels %v are taken", u)
		}
	}
}

// TestCounter checks that an evaluation counts its samples, a sweep through it once more, and that values do not
// change.
func TestCounter(t *testing.T) {
	var c diffusion.Counter
	g := difftest.Priors()["mixture"]
	d := c.Denoiser(g)
	x := numtest.Vector(rng.New(3), 10)
	if got, want := numtest.Apply(d.Denoise, x, 1, 2), numtest.Apply(g.Denoise, x, 1, 2); got[3] != want[3] {
		t.Error("counting changes the value")
	}
	s := autodiff.NewArena().Scope(autodiff.Record, autodiff.F64)
	defer s.Close()
	u := s.Watch(s.Const64(autodiff.S(2, 5), x))
	y := d.Score(s, u, []float64{1, 2})
	var out [1]autodiff.Var
	s.JVP([]autodiff.Var{u}, []autodiff.Var{u}, []autodiff.Var{y}, out[:])
	s.Grad1(s.Dot(out[0], y), u)
	if got := c.Count(); got.Forward != 4 || got.JVP != 2 || got.VJP < 2 {
		t.Errorf("%+v", got)
	}
	c.Reset()
	if c.Count() != (diffusion.Count{}) {
		t.Error("Reset left a count")
	}
	net := c.Network(diffusion.NetworkFunc(func(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var { return x }))
	net.Forward(s, u, []float64{1, 2})
	if c.Count().Forward != 2 {
		t.Errorf("%+v", c.Count())
	}
}

// TestTyped checks that a float32 network runs in a float64 scope and can be differentiated through the casts, and that
// FirstChannels cuts its output.
func TestTyped(t *testing.T) {
	g := difftest.Priors()["mixture"]
	net := diffusion.NetworkFunc(func(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
		if s.DType() != autodiff.F32 {
			t.Error("the network runs in float64")
		}
		return g.Score(s, x, label)
	})
	p := diffusion.Preconditioned{diffusion.Typed{net, autodiff.F32}, diffusion.ScoreOutput{diffusion.Continuous{Schedule: diffusion.VE{.01, 50}, SigmaLabel: true}}}
	x := numtest.Vector(rng.New(4), 10)
	got, want := numtest.Apply(p.Score, x, 1, 2), numtest.Apply(g.Score, x, 1, 2)
	for i := range got {
		numtest.Within(t, "score", got[i], want[i], 1e-5)
	}
	s := autodiff.NewArena().Scope(autodiff.Record, autodiff.F64)
	defer s.Close()
	u := s.Watch(s.Const64(autodiff.S(2, 5), x))
	a := s.Grad1(s.SumAll(s.Square(p.Score(s, u, []float64{1, 2}))), u)
	b := s.Grad1(s.SumAll(s.Square(g.Score(s, u, []float64{1, 2}))), u)
	ga, gb := make([]float64, 10), make([]float64, 10)
	a.CopyTo64(ga)
	b.CopyTo64(gb)
	for i := range ga {
		numtest.Within(t, "gradient", ga[i], gb[i], 1e-4)
	}
	two := diffusion.NetworkFunc(func(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
		return s.Concat(1, x, s.Scale(x, 7))
	})
	y := diffusion.FirstChannels{two, 5}.Forward(s, u, []float64{1, 2})
	if y.Shape() != autodiff.S(2, 5) {
		t.Errorf("shape %v", y.Shape())
	}
}
