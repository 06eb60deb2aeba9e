package infer

import (
	"context"
	"errors"
	"fmt"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/internal/absent"
	"tweedie/internal/config"
	"tweedie/inverse"
)

// Problem joins a prior and a likelihood on one space of images x. NewProblem makes one.
type Problem struct {
	Prior      diffusion.Denoiser
	Likelihood *inverse.Likelihood
	Shape      autodiff.Shape    // of one image, [C,H,W]
	DType      autodiff.DType    // in which the prior is evaluated
	Affine     diffusion.Affine  // from the prior's values to x
	Range      [2]float64        // of the values x of the prior's images, for warnings; zeros when it is not known
	Mean, Std  float64           // of the pixels of the prior's images, in the units of x; a Std of 0 when they are not known
	PriorID    map[string]string // what identifies the prior to a State, by name, such as a hash of its weights; may be nil
}

// Validate reports the first thing that is missing or does not fit, with both shapes.
func (p *Problem) Validate() error {
	switch {
	case p == nil:
		return errors.New("infer: the *Problem is nil; give one with a Prior, a Likelihood and a Shape")
	case absent.Is(p.Prior):
		return errors.New("infer: the problem has no prior; set Prior to a diffusion.Denoiser")
	case p.Likelihood == nil:
		return errors.New("infer: the problem has no likelihood; inverse.NewLikelihood makes one")
	case p.Shape.Rank() == 0 || p.Shape.Size() == 0:
		return errors.New("infer: the problem has no image shape; set Shape to [C,H,W]")
	}
	if err := p.Likelihood.Validate(); err != nil {
		return fmt.Errorf("infer: %w", err)
	}
	if in := p.Likelihood.Op.InShape(); in.Size() != p.Shape.Size() {
		return fmt.Errorf("infer: the operator %s takes images of shape %v and the prior has shape %v", p.Likelihood.Op.Name(), in, p.Shape)
	}
	if err := p.Affine.Validate(); err != nil {
		return fmt.Errorf("infer: %w", err)
	}
	if r := p.Range; !(r == [2]float64{} || r[0] < r[1]) {
		return fmt.Errorf("infer: the range is %v; it must ascend, or be zeros when it is not known", r)
	}
	c := config.Check("infer")
	c.Finite("the mean of the prior's pixels", p.Mean)
	c.Float("the deviation of the prior's pixels", p.Std, 0, config.Huge)
	return c.Err()
}

// Run says how many samples to draw and how.
type Run struct {
	Samples  int            // posterior samples, chains or restarts
	Seed     uint64         // every random number follows from it
	State    string         // file to resume from and to save to; empty means neither
	Progress func(Progress) // called after each round or step; may be nil
}

// Progress tells how far a run is.
type Progress struct {
	Stage       string  // "round", "step", ...
	Done, Total int     // of the stage
	Evaluations int64   // network evaluations so far, one per image
	Loss        float64 // of an optimisation, else 0
}

// Report calls Progress unless it is nil.
func (r *Run) Report(p Progress) {
	if r.Progress != nil {
		r.Progress(p)
	}
}

// Method turns a problem into a Result.
type Method interface {
	// Name returns the name of the method in commands and files: "dpnp", "dpi", "red-diff".
	Name() string
	// Validate reports the first wrong field of the method's configuration.
	Validate() error
	// Solve runs the method. When ctx ends it returns the result so far together with the context's error.
	Solve(ctx context.Context, p *Problem, run Run) (*Result, error)
}

// Stateless returns an error when run names a State file, and nil otherwise. Methods that keep no state call it to
// refuse such a run.
func Stateless(m Method, run Run) error {
	if run.State == "" {
		return nil
	}
	return fmt.Errorf("%s: the method keeps no state, so a run cannot resume from %s; leave the state file out", m.Name(), run.State)
}

// Check returns the first reason for which m cannot solve p: no context, a wrong field of its config, no samples, an
// incomplete problem, an operator without a gradient, or samples that fit no memory. Every Solve begins with it.
func Check(ctx context.Context, m Method, p *Problem, run Run) error {
	if ctx == nil {
		return fmt.Errorf("%s: the context is nil; context.Background() is one that never ends", m.Name())
	}
	if err := m.Validate(); err != nil {
		return err
	}
	if run.Samples < 1 {
		return fmt.Errorf("%s: samples is %d; at least 1 is needed", m.Name(), run.Samples)
	}
	if err := p.Validate(); err != nil {
		return err
	}
	switch op := p.Likelihood.Op.(type) {
	case inverse.Linear, inverse.Differentiable:
	default:
		return fmt.Errorf("%s: the operator %s has neither Adjoint nor VJP; one of them is needed for a gradient", m.Name(), op.Name())
	}
	return config.Room(m.Name(), "samples", 8, run.Samples, p.Shape.Size())
}
