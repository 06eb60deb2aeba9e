package calibration

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/eval"
	"tweedie/infer"
)

// The names of the tests of means.
const (
	testRank       = "mean place of the truth among the draws, over all pixels"
	testLikelihood = "mean place of the truth by the log-likelihood"
	testChi        = "chi² per datum of the draws, less that of the truth"
	testSpread     = "spread over error"
)

// coverageTest names the test of intervals of a percentage.
func coverageTest(percent int) string {
	return fmt.Sprintf("share of pixels in their %d%% intervals", percent)
}

// judge tests ranks and means, and sums up in words. A mean is within q standard errors of what it must be, q of Student's law so that
// all tests of means together fail by chance with probability Alarm/2.
func (rep *Report) judge(s Summary) {
	var res infer.Result
	means := []string{testRank, testLikelihood, testChi, testSpread}
	q := distuv.StudentsT{Sigma: 1, Nu: float64(rep.Problems - 1)}.Quantile(1 - Alarm/4/float64(len(means)+len(wanted)))
	mean := func(name string, e eval.Estimate, right float64, passed, low, high string) {
		failed := low
		if e.Value > right {
			failed = high
		}
		res.Judge(infer.Verdict{Name: name, Value: e.Value, StdErr: e.SE, Limits: infer.Between(right-q*e.SE, right+q*e.SE)}, passed, failed)
	}
	mean(testRank, s.Rank, .5, "draws lie around the truth", "draws lie above the truth", "draws lie below the truth")
	mean(testSpread, s.Spread, 1, "the draws announce the error that they have", "the draws are too sure: they announce less error than they have", "the draws announce more error than they have")
	for _, percent := range wanted {
		c := s.Coverage[percent-1]
		mean(coverageTest(percent), eval.Estimate{Value: c.Share, SE: c.StdErr}, c.Level, "intervals hold the share that they claim", "intervals are too narrow", "intervals are too wide")
	}
	mean(testChi, s.Chi, 0, "draws fit the data as the truth does", "draws fit the data closer than the truth", "draws fit the data worse than the truth")
	if k := slices.IndexFunc(rep.Ranks, func(r Ranks) bool { return r.Statistic == nameLikelihood }); k >= 0 {
		u := eval.Estimate{Value: stat.Mean(rep.Ranks[k].U, nil), SE: math.Sqrt(1 / (12 * float64(rep.Problems)))}
		mean(testLikelihood, u, .5, "draws are as likely as the truth", "draws are likelier than the truth", "draws are less likely than the truth, as those are that do not follow the data")
	}
	for _, r := range rep.Ranks {
		res.Judge(infer.Verdict{Name: "ranks by " + r.Statistic + ", places outside of the band", Value: float64(len(r.Outside)), Limits: infer.AtMost(0)},
			"the ranks of the truths look uniform", r.shape())
	}
	rep.Verdicts = res.Verdicts
	rep.Calibrated = res.Checks(infer.Failed) == 0
	rep.Verdict = rep.words(s, q)
}

// shape says in which way ranks are not uniform.
func (r Ranks) shape() string {
	n := float64(len(r.U))
	mean, out := 0., 0.
	for _, u := range r.U {
		mean += u / n
		out += math.Abs(2*u-1) / n
	}
	far := math.Abs(mean-.5) * math.Sqrt(12)
	switch {
	case far > math.Abs(out-.5)*math.Sqrt(12) && mean > .5:
		return "the truth lies above the draws too often"
	case far > math.Abs(out-.5)*math.Sqrt(12):
		return "the truth lies below the draws too often"
	case out > .5:
		return "the truth lies at the ends of the draws, or beyond, too often"
	}
	return "the truth lies in the middle of the draws too often"
}

// words returns the verdict.
func (rep *Report) words(s Summary, q float64) string {
	failed := map[string]bool{}
	ranks := 0
	for _, v := range rep.Verdicts {
		if v.State == infer.Failed {
			failed[v.Name] = true
			if strings.HasPrefix(v.Name, "ranks by ") {
				ranks++
			}
		}
	}
	if len(failed) == 0 {
		// A shift by a deviation moves the mean of u by 1/(2 sqrt pi), to first order.
		shift := q * s.Rank.SE * 2 * math.Sqrt(math.Pi)
		return fmt.Sprintf("calibrated, as far as %d problems tell: none of %d tests fails. A shift of all pixels by %.2f of their deviations, or a spread off by %.0f%%, would have shown",
			rep.Problems, len(rep.Verdicts), shift, 100*q*s.Spread.SE)
	}
	var why []string
	c := s.Coverage[89]
	interval := fmt.Sprintf("intervals of 90%% hold %.0f%% of the truths' pixels, and the draws' spread is %.2f of the error", 100*c.Share, s.Spread.Value)
	narrow := failed[testSpread] || failed[coverageTest(90)] || failed[coverageTest(95)] || failed[coverageTest(80)] || failed[coverageTest(50)]
	switch {
	case narrow && (failed[testSpread] && s.Spread.Value < 1 || !failed[testSpread] && c.Share < .9):
		why = append(why, "the draws are too sure: "+interval)
	case narrow:
		why = append(why, "the draws are not sure enough: "+interval)
	}
	if failed[testRank] {
		side := "above"
		if s.Rank.Value > .5 {
			side = "below"
		}
		why = append(why, "the draws lie "+side+" the truths")
	}
	if failed[testChi] || failed[testLikelihood] {
		how := "closer"
		if s.Chi.Value > 0 {
			how = "worse"
		}
		why = append(why, "the draws fit the data "+how+" than the truths do")
	}
	if ranks > 0 {
		why = append(why, fmt.Sprintf("ranks are not uniform in %d of %d numbers", ranks, len(rep.Ranks)))
	}
	return fmt.Sprintf("not calibrated: %s. %d of %d tests fail", strings.Join(why, "; "), len(failed), len(rep.Verdicts))
}

// Err returns an error of one line that says what is wrong, nil when no test failed.
func (rep *Report) Err() error {
	if rep.Calibrated {
		return nil
	}
	return fmt.Errorf("%s is %s", rep.Method, rep.Verdict)
}
