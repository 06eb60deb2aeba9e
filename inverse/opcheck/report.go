package opcheck

import (
	"fmt"
	"math"
	"strings"
)

// Status is the outcome of a check.
type Status string

// Outcomes of a check.
const (
	OK   Status = "ok"
	Fail Status = "fail"
	Note Status = "note" // worth knowing, and nothing that is wrong
)

// Check is one thing that was tried.
type Check struct {
	Name   string   `json:"name"`
	Status Status   `json:"status"`
	Value  *float64 `json:"value,omitempty"` // nil where nothing was measured
	Most   *float64 `json:"most,omitempty"`  // what Value may be; nil where it has no such bound
	Text   string   `json:"text"`            // what was found, in a sentence
	Cause  string   `json:"cause,omitempty"` // of a failure: what is likely to be wrong
}

// Report is what Examine found.
type Report struct {
	Operator       string     `json:"operator"`
	Image          []int      `json:"image"`       // shape of x
	Measurement    []int      `json:"measurement"` // shape of A(x)
	Linear         bool       `json:"linear"`
	Differentiable bool       `json:"differentiable"`      // it has Adjoint or VJP
	Norm           float64    `json:"norm,omitempty"`      // largest singular value, where it is linear
	Smallest       float64    `json:"smallest,omitempty"`  // of the singular values that are not zero, or an upper bound of it
	Condition      float64    `json:"condition,omitempty"` // Norm / Smallest
	Rank           int        `json:"rank,omitempty"`      // number of singular values above 1e-8 of the largest
	Exact          bool       `json:"exact_spectrum"`      // Smallest, Condition and Rank are values and not bounds
	ApplySeconds   float64    `json:"apply_seconds"`
	AdjointSeconds float64    `json:"adjoint_seconds,omitempty"`
	Checks         []Check    `json:"checks"`
	Responses      []Response `json:"-"`
}

// Response is what the operator makes of a point.
type Response struct {
	Pixel    int       // of the image, which is one there and zero elsewhere
	Image    []float64 // the point
	Measured []float64 // A(base + point) - A(base)
	Back     []float64 // the adjoint of Measured; nil where there is none
}

// OK reports whether no check failed.
func (r *Report) OK() bool { return r.failed() == 0 }

func (r *Report) failed() (n int) {
	for _, c := range r.Checks {
		if c.Status == Fail {
			n++
		}
	}
	return n
}

// Err returns an error of one line that names the checks that failed, nil when none did.
func (r *Report) Err() error {
	var names []string
	for _, c := range r.Checks {
		if c.Status == Fail {
			names = append(names, c.Name)
		}
	}
	if names == nil {
		return nil
	}
	return fmt.Errorf("the operator %s: %d of %d checks failed: %s", r.Operator, len(names), len(r.Checks), strings.Join(names, ", "))
}

// add notes a check that has no number.
func (r *Report) add(name string, s Status, cause, format string, args ...any) {
	if s != Fail {
		cause = ""
	}
	r.Checks = append(r.Checks, Check{Name: name, Status: s, Text: fmt.Sprintf(format, args...), Cause: cause})
}

// finite returns a number for JSON, which has neither NaN nor infinities.
func finite(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

// within notes a check of a number that must be at most most.
func (r *Report) within(name string, value, most float64, good, bad, cause string) bool {
	c := Check{Name: name, Status: OK, Value: finite(value), Most: &most, Text: good}
	if !(value <= most) {
		c.Status, c.Text, c.Cause = Fail, bad, cause
	}
	c.Text = fmt.Sprintf("%s (%.2g, at most %.0e)", c.Text, value, most)
	r.Checks = append(r.Checks, c)
	return c.Status == OK
}
