package calibration

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/autodiff"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
	"tweedie/rng"
)

// What a problem tells of draws of which some are equal: they count with their weights, 2/3 and 1/3, which are worth 9/5 draws. All
// numbers are those of the definitions, by hand.
func TestMeasure(t *testing.T) {
	p := cases.Problem(cases.Isotropic(0, 1), inverse.NewIdentity(autodiff.S(2)), .5, []float64{1, 0})
	p.Range = [2]float64{0, 2}
	res := &infer.Result{Samples: [][]float64{{0, 3}, {2, 1}, {0, 3}}, Evaluations: 7, Verdicts: []infer.Verdict{{Name: "bad", State: infer.Failed}, {Name: "good", State: infer.Passed}}}
	res.Summarise()
	truth := []float64{1, 4}
	places := []int{0}
	sum := Statistic{"sum", func(_ *infer.Problem, x []float64) float64 { return x[0] + x[1] }}
	lo, hi := 1., 0.
	for i := range 500 {
		c, err := Measure(p, res, truth, []Statistic{sum, LogLikelihood()}, places, rng.New(1).Split("u", i).Stream())
		if err != nil {
			t.Fatal(err)
		}
		lo, hi = min(lo, c.MeanRank), max(hi, c.MeanRank)
		// chi^2 of (0,3) is (1+9)/.25, of (2,1) (1+1)/.25, of the truth 16/.25, each over 2 data.
		chi := (2./3*10 + 1./3*2) / .25 / 2
		// Pixel 0 of the draws has the mean 2/3 and the variance 4/3, and the truth is 1.
		variance := 4. / 3 * (1 + 5./9)
		if c.Draws != 3 || c.Distinct != 2 || math.Abs(c.ChiDraws-chi) > 1e-12 || math.Abs(c.ChiTruth-32) > 1e-12 || math.Abs(c.Variance-variance) > 1e-12 || math.Abs(c.Error-1./9) > 1e-12 ||
			math.Abs(*c.PSNR-20*math.Log10(2/(1./3))) > 1e-9 || c.Evaluations != 7 || !slices.Equal(c.Failed, []string{"bad"}) {
			t.Fatalf("%+v, PSNR %g; want chi^2 %g, variance %g", c, *c.PSNR, chi, variance)
		}
		// The sums are 3 and 3, the truth's 5; the truth is the least likely.
		if u := c.Ranks[0]; u < 1.8/2.8 && u < 2./3 {
			t.Fatalf("u of the sum is %g", u)
		}
		if u := c.Ranks[1]; u > 1/2.8 {
			t.Fatalf("u of the log-likelihood is %g", u)
		}
		for k, share := range c.Covered {
			if want := math.Abs(2*c.MeanRank-1) <= float64(k+1)/100; share != 0 && share != 1 || (share == 1) != want {
				t.Fatalf("the pixel with u = %g is in its interval of %d%%: %g", c.MeanRank, k+1, share)
			}
		}
	}
	if math.Abs(lo-1.2/2.8) > .01 || math.Abs(hi-2.2/2.8) > .01 {
		t.Errorf("u of the pixel lies between %g and %g; want %g and %g", lo, hi, 1.2/2.8, 2.2/2.8)
	}
	nan := Statistic{"number", func(*infer.Problem, []float64) float64 { return math.NaN() }}
	if _, err := Measure(p, res, truth, []Statistic{nan}, nil, rng.New(1).Stream()); err == nil || err.Error() != "calibrate: the number of the truth is NaN in sample 0" {
		t.Errorf("error %v", err)
	}
	if _, err := Measure(p, res, truth[:1], nil, nil, rng.New(1).Stream()); err == nil {
		t.Error("a truth of another shape is taken")
	}
}

// The limits of all tests of means, each on both sides, are left with probability Alarm/2 by Student's law, and the ranks' band by
// Alarm/2 over their number.
func TestLimits(t *testing.T) {
	p := field(t, 1)
	rep := calibrated(t, newOracle(t, p), p, short())
	tests, law := 0, distuv.StudentsT{Sigma: 1, Nu: float64(rep.Problems - 1)}
	sum := 0.0
	for _, v := range rep.Verdicts {
		if v.StdErr == 0 {
			continue
		}
		tests++
		half := (*v.High - *v.Low) / 2
		sum += 2 * law.Survival(half/v.StdErr)
	}
	if tests != 8 || math.Abs(sum-.005) > 1e-6 {
		t.Errorf("%d tests of means fail together with probability %g; want .005", tests, sum)
	}
	alarm := 0.0
	for _, r := range rep.Ranks {
		alarm += r.Band.Alarm
	}
	if len(rep.Ranks) != 13 || alarm > .005 || alarm < .001 {
		t.Errorf("the bands of %d statistics are left with probability %g", len(rep.Ranks), alarm)
	}
}
