package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"tweedie/infer"
	"tweedie/infer/calibration"
)

// CalibrationPage shows a calibration: the verdict, the tests, the curve of coverage with its correction, and the histograms of ranks. The
// facts are of the problem: prior, operator, noise.
func CalibrationPage(r *calibration.Report, facts []Fact) (Page, error) {
	verdict := Section{Title: "Verdict", Text: r.Verdict + ".", Checks: Checks(&infer.Result{Verdicts: r.Verdicts}), Notes: r.Notes,
		Facts: CalibrationFacts(r)}
	if !r.Calibrated {
		verdict.Text, verdict.Warnings = "", []string{r.Verdict + "."}
	}
	coverage, err := coverageSection(r)
	if err != nil {
		return Page{}, err
	}
	ranks := Section{Title: "Ranks of the truths among the draws", Text: fmt.Sprintf("Each histogram counts %d truths by their place among the draws of their problem, from below all (left) to above all (right). "+
		"Right draws make it flat: the shaded band holds every bin of a flat one but once in %.0f. Mounds in the middle are draws that vary too much, at both ends too little, at one end draws that are shifted.", r.Problems, 1/r.Alarm)}
	for _, k := range r.Ranks {
		title := k.Statistic
		if len(k.Outside) > 0 {
			title += ": not uniform"
		}
		plot, err := Bars(title, "place of the truth", k.Counts, k.Least, k.Most)
		if err != nil {
			return Page{}, err
		}
		ranks.Plots = append(ranks.Plots, plot)
	}
	settings, err := json.MarshalIndent(r.Config, "", "  ")
	if err != nil {
		return Page{}, err
	}
	ranks.Settings = string(settings)
	return Page{Title: "tweedie calibrate: " + r.Method, Facts: facts, Sections: []Section{verdict, coverage, ranks},
		Lead: fmt.Sprintf("%d truths were drawn from the prior and measured with noise, and %s drew %d images for each. Where the draws are those of the posterior, a truth is one of them as far as any number can tell.",
			r.Problems, infer.Title(r.Method), r.Draws)}, nil
}

// CalibrationFacts returns the figures of a calibration that are not tests.
func CalibrationFacts(r *calibration.Report) []Fact {
	var facts []Fact
	for _, d := range r.Figures {
		v := fmt.Sprintf("%.4g", d.Value)
		if d.StdErr > 0 {
			v += fmt.Sprintf(" ± %.2g", d.StdErr)
		}
		facts = append(facts, Fact{d.Name, v, d.Note})
	}
	if r.Spread != "" && r.Spread != infer.PosteriorSpread {
		facts = append(facts, Fact{"the method's spread is", r.Spread, "by its own title"})
	}
	for _, name := range slices.Sorted(maps.Keys(r.Failed)) {
		facts = append(facts, Fact{"single results that failed", fmt.Sprintf("%d of %d", r.Failed[name], r.Problems), "the check: " + name})
	}
	return append(facts, Fact{"network evaluations", fmt.Sprint(r.Evaluations), "one per image, of the solves"})
}

// coverageSection shows the curve and what it corrects.
func coverageSection(r *calibration.Report) (Section, error) {
	var x, y, e []float64
	for _, c := range r.Coverage {
		x, y, e = append(x, c.Level), append(y, c.Share), append(e, 2*c.StdErr)
	}
	plot, err := Curve("share of the truths' pixels inside their central intervals, with two standard errors", "level that the interval claims", "share inside", x, y, e)
	if err != nil {
		return Section{}, err
	}
	t := Table{Head: []string{"to hold", "take the level", "which needs draws"}, Notes: []Fact{
		{Name: "recalibrated intervals", Value: "are a correction that follows from these problems: pixels of problems like them lie inside so often, on the average over pixels and problems, and not for every image"}}}
	for _, c := range r.Recalibrated {
		level, draws := RecalibratedText(c)
		t.Rows = append(t.Rows, []string{fmt.Sprintf("%.0f%%", 100*c.Coverage), level, draws})
	}
	return Section{Title: "Coverage", Plots: []Plot{plot}, Tables: []Table{t}}, nil
}

// RecalibratedText returns the nominal level of a corrected interval, and the draws that it needs.
func RecalibratedText(c calibration.Recalibrated) (level, draws string) {
	if c.Level == nil {
		return "none: the range of all draws holds less", ""
	}
	level = fmt.Sprintf("%.1f%%", 100**c.Level)
	if c.StdErr > 0 {
		level += fmt.Sprintf(" ± %.1f%%", 100*c.StdErr)
	}
	return level, fmt.Sprint(c.Draws)
}
