package calibration

import (
	"fmt"
	"math"
	"slices"

	"tweedie/eval"
	"tweedie/infer"
)

// Alarm is the probability with which the tests together fail a right posterior: half of it is shared by the ranks, half by the means.
const Alarm = .01

// bins is the number of bins of a histogram of ranks.
const bins = LeastDraws + 1

// Report holds what a calibration found. It has no times, so that the same seed gives the same bytes.
type Report struct {
	Method       string             `json:"method"`
	Config       any                `json:"config"`
	Spread       string             `json:"spread"` // what the method says that the spread of its draws is
	Problems     int                `json:"problems"`
	Draws        int                `json:"draws"`
	Distinct     int                `json:"least_distinct_draws"`
	Seed         uint64             `json:"seed"`
	Pixels       int                `json:"pixels"`
	Data         int                `json:"data"`
	Evaluations  int64              `json:"network_evaluations"`
	Calibrated   bool               `json:"calibrated"` // no test failed
	Verdict      string             `json:"verdict"`    // in plain words
	Alarm        float64            `json:"alarm"`
	Verdicts     []infer.Verdict    `json:"verdicts"`
	Figures      []infer.Diagnostic `json:"figures"`
	Coverage     []Coverage         `json:"coverage"`
	Recalibrated []Recalibrated     `json:"recalibrated"`
	Ranks        []Ranks            `json:"ranks"`
	Failed       map[string]int     `json:"failed_checks_of_results,omitempty"` // how many results failed a check of their own
	Notes        []string           `json:"notes,omitempty"`
}

// Coverage is the share of pixels of truths that lie inside the central intervals of a nominal level.
type Coverage struct {
	Level  float64 `json:"nominal_level"`
	Share  float64 `json:"share"`
	StdErr float64 `json:"standard_error"`
}

// Ranks holds where truths lie among their draws, by one statistic.
type Ranks struct {
	Statistic string        `json:"statistic"`
	U         []float64     `json:"u"`      // of each problem
	Counts    []int         `json:"counts"` // in bins of equal width
	Least     []int         `json:"least"`  // that a bin may hold, of all bins together with probability Alarm
	Most      []int         `json:"most"`
	Band      eval.ECDFBand `json:"band"`    // of the counts below the ends of the bins, by which the ranks are tested
	Outside   []int         `json:"outside"` // the ends, of 1 to 19, at which the counts leave the band
	P         float64       `json:"p"`       // of the chi^2 of the counts
}

// Summary holds the means over cases that a calibration is judged by, with their standard errors.
type Summary struct {
	Rank     eval.Estimate // u of the pixels, 1/2
	Chi      eval.Estimate // chi^2 per datum of the draws, less that of the truth, 0
	Spread   eval.Estimate // over error, 1
	Coverage []Coverage    // of k percent, k = 1 to 99
	Variance float64       // predicted squared error, mean over cases
	Error    float64       // squared, mean over cases
}

// Summarise returns the means over cases of images of d pixels. The error of a mean of ranks or of a coverage is at least that of
// pixels that are independent, which few cases do not show.
func Summarise(cases []Case, d int) Summary {
	of := func(f func(Case) float64) []float64 {
		v := make([]float64, len(cases))
		for i, c := range cases {
			v[i] = f(c)
		}
		return v
	}
	nd := float64(len(cases) * d)
	var s Summary
	s.Rank = atLeast(eval.MeanOf(of(func(c Case) float64 { return c.MeanRank })), math.Sqrt(1/(12*nd)))
	s.Chi = eval.MeanOf(of(func(c Case) float64 { return c.ChiDraws - c.ChiTruth }))
	variances, errors := of(func(c Case) float64 { return c.Variance }), of(func(c Case) float64 { return c.Error })
	s.Spread = eval.RootRatio(variances, errors)
	s.Variance, s.Error = eval.MeanOf(variances).Value, eval.MeanOf(errors).Value
	for k := range levels - 1 {
		p := float64(k+1) / levels
		e := atLeast(eval.MeanOf(of(func(c Case) float64 { return c.Covered[k] })), math.Sqrt(p*(1-p)/nd))
		s.Coverage = append(s.Coverage, Coverage{p, e.Value, e.SE})
	}
	return s
}

func atLeast(e eval.Estimate, se float64) eval.Estimate {
	if !(e.SE >= se) {
		e.SE = se
	}
	return e
}

// report sums up the cases.
func (r *run) report() *Report {
	cases := r.state.Cases[:r.c.Problems]
	rep := &Report{Method: r.m.Name(), Config: r.m, Spread: spreadOf(r.m), Problems: len(cases), Draws: r.c.Samples, Distinct: r.c.Samples, Seed: r.c.Seed,
		Pixels: r.p.Shape.Size(), Data: len(r.p.Likelihood.Y), Alarm: Alarm, Failed: map[string]int{}}
	var psnr []float64
	for _, c := range cases {
		rep.Evaluations += c.Evaluations
		rep.Distinct = min(rep.Distinct, c.Distinct)
		if c.PSNR != nil {
			psnr = append(psnr, *c.PSNR)
		}
		for _, name := range c.Failed {
			rep.Failed[name]++
		}
	}
	band := eval.NewECDFBand(len(cases), bins-1, Alarm/2/float64(len(r.state.Statistics)))
	for k, name := range r.state.Statistics {
		rep.Ranks = append(rep.Ranks, ranksOf(name, cases, k, band))
	}
	s := Summarise(cases, r.p.Shape.Size())
	rep.Coverage = s.Coverage
	rep.Recalibrated = recalibrate(s.Coverage, rep.Distinct)
	if len(psnr) > 0 {
		e := eval.MeanOf(psnr)
		rep.Figures = append(rep.Figures, infer.Diagnostic{Name: "PSNR of the mean, dB", Value: e.Value, StdErr: e.SE, Note: "against the truth, mean over problems"})
	}
	rep.Figures = append(rep.Figures, infer.Diagnostic{Name: "root of the squared error of the mean", Value: math.Sqrt(s.Error), Note: "per pixel"},
		infer.Diagnostic{Name: "chi² per datum of the truths", Value: meanOf(cases, func(c Case) float64 { return c.ChiTruth }), Note: "1 where the noise is as stated"},
		infer.Diagnostic{Name: "chi² per datum of the draws", Value: meanOf(cases, func(c Case) float64 { return c.ChiDraws }), Note: "the same as the truths', of a right posterior"})
	rep.judge(s)
	if !slices.Contains(r.state.Statistics, namePrior) {
		rep.Notes = append(rep.Notes, "the log-prior is not ranked: of a network it would take an ODE for every draw, and of some closed forms it is infinite")
	}
	if rep.Distinct < rep.Draws {
		rep.Notes = append(rep.Notes, fmt.Sprintf("of %d draws at least %d were distinct; equal ones count as one with their weight", rep.Draws, rep.Distinct))
	}
	var o infer.Result
	r.state.Origin.Warn(&o)
	rep.Notes = append(rep.Notes, o.Warnings...)
	return rep
}

func meanOf(cases []Case, f func(Case) float64) float64 {
	sum := 0.0
	for _, c := range cases {
		sum += f(c)
	}
	return sum / float64(len(cases))
}

// spreadOf returns what the spread of a method's draws is, as far as it is registered.
func spreadOf(m infer.Method) string {
	if k, err := infer.KindOf(m.Name()); err == nil {
		return k.Spread
	}
	return ""
}

// ranksOf gathers the ranks of statistic k.
func ranksOf(name string, cases []Case, k int, band eval.ECDFBand) Ranks {
	r := Ranks{Statistic: name, Band: band}
	var ranks []int
	for _, c := range cases {
		r.U = append(r.U, c.Ranks[k])
		ranks = append(ranks, min(int(c.Ranks[k]*bins), bins-1))
	}
	h := eval.SBC(ranks, bins-1, bins)
	r.Counts, r.P = h.Counts, h.P
	r.Least, r.Most = h.Limits(Alarm)
	r.Outside = band.Outside(ranks)
	return r
}
