package infer_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"tweedie/infer"
)

// A method's own evidence is judged in one call: the state, the words, the warning, the count and the JSON follow.
func TestJudge(t *testing.T) {
	for _, c := range []struct {
		v       infer.Verdict
		state   infer.State
		warning string
	}{
		{infer.Verdict{Name: "swap rate", Value: .3, Limits: infer.AtLeast(.1)}, infer.Passed, ""},
		{infer.Verdict{Name: "swap rate", Value: .1, Limits: infer.AtLeast(.1)}, infer.Passed, ""},
		{infer.Verdict{Name: "swap rate", Value: .02, Limits: infer.AtLeast(.1), Causes: []string{"few couplings"}}, infer.Failed,
			"bad: swap rate is 0.02, and at least 0.1 is right; likely cause: few couplings"},
		{infer.Verdict{Name: "k", Value: 2, Limits: infer.AtMost(.7), Causes: []string{"a", "b"}}, infer.Failed, "bad: k is 2, and at most 0.7 is right; likely causes: a; b"},
		{infer.Verdict{Name: "k", Value: -1, Limits: infer.Between(0, 1)}, infer.Failed, "bad: k is -1, and 0 to 1 is right"},
		{infer.Verdict{Name: "k", Value: math.Inf(1), Limits: infer.AtMost(1)}, infer.Failed, "bad: k is +Inf, and at most 1 is right"},
		{infer.Verdict{Name: "k", Value: math.NaN(), Limits: infer.AtMost(1)}, infer.Unknown, ""},
		{infer.Verdict{Name: "k", Value: 1e9, Limits: infer.Between(math.Inf(-1), math.Inf(1))}, infer.Passed, ""},
	} {
		r := &infer.Result{}
		ok := r.Judge(c.v, "good", "bad")
		v := r.Verdicts[0]
		if v.State != c.state || ok != (c.state == infer.Passed) || r.Checks(c.state) != 1 {
			t.Errorf("%v: state %s, passed %v", c.v, v.State, ok)
		}
		if got := strings.Join(r.Warnings, "|"); got != c.warning {
			t.Errorf("%v: warning %q, want %q", c.v, got, c.warning)
		}
		raw, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var back infer.Result
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatal(err)
		}
		got := back.Verdicts[0]
		if got.Name != v.Name || got.State != v.State || got.Text != v.Text || got.Limits.Text() != v.Limits.Text() || len(got.Causes) != len(v.Causes) || math.Abs(v.Value) < 1e300 && got.Value != v.Value {
			t.Errorf("%s came back as %+v", raw, got)
		}
		if math.IsNaN(v.Value) && !strings.Contains(string(raw), `"value":null`) {
			t.Errorf("a number that is not defined is %s", raw)
		}
	}
	r := &infer.Result{}
	if r.ChecksText() != "" {
		t.Errorf("no checks are %q", r.ChecksText())
	}
	for _, x := range []float64{0, 0, 2, math.NaN()} {
		r.Judge(infer.Verdict{Value: x, Limits: infer.AtMost(1)}, "", "")
	}
	if got := r.ChecksText(); got != "2 passed, 1 failed, 1 not known" {
		t.Errorf("the checks are %q", got)
	}
}
