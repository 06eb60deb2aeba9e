package diffusion_test

import (
	"fmt"
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/diffusion/internal/numeric"
	"tweedie/diffusion/internal/numtest"
	"tweedie/rng"

	"gonum.org/v1/gonum/floats"
)

// expected returns the DSM loss of the exact denoiser of N(0, c), by quadrature over the times.
func expected(l diffusion.DSM, c float64) float64 {
	s := l.Schedule
	rest := func(t float64) float64 { // E (sigma s + z)^2
		a, v := s.Alpha(t), s.Sigma(t)*s.Sigma(t)
		return a * a * c / (a*a*c + v) / 2
	}
	rate := func(t float64) float64 { return s.G2(t) / (s.Sigma(t) * s.Sigma(t)) * rest(t) }
	length := s.T() - l.TMin
	switch {
	case l.Importance:
		return numeric.LogSimpson(rate, l.TMin, s.T(), 4000)
	case l.Weight == diffusion.LikelihoodWeight:
		return numeric.LogSimpson(rate, l.TMin, s.T(), 4000) / length
	}
	return numeric.LogSimpson(rest, l.TMin, s.T(), 4000) / length
}

// TestDSM checks that with the exact denoiser every weighting on every schedule has its closed-form value, within 4
// standard errors over 8,000 samples of 4 elements. Sum and mean over elements differ by the factor 4.
func TestDSM(t *testing.T) {
	const n, d, c = 8000, 4, .3
	g := numtest.Must(exact.NewDiagonalGaussian(numtest.Repeat(0, d), numtest.Repeat(c, d)))
	for _, sched := range diffusion.Schedules() {
		for _, l := range []diffusion.DSM{
			{Weight: diffusion.SigmaSquaredWeight}, {Weight: diffusion.SigmaSquaredWeight, Mean: true}, {Weight: diffusion.LikelihoodWeight}, {Weight: diffusion.LikelihoodWeight, Importance: true},
		} {
			l.Schedule, l.TMin = diffusion.AnySchedule{sched}, 1e-3
			if err := l.Validate(); err != nil {
				t.Fatal(err)
			}
			var sum, sum2 float64
			arena := autodiff.NewArena()
			x := make([]float64, d)
			st := rng.New(71).Stream()
			const batch = 40
			for i := range n / batch {
				s := arena.Scope(autodiff.Eval, autodiff.F64)
				xs := make([]float64, 0, batch*d)
				for range batch {
					g.Sample(x, st)
					xs = append(xs, x...)
				}
				v := l.Loss(s, g, s.Const64(autodiff.S(batch, d), xs), imageKeys(rng.New(72).Split("step", i), batch)).Scalar()
				sum += v
				sum2 += v * v
				s.Close()
			}
			const m = n / batch
			mean := sum / m
			se := math.Sqrt((sum2/m - mean*mean) / m)
			want := expected(l, c)
			if !l.Mean {
				want *= d
			}
			numtest.Within(t, sched.Kind()+" "+l.Weight, mean, want, 4*se)
		}
	}
}

// imageKeys returns a key for each of n images.
func imageKeys(k rng.Key, n int) []rng.Key {
	keys := make([]rng.Key, n)
	for i := range keys {
		keys[i] = k.Split("image", i)
	}
	return keys
}

// TestEDMLoss checks that on N(0, SigmaData^2) data a network that returns 0 under EDM's preconditioning has loss 1 an
// element, and the exact denoiser too, within 4 standard errors over 20,000 images of one element.
func TestEDMLoss(t *testing.T) {
	l := diffusion.DefaultEDMLoss()
	zero := diffusion.NetworkFunc(func(s *autodiff.Scope, x autodiff.Var, _ []float64) autodiff.Var { return s.Zeros(x.Shape()) })
	const n = 20000
	x := make([]float64, n)
	rng.New(3).Stream().FillNorm(x)
	floats.Scale(l.SigmaData, x)
	for name, d := range map[string]diffusion.Denoiser{
		"zero":  diffusion.Preconditioned{zero, diffusion.EDM{l.SigmaData}},
		"exact": numtest.Must(exact.NewDiagonalGaussian(numtest.Repeat(0, 1), numtest.Repeat(l.SigmaData*l.SigmaData, 1))),
	} {
		s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
		numtest.Within(t, name, l.Loss(s, d, s.Const64(autodiff.S(n, 1), x), imageKeys(rng.New(4), n)).Scalar(), 1, 4*math.Sqrt(2./n))
		s.Close()
	}
}

// TestLossTerms checks that the loss of one sample is its formula, at the level and the noise that its key gives.
func TestLossTerms(t *testing.T) {
	g := numtest.Must(exact.NewDiagonalGaussian(numtest.Repeat(.1, 3), []float64{.1, .3, .5}))
	x := []float64{.3, -.2, .8}
	square := func(f func(*autodiff.Scope, autodiff.Var, []float64) autodiff.Var, r float64, z []float64, term func(out, x, z float64) float64) float64 {
		u := make([]float64, 3)
		for i := range u {
			u[i] = x[i] + r*z[i]
		}
		sum := 0.0
		for i, v := range numtest.Apply(f, u, r) {
			sum += math.Pow(term(v, x[i], z[i]), 2)
		}
		return sum
	}
	for i, k := range numtest.Keys(5) {
		for _, s := range diffusion.Schedules() {
			for _, l := range []diffusion.DSM{{Weight: diffusion.SigmaSquaredWeight}, {Weight: diffusion.SigmaSquaredWeight, Mean: true}, {Weight: diffusion.LikelihoodWeight}, {Weight: diffusion.LikelihoodWeight, Importance: true}} {
				l.Schedule, l.TMin = diffusion.AnySchedule{s}, 1e-3
				st, z := k.Stream(), make([]float64, 3)
				u := st.Float64()
				st.FillNorm(z)
				tm, w := l.TMin+u*(1-l.TMin), 1.
				if l.Importance {
					w = s.Weight(l.TMin, 1)
					tm = s.TimeAt(l.TMin, u*w)
				} else if l.Weight == diffusion.LikelihoodWeight {
					w = s.G2(tm) / math.Pow(s.Sigma(tm), 2)
				}
				r := s.Ratio(tm)
				want := w / 2 * square(g.Score, r, z, func(out, x, z float64) float64 { return r*out + z })
				if l.Mean {
					want /= 3
				}
				sc := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
				numtest.Near(t, fmt.Sprintf("%s %s, key %d", s.Kind(), l.Weight, i), l.Loss(sc, g, sc.Const64(autodiff.S(1, 3), x), []rng.Key{k}).Scalar(), want, 1e-9)
				sc.Close()
			}
		}
		l := diffusion.EDMLoss{PMean: -.5, PStd: .7, SigmaData: .4}
		st, z := k.Stream(), make([]float64, 3)
		r := math.Exp(l.PMean + l.PStd*st.Norm())
		st.FillNorm(z)
		want := (r*r + .16) / (r * r * .16) * square(g.Denoise, r, z, func(out, x, _ float64) float64 { return out - x }) / 3
		sc := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
		numtest.Near(t, "edm", l.Loss(sc, g, sc.Const64(autodiff.S(1, 3), x), []rng.Key{k}).Scalar(), want, 1e-12)
		sc.Close()
	}
}

// TestLossGradient compares the derivative with respect to a parameter with a finite difference, for every loss.
func TestLossGradient(t *testing.T) {
	g := numtest.Must(exact.NewDiagonalGaussian(numtest.Repeat(0, 3), numtest.Repeat(.3, 3)))
	p := autodiff.NewParam("gain", autodiff.S(1))
	den := diffusion.Preconditioned{diffusion.NetworkFunc(func(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
		return s.Mul(x, s.Param(p))
	}), diffusion.Eps{diffusion.Continuous{Schedule: diffusion.DefaultVP(), Scale: 999}}}
	x := make([]float64, 15)
	for b := range 5 {
		g.Sample(x[3*b:3*b+3], rng.New(73).Split("x", b).Stream())
	}
	for _, l := range diffusion.Losses() {
		if h, ok := l.(diffusion.Hybrid); ok {
			h.Weight = 1e-30 // of a bound that is no loss of the denoiser
			l = fixed{h}
		}
		at := func(v float32, grad bool) float64 {
			p.Data()[0] = v
			p.Touch()
			s := autodiff.NewArena().Scope(autodiff.Record, autodiff.F64)
			defer s.Close()
			y := l.Loss(s, den, s.Const64(autodiff.S(5, 3), x), numtest.Keys(5))
			if y.Size() != 1 {
				t.Errorf("%s has shape %v", l.Kind(), y.Shape())
			}
			if grad {
				return s.Grad1(y, s.Param(p)).Scalar()
			}
			return y.Scalar()
		}
		const h = 1. / 64
		numtest.Near(t, l.Kind()+" gradient", at(.75, true), (at(.75+h, false)-at(.75-h, false))/(2*h), 1e-9)
	}
}

func TestLossJSON(t *testing.T) {
	for _, l := range diffusion.Losses() {
		data, err := diffusion.EncodeLoss(l)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := diffusion.DecodeLoss(data); err != nil || back != l {
			t.Errorf("%s came back as %v, %v", data, back, err)
		}
	}
	for _, data := range []string{
		`{"kind": "dsm", "importance": true}`, `{"kind": "dsm", "weight": "snr"}`, `{"kind": "dsm", "t_min": 0}`, `{"kind": "dsm", "schedule": null}`,
		`{"kind": "edm", "sigma_data": 0}`, `{"kind": "edm", "p_std": 0}`, `{"kind": "dsm", "tmin": 1}`, `{"kind": "l2"}`,
	} {
		if _, err := diffusion.DecodeLoss([]byte(data)); err == nil {
			t.Errorf("%s was accepted", data)
		}
	}
}
