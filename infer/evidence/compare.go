package evidence

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tweedie/infer"
	"tweedie/internal/config"
	"tweedie/internal/nonfinite"
	"tweedie/inverse"
	"tweedie/rng"
)

// MostPriors bounds the priors of a comparison.
const MostPriors = 64

// Candidate is a prior under which the measurement is seen. The problems of all candidates have one measurement, operator and noise.
type Candidate struct {
	Name    string
	Problem *infer.Problem
	Method  infer.Method // that estimates where the evidence is not exact
}

// Config says how evidence is estimated.
type Config struct {
	Samples  int  // posterior samples of the method
	Sampled  bool // ask the method also where the evidence is exact
	Seed     uint64
	Progress func(prior string, p infer.Progress) // of the method; may be nil
}

// Entry is the log evidence of one prior.
type Entry struct {
	Prior       string   `json:"prior"`
	By          string   `json:"by"`                       // "exact", or the name of the method
	Nats        *float64 `json:"nats"`                     // log p(y); nil for none
	StdErr      float64  `json:"standard_error,omitempty"` // 0 where it is exact
	Bound       bool     `json:"lower_bound,omitempty"`    // log p(y) is at least so much, but for the error
	Why         string   `json:"none_because,omitempty"`
	Evaluations int64    `json:"network_evaluations,omitempty"`
	Notes       []string `json:"notes,omitempty"`
	Warnings    []string `json:"warnings,omitempty"`
}

// Report holds a comparison. It has no times, so that the same seed gives the same bytes.
type Report struct {
	Data    int      `json:"data"`
	Seed    uint64   `json:"seed"`
	Samples int      `json:"samples"`
	Entries []Entry  `json:"priors"`        // the most probable first, those without a number last
	Factors []Factor `json:"bayes_factors"` // of each over each below it
	Verdict string   `json:"verdict"`
	Notes   []string `json:"notes,omitempty"`
}

// Compare returns the log evidence of every prior with its error, and their Bayes factors. Priors of images of different shapes are
// refused. When ctx ends, its error is returned.
func Compare(ctx context.Context, candidates []Candidate, c Config) (r *Report, err error) {
	defer inverse.CatchOperator(&err)
	if err := check(ctx, candidates, c); err != nil {
		return nil, err
	}
	r = &Report{Data: len(candidates[0].Problem.Likelihood.Y), Seed: c.Seed, Samples: c.Samples}
	of := map[string]*infer.Problem{}
	for i, one := range candidates {
		e, err := one.entry(ctx, c, rng.New(c.Seed).Split("evidence.prior", i).Stream().Uint64())
		if err != nil {
			return nil, fmt.Errorf("evidence of %s: %w", one.Name, err)
		}
		of[one.Name] = one.Problem
		r.Entries = append(r.Entries, e)
	}
	slices.SortStableFunc(r.Entries, func(a, b Entry) int {
		switch {
		case a.Nats == nil && b.Nats == nil:
			return 0
		case a.Nats == nil || b.Nats != nil && *a.Nats < *b.Nats:
			return 1
		case b.Nats == nil || *a.Nats > *b.Nats:
			return -1
		}
		return 0
	})
	for i, a := range r.Entries {
		for _, b := range r.Entries[i+1:] {
			r.Factors = append(r.Factors, factor(a, b, of[a.Prior], of[b.Prior]))
		}
	}
	r.Notes = notes(candidates)
	r.Verdict = r.words()
	return r, nil
}

// check refuses candidates that cannot be compared.
func check(ctx context.Context, candidates []Candidate, c Config) error {
	k := config.Check("evidence")
	k.Int("the number of priors", len(candidates), 1, MostPriors)
	k.Int("samples", c.Samples, 1, config.MostBatch)
	if err := k.Err(); err != nil {
		return err
	}
	for i, one := range candidates {
		if err := infer.Check(ctx, one.Method, one.Problem, infer.Run{Samples: c.Samples}); err != nil {
			return fmt.Errorf("evidence of %s: %w", one.Name, err)
		}
		first := candidates[0]
		if have, want := one.Problem.Shape, first.Problem.Shape; !slices.Equal(have.Dims(nil), want.Dims(nil)) {
			return config.Errorf("evidence", "priors", "%s has images %v, and %s %v; only priors of one shape can be compared", first.Name, want, one.Name, have)
		}
		if !slices.Equal(one.Problem.Likelihood.Y, first.Problem.Likelihood.Y) {
			return config.Errorf("evidence", "priors", "%s and %s see different measurements; only priors of one measurement can be compared", first.Name, one.Name)
		}
		if slices.ContainsFunc(candidates[:i], func(other Candidate) bool { return other.Name == one.Name }) {
			return config.Errorf("evidence", "priors", "%s is there twice", one.Name)
		}
	}
	return nil
}

// entry finds the evidence of one prior.
func (one Candidate) entry(ctx context.Context, c Config, seed uint64) (Entry, error) {
	e := Entry{Prior: one.Name, By: "exact"}
	if !c.Sampled {
		nats, known, err := Exact(one.Problem)
		if err != nil {
			return e, err
		}
		if known {
			e.take(nats, 0)
			return e, nil
		}
	}
	run := infer.Run{Samples: c.Samples, Seed: seed}
	if c.Progress != nil {
		run.Progress = func(p infer.Progress) { c.Progress(one.Name, p) }
	}
	res, err := one.Method.Solve(ctx, one.Problem, run)
	if err != nil {
		return e, err
	}
	e.By, e.Evaluations, e.Notes, e.Warnings = res.Method, res.Evaluations, res.Notes, res.Warnings
	bound := slices.IndexFunc(res.Diagnostics, func(d infer.Diagnostic) bool { return d.Name == boundName })
	switch {
	case res.Evidence != nil && res.Evidence.Why != "":
		e.Why = res.Evidence.Why
	case res.Evidence != nil:
		e.take(res.Evidence.Value, res.Evidence.StdErr)
	case bound >= 0:
		e.Bound = true
		e.take(res.Diagnostics[bound].Value, res.Diagnostics[bound].StdErr)
	default:
		e.Why = fmt.Sprintf("%s made no estimate of it: dpnp makes one in the modes smc and exchange, and dpi a lower bound", res.Method)
	}
	return e, nil
}

// Err returns an error where no prior has a number.
func (r *Report) Err() error {
	for _, e := range r.Entries {
		if e.Nats != nil {
			return nil
		}
	}
	return errors.New("evidence: no prior has a number")
}

// boundName is what DPI calls its bound among its diagnostics.
const boundName = "ELBO"

// take sets the number, unless it is none.
func (e *Entry) take(nats, se float64) {
	if nonfinite.Is(nats) || nonfinite.Is(se) {
		e.Why = "it is not finite"
		return
	}
	e.Nats, e.StdErr = &nats, se
}
