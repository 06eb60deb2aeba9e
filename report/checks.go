package report

import (
	"fmt"
	"math"

	"tweedie/infer"
)

// Check holds a verdict on a result as a page shows it.
type Check struct {
	Name, Value, Limits, State, Text string
	Failed                           bool
}

// Checks returns the verdicts on a result, the failed ones first.
func Checks(r *infer.Result) []Check {
	var failed, others []Check
	for _, v := range r.Verdicts {
		c := Check{Name: v.Name, Value: fmt.Sprintf("%.3g", v.Value), Limits: v.Limits.Text(), State: string(v.State), Text: v.Text, Failed: v.State == infer.Failed}
		switch {
		case math.IsNaN(v.Value):
			c.Value = "not defined"
		case v.StdErr > 0:
			c.Value += fmt.Sprintf(" ± %.2g", v.StdErr)
		}
		if c.Failed {
			failed = append(failed, c)
		} else {
			others = append(others, c)
		}
	}
	return append(failed, others...)
}
