package report_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"tweedie/infer"
	"tweedie/report"
)

// A page shows every check with its number, its limits and its verdict, the failed ones first.
func TestChecksAreShown(t *testing.T) {
	s, r := subject(t)
	r.Judge(infer.Verdict{Name: "swap rate", Value: .3, StdErr: .02, Limits: infer.AtLeast(.1)}, "couplings exchange", "couplings hardly exchange")
	r.Judge(infer.Verdict{Name: "R-hat", Value: math.NaN(), Limits: infer.AtMost(1.01)}, "chains agree", "chains disagree")
	r.Judge(infer.Verdict{Name: "Pareto <k>", Value: 2, Limits: infer.AtMost(.7), Causes: []string{"few draws"}}, "fine", "a tail too heavy")
	checks := report.Checks(r)
	if len(checks) != 3 || checks[0].Name != "Pareto <k>" || !checks[0].Failed || checks[1].Value != "0.3 ± 0.02" || checks[2].Value != "not defined" {
		t.Errorf("checks are %+v", checks)
	}
	sec, err := s.MethodSection("RED-diff", "text", r)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := (report.Page{Sections: []report.Section{sec}}).Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<td>Pareto &lt;k&gt;</td><td>2</td><td>at most 0.7</td><td><b class=\"failed\">failed</b>: a tail too heavy</td>",
		"<td>0.3 ± 0.02</td><td>at least 0.1</td><td><b class=\"passed\">passed</b>: couplings exchange</td>", "unknown",
		"a tail too heavy: Pareto &lt;k&gt; is 2, and at most 0.7 is right; likely cause: few draws"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page does not hold %q", want)
		}
	}
}

// Evidence is a fact with its error, or the words why there is none, and duplicates among samples are counted.
func TestFactsOfEvidence(t *testing.T) {
	_, r := subject(t)
	text := func() (all string) {
		for _, f := range report.MethodFacts(r) {
			all += f.Name + ": " + f.Value + "; " + f.Note + "\n"
		}
		return all
	}
	if got := text(); strings.Contains(got, "evidence") || strings.Contains(got, "distinct") {
		t.Errorf("facts of a result without evidence: %s", got)
	}
	r.Distinct, r.Evidence = 1, &infer.Evidence{Value: -.24375, StdErr: .02}
	if got := text(); !strings.Contains(got, "samples: 2, 1 of them distinct") || !strings.Contains(got, "log evidence: -0.24375 ± 0.02; log p(y) in nats") {
		t.Errorf("facts: %s", got)
	}
	r.Evidence = &infer.Evidence{Why: "the prior drifts"}
	if got := text(); !strings.Contains(got, "log evidence: none; the prior drifts") {
		t.Errorf("facts: %s", got)
	}
}
