package diffusion_test

import (
	"math"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/difftest"
	"tweedie/diffusion/exact"
	"tweedie/diffusion/internal/numtest"
	"tweedie/rng"
)

// TestForwardSDE integrates dx = f x dt + g dw from x_0 = 2 by Euler-Maruyama, on 100,000 paths with 1,000 steps a unit
// of time, and finds the schedule's mean alpha x_0 within 0.01 and its deviation sigma within 1% at t = 0.5. VE begins
// with its SigmaMin.
func TestForwardSDE(t *testing.T) {
	if testing.Short() {
		t.Skip("150 million normals")
	}
	const n, steps, x0 = 100000, 500, 2.0
	for i, s := range []diffusion.Schedule{diffusion.DefaultVP(), diffusion.DefaultSubVP(), diffusion.DefaultVE()} {
		st := rng.New(91).Split(s.Kind(), i).Stream()
		x, z := make([]float64, n), make([]float64, n)
		st.FillNorm(x)
		for k := range x {
			x[k] = x0 + s.Sigma(0)*x[k]
		}
		const h = .5 / steps
		for j := range steps {
			at := float64(j) * h
			st.FillNorm(z)
			f, g := 1+h*s.Drift(at), math.Sqrt(h*s.G2(at))
			for k := range x {
				x[k] = f*x[k] + g*z[k]
			}
		}
		mean, std := moments(x, 1, 0)
		numtest.Within(t, s.Kind()+" mean", mean, s.Alpha(.5)*x0, .01)
		numtest.Near(t, s.Kind()+" deviation", std, s.Sigma(.5), .01)
	}
}

// TestDenoiserIsPosteriorMean checks that D(u, r) is the mean of the exact posterior under u = x_0 + r n, and that eps
// and the Jacobian of D as a function of x_t are the Gaussian's formulas, J = alpha C (alpha^2 C + sigma^2)^-1.
func TestDenoiserIsPosteriorMean(t *testing.T) {
	eye := mat.NewDiagDense(5, numtest.Repeat(1, 5))
	for name, p := range difftest.Priors() {
		for i, r := range []float64{.1, 1, 5} {
			u := numtest.Vector(rng.New(92).Split(name, i), 5)
			var post exact.Distribution
			var err error
			switch p := p.(type) {
			case *exact.Gaussian:
				post, _, err = p.Posterior(exact.Measure(eye, u, r))
			case *exact.Mixture:
				post, _, err = p.Posterior(exact.Measure(eye, u, r))
			case *exact.Empirical:
				post, _, err = p.Posterior(exact.Measure(eye, u, r))
			}
			if err != nil {
				t.Fatal(name, err)
			}
			for j, d := range numtest.Apply(p.Denoise, u, r) {
				numtest.Within(t, name+" D", d, post.Mean()[j], 1e-9*(1+math.Abs(d)))
			}
		}
	}
	g := difftest.Priors()["gaussian"].(*exact.Gaussian)
	d := numtest.Must(diffusion.DefaultDDPM().Build())
	for _, step := range []int{0, 300, 999} {
		abar := d.AlphaBar[step]
		a, v := math.Sqrt(abar), 1-abar
		cov := g.Cov()
		cov.ScaleSym(abar, cov)
		for i := range 5 {
			cov.SetSym(i, i, cov.At(i, i)+v)
		}
		var inv, jac mat.Dense
		if err := inv.Inverse(cov); err != nil {
			t.Fatal(err)
		}
		jac.Mul(g.Cov(), &inv)
		jac.Scale(a, &jac)
		x := numtest.Vector(rng.New(93), 5)
		diff := make([]float64, 5)
		for i := range x {
			diff[i] = x[i] - a*g.Mean()[i]
		}
		var eps mat.VecDense
		eps.MulVec(&inv, mat.NewVecDense(5, diff))
		eps.ScaleVec(math.Sqrt(v), &eps)
		u := make([]float64, 5)
		floats.ScaleTo(u, 1/a, x)
		score := numtest.Apply(g.Score, u, d.Ratio(step))
		for i := range x {
			numtest.Within(t, "eps", -d.Ratio(step)*score[i], eps.AtVec(i), 1e-6*(1+math.Abs(eps.AtVec(i))))
		}
		s := autodiff.NewArena().Scope(autodiff.Record, autodiff.F64)
		in := s.Watch(s.Const64(autodiff.S(1, 5), u))
		out := g.Denoise(s, in, []float64{d.Ratio(step)})
		for i := range 5 {
			row := make([]float64, 5)
			s.Grad1(s.Slice(out, 1, i, i+1), in).CopyTo64(row)
			for j, v := range row {
				numtest.Within(t, "J", v/a, jac.At(i, j), 1e-9*(1+math.Abs(v)))
			}
		}
		s.Close()
	}
}

// TestProcessors checks that samples, densities, bounds and gradients have the same bytes for GOMAXPROCS = 1 and 2, and
// for a sample alone, with a prior that is large enough for its products to be cut into blocks.
func TestProcessors(t *testing.T) {
	const d, n = 96, 24
	g := numtest.Must(exact.NewGaussian(numtest.Repeat(.3, d), difftest.Covariance(rng.New(94), d)))
	keys := numtest.Keys(n)
	var x []float64
	for _, k := range keys {
		x = append(x, numtest.Vector(k, d)...)
	}
	flow := odeOf(g, diffusion.ODEConfig{T0: 1e-3, Solver: "rk4", Steps: 4, Grid: "log t", Trace: diffusion.RademacherTrace, Probes: 2})
	bound := elboOf(g, autodiff.S(d), diffusion.ELBOConfig{T0: 1e-3, Draws: 2, Strata: diffusion.BySample, Variance: 1})
	run := func(procs int, lo, hi int) []float64 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		var out []float64
		for _, dt := range []autodiff.DType{autodiff.F32, autodiff.F64} {
			res, err := diffusion.DefaultHeun().Sample(ctx(), g, diffusion.Job{Shape: autodiff.S(d), Keys: keys[lo:hi], DType: dt})
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, res.X...)
		}
		for _, p := range []diffusion.Prior{flow, bound} {
			logp, grad := make([]float64, hi-lo), make([]float64, (hi-lo)*d)
			if err := p.LogProb(ctx(), x[lo*d:hi*d], keys[lo:hi], logp, grad); err != nil {
				t.Fatal(err)
			}
			out = append(append(out, grad...), logp...)
		}
		return out
	}
	one, two := run(1, 0, n), run(2, 0, n)
	for i := range one {
		if one[i] != two[i] {
			t.Fatalf("number %d of %d: %v and %v", i, len(one), one[i], two[i])
		}
	}
	alone := run(2, 5, 6)
	for i, v := range alone[:d] {
		if v != one[5*d+i] {
			t.Fatalf("element %d of a sample alone: %v, in a batch %v", i, v, one[5*d+i])
		}
	}
	if a, b := alone[len(alone)-1], one[len(one)-n+5]; a != b {
		t.Errorf("the bound alone %v, in a batch %v", a, b)
	}
}

// TestFloat32Network checks that a float32 network inside the float64 solve gives the density and gradient of the
// float64 network to single precision.
func TestFloat32Network(t *testing.T) {
	c := diffusion.ODEConfig{T0: .01, Solver: "rk4", Steps: 20, Grid: "log t", Trace: diffusion.RademacherTrace, Probes: 2}
	double, single := netPrior(4, c), netPrior(4, c)
	pre := single.Denoiser.(diffusion.Preconditioned)
	pre.Net = diffusion.Typed{pre.Net, autodiff.F32}
	single.Denoiser = pre
	x, keys := numtest.Vector(rng.New(95), 12), numtest.Keys(3)
	a, ga, err := double.Gradient(ctx(), x, keys)
	if err != nil {
		t.Fatal(err)
	}
	b, gb, err := single.Gradient(ctx(), x, keys)
	if err != nil {
		t.Fatal(err)
	}
	for i := range keys {
		numtest.Within(t, "log p", b.LogProb[i], a.LogProb[i], 1e-4)
		if a.LogProb[i] == b.LogProb[i] {
			t.Error("the network did not run in float32")
		}
	}
	for i := range ga {
		numtest.Within(t, "gradient", gb[i], ga[i], 1e-4*(1+math.Abs(ga[i])))
	}
}
