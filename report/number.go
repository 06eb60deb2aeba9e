package report

import (
	"fmt"
	"math"
	"strings"

	"tweedie/eval"
)

// Number holds an estimate for JSON, where a standard error that is not known is null.
type Number struct {
	Value float64  `json:"value"`
	SE    *float64 `json:"standard_error"`
}

// NumberOf returns the estimate e.
func NumberOf(e eval.Estimate) Number {
	n := Number{Value: e.Value}
	if !math.IsNaN(e.SE) && !math.IsInf(e.SE, 0) {
		n.SE = &e.SE
	}
	return n
}

// Text prints "12.34 ± 0.12" with the verb format for both numbers.
func (n Number) Text(format string) string {
	s := fmt.Sprintf(format, n.Value)
	if n.SE != nil {
		s += " ± " + strings.TrimPrefix(fmt.Sprintf(format, *n.SE), "+")
	}
	return s
}
