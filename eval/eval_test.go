package eval_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/autodiff"
	"tweedie/eval"
	"tweedie/inverse"
	"tweedie/inverse/optics"
	"tweedie/rng"
)

// near fails unless got is want to tol.
func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s is %.12g, not %.12g, to %.3g", what, got, want, tol)
	}
}

// within fails unless an estimate is want within 4 of its standard errors.
func within(t *testing.T, what string, e eval.Estimate, want float64) {
	t.Helper()
	if !(math.Abs(e.Value-want) <= 4*e.SE) {
		t.Errorf("%s is %v, and %.6g belongs", what, e, want)
	}
}

// draws returns n samples of dimension d from N(mean, sd^2).
func draws(st *rng.Stream, n, d int, mean, sd float64) [][]float64 {
	s := make([][]float64, n)
	for i := range s {
		s[i] = make([]float64, d)
		st.FillNorm(s[i])
		for j := range s[i] {
			s[i][j] = mean + sd*s[i][j]
		}
	}
	return s
}

func TestImageMetrics(t *testing.T) {
	r := []float64{0, .2, .4, .6}
	x := []float64{.1, .1, .5, .5}
	near(t, "MSE", eval.MSE(x, r), .01, 1e-15)
	near(t, "RMSE", eval.RMSE(x, r), .1, 1e-15)
	near(t, "PSNR with range 1", eval.PSNR(x, r, 1), 20, 1e-12)
	near(t, "PSNR with range 2", eval.PSNR(x, r, 2), 20+20*math.Log10(2), 1e-12)
	if p := eval.PSNR(r, r, 1); !math.IsInf(p, 1) {
		t.Errorf("PSNR of equal images is %v", p)
	}
	chi := eval.ChiSquared(x, r, .05)
	near(t, "chi^2", chi.Value, 4, 1e-12)
	near(t, "its deviation", chi.SE, math.Sqrt(.5), 1e-12)
	s := [][]float64{{1, 5}, {2, 5}, {6, 5}}
	near(t, "mean", eval.Mean(s)[0], 3, 1e-15)
	near(t, "variance", eval.Variance(s)[0], 7, 1e-14)
	near(t, "variance of a constant", eval.Variance(s)[1], 0, 0)
	m := eval.MeanOf([]float64{1, 2, 6})
	near(t, "mean", m.Value, 3, 1e-15)
	near(t, "standard error", m.SE, math.Sqrt(7./3), 1e-14)
	if e := eval.MeanOf([]float64{3}); e.Value != 3 || !math.IsNaN(e.SE) || e.String() != "3" {
		t.Errorf("the mean of one value is %v", e)
	}
}

func TestSSIM(t *testing.T) {
	sh := autodiff.S(2, 13, 17)
	st := rng.New(1).Stream()
	a, b := draws(st, 1, sh.Size(), .5, .2)[0], draws(st, 1, sh.Size(), .4, .3)[0]
	near(t, "SSIM of equal images", eval.SSIM(a, a, sh, 1), 1, 1e-12)
	near(t, "asymmetry", eval.SSIM(a, b, sh, 1), eval.SSIM(b, a, sh, 1), 1e-14)
	near(t, "SSIM in other units", eval.SSIM(scaled(a, 255), scaled(b, 255), sh, 255), eval.SSIM(a, b, sh, 1), 1e-12)
	p, q := scaled(a, 0), scaled(a, 0)
	for i := range p {
		p[i], q[i] = .3, .7
	}
	near(t, "SSIM of constants", eval.SSIM(p, q, sh, 1), (2*.3*.7+1e-4)/(.09+.49+1e-4), 1e-12)
	// The definition, window by window, at full and at reduced size.
	for _, sh := range []autodiff.Shape{sh, autodiff.S(1, 4, 9), autodiff.S(8, 8), autodiff.S(3, 1, 5)} {
		n := eval.SSIMWindow(sh)
		near(t, fmt.Sprintf("SSIM on %v", sh), eval.SSIM(a[:sh.Size()], b[:sh.Size()], sh, 2), slowSSIM(a, b, sh, n, 2), 1e-12)
	}
	for _, c := range []struct{ h, w, want int }{{256, 256, 11}, {11, 40, 11}, {10, 40, 9}, {8, 8, 7}, {2, 9, 1}, {1, 1, 1}} {
		if n := eval.SSIMWindow(autodiff.S(1, c.h, c.w)); n != c.want {
			t.Errorf("the window on %dx%d is %d, not %d", c.h, c.w, n, c.want)
		}
	}
}

func scaled(x []float64, f float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = f * v
	}
	return y
}

// slowSSIM computes SSIM from its definition, window by window of side n.
func slowSSIM(x, r []float64, sh autodiff.Shape, n int, dataRange float64) float64 {
	h, w := sh.Dim(-2), sh.Dim(-1)
	c1, c2 := math.Pow(.01*dataRange, 2), math.Pow(.03*dataRange, 2)
	var total, count float64
	for c := range sh.Size() / (h * w) {
		for i := range h - n + 1 {
			for j := range w - n + 1 {
				var norm, mx, mr, vx, vr, vxr float64
				for pass := range 2 {
					for k := range n * n {
						di, dj := float64(k/n-n/2), float64(k%n-n/2)
						g := math.Exp(-(di*di + dj*dj) / 4.5)
						at := c*h*w + (i+k/n)*w + j + k%n
						if pass == 0 {
							norm, mx, mr = norm+g, mx+g*x[at], mr+g*r[at]
						} else {
							vx += g / norm * (x[at] - mx) * (x[at] - mx)
							vr += g / norm * (r[at] - mr) * (r[at] - mr)
							vxr += g / norm * (x[at] - mx) * (r[at] - mr)
						}
					}
					if pass == 0 {
						mx, mr = mx/norm, mr/norm
					}
				}
				total += (2*mx*mr + c1) * (2*vxr + c2) / ((mx*mx + mr*mr + c1) * (vx + vr + c2))
				count++
			}
		}
	}
	return total / count
}

func TestWasserstein(t *testing.T) {
	near(t, "W2 of {0,1} and {0,1,2}", eval.Wasserstein2([]float64{1, 0}, []float64{2, 0, 1}), math.Sqrt(.5), 1e-15)
	near(t, "W2 of a shift", eval.Wasserstein2([]float64{1, 5, 2}, []float64{4, 5, 8}), 3, 1e-15)
	st := rng.New(2).Stream()
	a := draws(st, 300, 3, 0, 1)
	b := make([][]float64, len(a))
	for i := range a {
		b[i] = []float64{a[i][0] + 3, a[i][1], a[i][2] - 4}
	}
	// A shift by delta has SW2^2 = |delta|^2/d.
	e := eval.SlicedWasserstein2(a, b, 500, 1)
	within(t, "SW2 of a shift by (3,0,-4)", e, 5/math.Sqrt(3))
	near(t, "its standard error", e.SE, .05, .03)
	if again := eval.SlicedWasserstein2(a, b, 500, 1); again != e {
		t.Error("the same seed gives other directions")
	}
	near(t, "SW2 of a set and itself", eval.SlicedWasserstein2(a, a, 10, 1).Value, 0, 0)
	// N(0,1) and N(0,1.5^2) in 4 dimensions, 3000 and 2000 samples: |1-1.5|, to 4 deviations sqrt(1/(2N)) of a scale.
	e = eval.SlicedWasserstein2(draws(st, 3000, 4, 0, 1), draws(st, 2000, 4, 0, 1.5), 64, 3)
	near(t, "SW2 of two scales", e.Value, .5, 4*math.Sqrt(1./6000+2.25/4000))
}

func TestEnergyDistance(t *testing.T) {
	near(t, "energy distance of {0,1} and {0,2}", eval.EnergyDistance([][]float64{{0}, {1}}, [][]float64{{0}, {2}}), -1, 1e-15)
	// N(0,1) and N(1,1): 2 E|N(1,2)| - 4/sqrt(pi); 200 pairs of sets of 40 and 30.
	st := rng.New(4).Stream()
	var same, other []float64
	for range 200 {
		x, y := draws(st, 40, 1, 0, 1), draws(st, 30, 1, 0, 1)
		same = append(same, eval.EnergyDistance(x, y))
		for i := range y {
			y[i][0]++
		}
		other = append(other, eval.EnergyDistance(x, y))
	}
	phi := distuv.UnitNormal.CDF
	want := 2*(math.Sqrt2*math.Sqrt(2/math.Pi)*math.Exp(-.25)+1-2*phi(-1/math.Sqrt2)) - 4/math.Sqrt(math.Pi)
	within(t, "energy distance of shifted normals", eval.MeanOf(other), want)
	within(t, "energy distance of equal laws", eval.MeanOf(same), 0)
}

func TestAdjointGap(t *testing.T) {
	op, err := optics.BlurConfig{Boundary: "zero", Gaussian: &optics.GaussianConfig{Size: 5, Std: 1}}.Build(autodiff.S(2, 9, 6))
	if err != nil {
		t.Fatal(err)
	}
	if g := eval.AdjointGap(op.(inverse.Linear), 5, 1); !(g < 1e-14) {
		t.Errorf("a true adjoint has gap %v", g)
	}
	if g := eval.AdjointGap(untransposed{op.(inverse.Linear)}, 5, 1); !(g > 1e-3) {
		t.Errorf("the identity in place of an adjoint has gap %v", g)
	}
}

// untransposed takes the identity for the adjoint, as published code does.
type untransposed struct{ inverse.Linear }

func (untransposed) Adjoint(dst, y []float64) { copy(dst, y) }

// TestLengths checks that every metric panics with a shape error on slices that do not fit.
func TestLengths(t *testing.T) {
	one, two := []float64{1}, []float64{1, 2}
	sets := [][]float64{two, two}
	for name, f := range map[string]func(){
		"MSE":                func() { eval.MSE(one, two) },
		"MSE of nothing":     func() { eval.MSE(nil, nil) },
		"PSNR":               func() { eval.PSNR(one, two, 1) },
		"SSIM":               func() { eval.SSIM(one, two, autodiff.S(1, 1, 2), 1) },
		"SSIM of a vector":   func() { eval.SSIM(two, two, autodiff.S(2), 1) },
		"SW2":                func() { eval.SlicedWasserstein2(sets, [][]float64{one}, 3, 1) },
		"SW2 of nothing":     func() { eval.SlicedWasserstein2(nil, sets, 3, 1) },
		"energy":             func() { eval.EnergyDistance(sets, [][]float64{two, one}) },
		"energy of one":      func() { eval.EnergyDistance(sets, sets[:1]) },
		"coverage":           func() { eval.Coverage(sets, one, .9) },
		"ranks":              func() { eval.Ranks(sets, one) },
		"spread":             func() { eval.SpreadOverError([][][]float64{sets}, nil) },
		"spread of a sample": func() { eval.SpreadOverError([][][]float64{sets[:1]}, sets[:1]) },
		"CRPS":               func() { eval.CRPS(one, 0) },
		"R-hat":              func() { eval.SplitRhat([][]float64{{1, 2, 3}}) },
		"ESS":                func() { eval.ESS([][]float64{{1, 2, 3, 4}, {1, 2, 3}}) },
		"mean":               func() { eval.MeanOf(nil) },
		"PIT of nothing":     func() { eval.RandomizedPIT(nil, nil, 1, rng.New(1).Stream()) },
		"PIT":                func() { eval.RandomizedPIT(two, one, 1, rng.New(1).Stream()) },
		"limits":             func() { eval.SBC([]int{0}, 1, 2).Limits(1) },
	} {
		err := func() (err error) {
			defer autodiff.Catch(&err)
			f()
			return nil
		}()
		if err == nil {
			t.Errorf("%s takes slices that do not fit", name)
		}
	}
}
