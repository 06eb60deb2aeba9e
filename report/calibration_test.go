package report_test

import (
	"bytes"
	"strings"
	"testing"

	"tweedie/infer"
	"tweedie/infer/calibration"
	"tweedie/infer/evidence"
	"tweedie/report"
)

// rendered returns a page as it is written.
func rendered(t *testing.T, p report.Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The page of a calibration has its verdict, as a warning where a test failed, a curve, a histogram for each statistic, and the correction.
func TestCalibrationPage(t *testing.T) {
	level := .96
	bins := func(n int) []int {
		v := make([]int, 20)
		for i := range v {
			v[i] = n
		}
		return v
	}
	r := &calibration.Report{Method: "red-diff", Config: map[string]int{"steps": 7}, Spread: infer.RestartSpread, Problems: 100, Draws: 63, Verdict: "not calibrated: the draws are too sure", Alarm: .01,
		Verdicts:     []infer.Verdict{{Name: "spread over error", Value: .4, Limits: infer.Between(.9, 1.1), State: infer.Failed, Text: "the draws are too sure"}},
		Figures:      []infer.Diagnostic{{Name: "PSNR of the mean, dB", Value: 17.25, StdErr: .1}},
		Coverage:     []calibration.Coverage{{Level: .5, Share: .3, StdErr: .01}, {Level: .9, Share: .7, StdErr: .01}},
		Recalibrated: []calibration.Recalibrated{{Coverage: .9, Level: &level, StdErr: .004, Draws: 49}, {Coverage: .95}},
		Ranks:        []calibration.Ranks{{Statistic: "log-likelihood", Counts: bins(5), Least: bins(0), Most: bins(14), Outside: []int{3}}},
		Failed:       map[string]int{"R-hat": 3}, Notes: []string{"a note"}}
	page, err := report.CalibrationPage(r, []report.Fact{{Name: "prior", Value: "digits8"}})
	if err != nil {
		t.Fatal(err)
	}
	text := rendered(t, page)
	for _, want := range []string{`<p class="warn">not calibrated: the draws are too sure.`, "digits8", "17.25 ± 0.1", "3 of 100", "the check: R-hat", infer.RestartSpread, "96.0% ± 0.4%", "none: the range of all draws holds less",
		"log-likelihood: not uniform", "&#34;steps&#34;: 7", "a note", "100 truths"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	if n := strings.Count(text, "<svg"); n != 2 {
		t.Errorf("the page has %d diagrams, not 2", n)
	}
	r.Calibrated, r.Verdict = true, "calibrated, as far as 100 problems tell"
	if page, err = report.CalibrationPage(r, nil); err != nil || strings.Contains(rendered(t, page), `<p class="warn">`) {
		t.Errorf("a verdict without a fault is a warning, %v", err)
	}
}

// The page of evidence has numbers with errors, says what is a bound and why there is none, and when numbers may not be compared.
func TestEvidencePage(t *testing.T) {
	a, b, d := -1.5, -4., 2.5
	r := &evidence.Report{Data: 3, Verdict: "a explains the data best", Notes: []string{"a note"},
		Entries: []evidence.Entry{{Prior: "a", By: "dpnp", Nats: &a, StdErr: .2, Warnings: []string{"too few"}}, {Prior: "b", By: "dpi", Nats: &b, StdErr: .1, Bound: true}, {Prior: "c", By: "dpnp", Why: "one island"}},
		Factors: []evidence.Factor{{For: "a", Against: "b", Nats: &d, StdErr: .22, Sense: evidence.AtMost}, {For: "a", Against: "c", Why: "there is no evidence of c"}}}
	text := rendered(t, report.EvidencePage(r, nil))
	for _, want := range []string{"a explains the data best.", "-1.5 ± 0.2", "at least -4 ± 0.1", "dpi, a lower bound", "c: no evidence, because one island", "at most 2.5 ± 0.22", "none, because there is no evidence of c", "a: too few", "a note",
		"What the numbers mean", "dequantised", "values of images"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q on the page", want)
		}
	}
}
