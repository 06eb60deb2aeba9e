package infer

import (
	"encoding/json"
	"math"
	"time"
)

// These titles of a Result's spread tell what its samples mean: draws whose law tends to the posterior, draws that a
// known approximation biases, or optimisations from different starts.
const (
	PosteriorSpread = "posterior standard deviation"
	BiasedSpread    = "spread of biased posterior samples, not calibrated"
	RestartSpread   = "spread over restarts, not posterior uncertainty"
)

// Result holds what a method found.
type Result struct {
	Method      string        `json:"method"`
	Config      any           `json:"config"`
	Seed        uint64        `json:"seed"`
	Samples     [][]float64   `json:"-"`
	Mean        []float64     `json:"-"` // of the samples, or of more draws of q
	Std         []float64     `json:"-"` // per pixel; Spread says what it means
	Draws       int           `json:"-"` // images of which Mean and Std are; 0 for the Samples
	Spread      string        `json:"spread"`
	Evaluations int64         `json:"network_evaluations"` // one per image, VJPs and JVPs included
	Elapsed     time.Duration `json:"elapsed_ns"`
	Diagnostics []Diagnostic  `json:"diagnostics"`
	Verdicts    []Verdict     `json:"verdicts,omitempty"` // of checks of this result; Judge adds one, and Examine most
	Notes       []string      `json:"notes,omitempty"`    // what the method chose, and why
	Warnings    []string      `json:"warnings,omitempty"`
	Trace       []TracePoint  `json:"trace,omitempty"`

	Evidence   *Evidence      `json:"log_evidence,omitempty"`
	Distinct   int            `json:"distinct_samples,omitempty"` // different images among Samples where some may be drawn twice; 0 for all
	Chain      []int          `json:"-"`                          // chain of every sample, where a chain makes several; nil for a chain each
	Tracks     []Track        `json:"-"`                          // of chains that ran long enough to be compared
	PriorDraws [][]float64    `json:"-"`                          // independent draws of the prior that the run made, in the units of x; may be nil
	Weighted   *WeightedDraws `json:"-"`                          // of a method that weighs its draws; nil for others
}

// Diagnostic reports one number about a run.
type Diagnostic struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	StdErr float64 `json:"standard_error,omitempty"` // 0 when the value is exact or the error unknown
	Note   string  `json:"note,omitempty"`
}

// MarshalJSON writes null for a number that is not finite: the slope of a run too short to have one, for instance.
func (d Diagnostic) MarshalJSON() ([]byte, error) {
	number := func(x float64) *float64 {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil
		}
		return &x
	}
	line := struct {
		Name   string   `json:"name"`
		Value  *float64 `json:"value"`
		StdErr *float64 `json:"standard_error,omitempty"`
		Note   string   `json:"note,omitempty"`
	}{d.Name, number(d.Value), nil, d.Note}
	if d.StdErr != 0 {
		line.StdErr = number(d.StdErr)
	}
	return json.Marshal(line)
}

// TracePoint records one entry of the history of an optimisation or an annealing.
type TracePoint struct {
	Step  int     `json:"step"`
	Value float64 `json:"value"`
}

// Diagnose adds a number about the run; stdErr is 0 when it is exact or its error is unknown.
func (r *Result) Diagnose(name string, value, stdErr float64, note string) {
	r.Diagnostics = append(r.Diagnostics, Diagnostic{name, value, stdErr, note})
}

// Warn adds a warning, which every report shows.
func (r *Result) Warn(msg string) { r.Warnings = append(r.Warnings, msg) }

// Summarise sets Mean and Std from the samples; Std divides by n-1 and is zero for a single sample.
func (r *Result) Summarise() {
	if len(r.Samples) == 0 {
		return
	}
	d, n := len(r.Samples[0]), float64(len(r.Samples))
	r.Mean, r.Std = make([]float64, d), make([]float64, d)
	for _, s := range r.Samples {
		for i, x := range s {
			r.Mean[i] += x / n
		}
	}
	if len(r.Samples) < 2 {
		return
	}
	for _, s := range r.Samples {
		for i, x := range s {
			r.Std[i] += (x - r.Mean[i]) * (x - r.Mean[i]) / (n - 1)
		}
	}
	for i, v := range r.Std {
		r.Std[i] = math.Sqrt(v)
	}
}

// Independent returns the number of images of which Mean and Std are: Draws, or the number of samples.
func (r *Result) Independent() int {
	if r.Draws > 0 {
		return r.Draws
	}
	return len(r.Samples)
}
