package infer

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"tweedie/internal/nonfinite"
)

// State says how a check came out.
type State string

// The states of a verdict. A check whose number is not defined for this run has none of the first two.
const (
	Passed  State = "passed"
	Failed  State = "failed"
	Unknown State = "unknown"
)

// Limits bound the numbers with which a check is passed; a nil end has no bound. AtMost, AtLeast and Between make them.
type Limits struct {
	Low  *float64 `json:"least,omitempty"`
	High *float64 `json:"most,omitempty"`
}

// AtMost returns the limits of a number that may be anything up to most.
func AtMost(most float64) Limits { return Limits{nil, &most} }

// AtLeast returns the limits of a number that may be anything from least on.
func AtLeast(least float64) Limits { return Limits{&least, nil} }

// Between returns the limits of a number that must lie in [least, most], either of which may be infinite.
func Between(least, most float64) Limits {
	l := Limits{&least, &most}
	if math.IsInf(least, -1) {
		l.Low = nil
	}
	if math.IsInf(most, 1) {
		l.High = nil
	}
	return l
}

// Text returns the limits in words: "at most 1.01", "0.52 to 1.7".
func (l Limits) Text() string {
	switch {
	case l.Low != nil && l.High != nil:
		return fmt.Sprintf("%.3g to %.3g", *l.Low, *l.High)
	case l.Low != nil:
		return fmt.Sprintf("at least %.3g", *l.Low)
	case l.High != nil:
		return fmt.Sprintf("at most %.3g", *l.High)
	}
	return "any"
}

func (l Limits) hold(x float64) bool {
	return (l.Low == nil || x >= *l.Low) && (l.High == nil || x <= *l.High)
}

// Verdict judges one number about a run by limits that follow from theory. It is written as JSON with null for a value
// that is not finite.
type Verdict struct {
	Name   string  `json:"name"`                     // of the number: "chi² per measurement"
	Value  float64 `json:"value"`                    // NaN where it is not defined
	StdErr float64 `json:"standard_error,omitempty"` // 0 when the value is exact or the error unknown
	Limits
	State  State    `json:"state"`                   // set by Judge
	Text   string   `json:"text"`                    // what the state means, in plain words; set by Judge
	Causes []string `json:"likely_causes,omitempty"` // of a failure, the likeliest first
}

// MarshalJSON writes null for a value that is not finite.
func (v Verdict) MarshalJSON() ([]byte, error) {
	type plain Verdict
	line := struct {
		Name  string   `json:"name"`
		Value *float64 `json:"value"`
		plain
	}{v.Name, &v.Value, plain(v)}
	if nonfinite.Is(v.Value) {
		line.Value = nil
	}
	if nonfinite.Is(v.StdErr) {
		line.plain.StdErr = 0
	}
	return json.Marshal(line)
}

// Warning returns the failure in one line: what it means, the number beside its limits, and the likely causes.
func (v Verdict) Warning() string {
	text := fmt.Sprintf("%s: %s is %.3g, and %s is right", v.Text, v.Name, v.Value, v.Limits.Text())
	switch len(v.Causes) {
	case 0:
		return text
	case 1:
		return text + "; likely cause: " + v.Causes[0]
	}
	return text + "; likely causes: " + strings.Join(v.Causes, "; ")
}

// Judge compares a number with its limits, adds the verdict to the result, and reports whether the check is passed. The
// texts say in plain words what it means that the number is within the limits, and that it is outside; a failure is a
// warning, too. Methods judge what they alone know, such as acceptance, in one call:
//
//	r.Judge(Verdict{Name: "swap rate", Value: rate, Limits: AtLeast(.1), Causes: []string{"too few couplings"}},
//		"neighbouring couplings exchange their images", "neighbouring couplings hardly exchange their images")
func (r *Result) Judge(v Verdict, passed, failed string) bool {
	switch {
	case math.IsNaN(v.Value):
		v.State, v.Text, v.Causes = Unknown, "the number is not defined for this run", nil
	case v.hold(v.Value):
		v.State, v.Text, v.Causes = Passed, passed, nil
	default:
		v.State, v.Text = Failed, failed
		r.Warn(v.Warning())
	}
	r.Verdicts = append(r.Verdicts, v)
	return v.State == Passed
}

// Checks returns how many verdicts of the result have a state.
func (r *Result) Checks(s State) int {
	n := 0
	for _, v := range r.Verdicts {
		if v.State == s {
			n++
		}
	}
	return n
}

// ChecksText returns the verdicts in a few words, "7 passed, 1 failed", and "" where there are none.
func (r *Result) ChecksText() string {
	if len(r.Verdicts) == 0 {
		return ""
	}
	text := fmt.Sprintf("%d passed, %d failed", r.Checks(Passed), r.Checks(Failed))
	if n := r.Checks(Unknown); n > 0 {
		text += fmt.Sprintf(", %d not known", n)
	}
	return text
}
