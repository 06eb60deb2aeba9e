package quality

import (
	"context"
	"fmt"
	"math"
	"slices"

	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/internal/config"
	"tweedie/internal/priors"
	"tweedie/prior"
	"tweedie/report"
	"tweedie/rng"
)

// Methods of LogProb.
const (
	ByExact = "exact" // the closed form
	ByODE   = "ode"   // the probability-flow ODE
	ByBound = "elbo"  // the evidence bound
)

// LogProb computes log-densities of images under a prior.
type LogProb struct {
	Prior    *prior.Prior
	Method   string // "exact", "ode" or "elbo"; "" is exact for a closed form and the ODE for a network
	ODE      diffusion.ODEConfig
	Draws    int  // noise levels for each image of the bound
	Double   bool // the network is evaluated in float64
	Gradient bool // d log p/dx is wanted
	Seed     uint64
	Watch    priors.Watch
}

// Density is the log-density of one image.
type Density struct {
	LogProb     float64 `json:"log_prob_nats"`
	StdErr      any     `json:"standard_error"` // a number, or null where one draw leaves it unknown
	BitsPerDim  float64 `json:"bits_per_dim"`
	Evaluations int     `json:"score_evaluations"`
}

// Densities holds what LogProb found.
type Densities struct {
	Method   string
	Rows     []Density
	Gradient []float64 // d log p/dx [N*D], in the units of the images; nil where it was not wanted
	Note     string    // what the numbers are densities of
	Warning  string    // "" where the images look like those of the prior
}

// String is a table of the densities, with the note.
func (d Densities) String() string {
	text := fmt.Sprintf("%5s %14s %10s %10s %12s\n", "image", "log p (nats)", "error", "bits/dim", "evaluations")
	for i, r := range d.Rows {
		se := "unknown"
		if e, ok := r.StdErr.(float64); ok {
			se = fmt.Sprintf("%.4f", e)
		}
		text += fmt.Sprintf("%5d %14.4f %10s %10.4f %12d\n", i, r.LogProb, se, r.BitsPerDim, r.Evaluations)
	}
	return text + d.Note + "\n"
}

// Check says which method cannot be used with the prior.
func (l *LogProb) Check() error {
	methods := []string{ByExact, ByODE, ByBound}
	if l.Method == "" {
		l.Method = ByODE
		if l.Prior.Exact != nil {
			l.Method = ByExact
		}
	}
	if !slices.Contains(methods, l.Method) {
		return fmt.Errorf("--method is %q; want exact, ode or elbo%s", l.Method, config.DidYouMean(l.Method, methods, ""))
	}
	if l.Method == ByExact && l.Prior.Exact == nil {
		return fmt.Errorf("--method is exact, and the density of %s is not known in closed form; want ode or elbo", l.Prior.Name)
	}
	if l.Draws < 1 || l.Draws > config.MostBatch {
		return fmt.Errorf("--draws is %d; it must lie between 1 and %d", l.Draws, config.MostBatch)
	}
	return nil
}

// Run computes the log-densities of images x [N*D], in their own values and units: log p(x) = log p(m) - D log a for
// x = a m + b.
func (l *LogProb) Run(ctx context.Context, x []float64) (Densities, error) {
	if err := l.Check(); err != nil {
		return Densities{}, err
	}
	d, affine := l.Prior.Shape().Size(), l.Prior.Spec.Affine
	n := len(x) / d
	m := make([]float64, len(x))
	for i, v := range x {
		m[i] = affine.ToPrior(v)
	}
	keys := make([]rng.Key, n)
	for i := range keys {
		keys[i] = rng.New(l.Seed).Split("logprob", i)
	}
	out := Densities{Method: l.Method, Warning: l.outside(x)}
	if l.Gradient {
		out.Gradient = make([]float64, len(x))
	}
	logp, se, evaluations := make([]float64, n), make([]float64, n), make([]int, n)
	var err error
	switch l.Method {
	case ByExact:
		err = exact.Prior{Density: l.Prior.Exact}.LogProb(ctx, m, nil, logp, out.Gradient)
		out.Note = "exact: the density of the prior, without noise"
	case ByODE:
		var res diffusion.Density
		res, err = l.flow(ctx, m, keys, &out)
		logp, se, evaluations = res.LogProb, res.StdErr, res.Evaluations
	case ByBound:
		var res diffusion.Bound
		res, err = l.bound(ctx, m, keys, &out)
		logp, se = res.LogProb, res.StdErr
		for i := range evaluations {
			evaluations[i] = res.Evaluations
		}
	}
	if err != nil {
		return Densities{}, err
	}
	for i := range out.Gradient {
		out.Gradient[i] /= affine.Unit()
	}
	shift := float64(d) * math.Log(affine.Unit())
	for i, v := range logp {
		out.Rows = append(out.Rows, Density{v - shift, report.FiniteOrNil(se[i]), -(v - shift) / (float64(d) * math.Ln2), evaluations[i]})
	}
	return out, nil
}

// outside warns of images that lie more than their range's width outside it; samplers stray by less.
func (l *LogProb) outside(x []float64) string {
	lo, hi := l.Prior.Spec.Range[0], l.Prior.Spec.Range[1]
	if least, most := slices.Min(x), slices.Max(x); l.Prior.Exact == nil && (least < lo-(hi-lo) || most > hi+(hi-lo)) {
		return fmt.Sprintf("the images have values from %.4g to %.4g, far outside the prior's [%.4g, %.4g]; are they in other units?", least, most, lo, hi)
	}
	return ""
}
