package report

import (
	"fmt"
	"math"
	"strings"

	"tweedie/eval"
)

// Number is an estimate in JSON, where a standard error that is not known is null.
type Number struct {
	Value float64  `json:"value"`
	SE    *float64 `json:"standard_error"`
}

// NumberOf returns an estimate as a Number; a standard error that is not finite is not known.
func NumberOf(e eval.Estimate) Number {
	n := Number{Value: e.Value}
	if !math.IsNaN(e.SE) && !math.IsInf(e.SE, 0) {
		n.SE = &e.SE
	}
	return n
}

// Text prints 12.34 ± 0.12 with the format of both numbers, or the value alone where the error is not known.
func (n Number) Text(format string) string {
	s := fmt.Sprintf(format, n.Value)
	if n.SE != nil {
		s += " ± " + strings.TrimPrefix(fmt.Sprintf(format, *n.SE), "+")
	}
	return s
}

// FiniteOrNil returns x for JSON, or nil when it is not finite.
func FiniteOrNil(x float64) any {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return x
}
