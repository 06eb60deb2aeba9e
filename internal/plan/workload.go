// Package plan predicts the memory of a network's work before it is done.
//
// A Workload is a function of images, such as a denoiser, in the modes that the program computes: one evaluation, a
// gradient by the images, a divergence and its gradient, a log-density, a step of training. Every mode runs on an
// autodiff.Arena. On an arena that only plans, shapes are followed and no number is computed, and the peak of the buffers
// is that of the real run. A Target adds the weights and what an optimiser keeps; Predict chooses the fastest
// rematerialisation that fits a budget.
package plan

import (
	"tweedie/autodiff"
	"tweedie/rng"
)

// Workload evaluates Field at the images X in the modes that are timed and planned. Every mode runs on the arena that it
// is given, which may be one that only plans.
type Workload struct {
	Field  func(s *autodiff.Scope, x autodiff.Var) autodiff.Var
	Shape  autodiff.Shape // of X, [B,C,H,W] for images
	X      []float32
	Policy autodiff.Policy // says what is computed again in derivatives
}

// NewWorkload evaluates field at images of zeros, which will do for a plan, until Randomize is called.
func NewWorkload(shape autodiff.Shape, field func(s *autodiff.Scope, x autodiff.Var) autodiff.Var) *Workload {
	return &Workload{Field: field, Shape: shape, X: make([]float32, shape.Size())}
}

// Randomize draws the images from a standard normal distribution, the same ones every time, and returns w.
func (w *Workload) Randomize() *Workload {
	rng.New(2).Stream().FillNorm32(w.X)
	return w
}

// Forward evaluates the function without a tape.
func (w *Workload) Forward(a *autodiff.Arena) {
	s := a.Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	w.Field(s, s.Const32(w.Shape, w.X))
}

// Record evaluates the function y of x on a tape, with x watched and the weights constant. The caller closes the scope.
func (w *Workload) Record(a *autodiff.Arena) (s *autodiff.Scope, x, y autodiff.Var) {
	s = a.Scope(autodiff.Record, autodiff.F32)
	s.Freeze()
	s.SetPolicy(w.Policy)
	x = s.Watch(s.Const32(w.Shape, w.X))
	return s, x, w.Field(s, x)
}

// VJP computes J^T x, where J is the Jacobian of the function by the images.
func (w *Workload) VJP(a *autodiff.Arena) {
	s, x, y := w.Record(a)
	defer s.Close()
	var g [1]autodiff.Var
	s.ChildMode(autodiff.Eval).VJPLast([]autodiff.Var{y}, []autodiff.Var{x}, []autodiff.Var{x}, g[:])
}

// Div computes e^T J e with the probe e = x, by one VJP.
func (w *Workload) Div(a *autodiff.Arena) {
	s, x, y := w.Record(a)
	defer s.Close()
	c := s.ChildMode(autodiff.Eval)
	var g [1]autodiff.Var
	c.VJPLast([]autodiff.Var{y}, []autodiff.Var{x}, []autodiff.Var{x}, g[:])
	c.Dot(g[0], c.StopGradient(x))
}

// DivGrad computes the gradient of e^T J e by the images, reverse over forward.
func (w *Workload) DivGrad(a *autodiff.Arena) {
	s, x, y := w.Record(a)
	defer s.Close()
	e := s.StopGradient(x)
	var t, g [1]autodiff.Var
	s.JVP([]autodiff.Var{x}, []autodiff.Var{e}, []autodiff.Var{y}, t[:])
	s.ChildMode(autodiff.Eval).GradLast(s.Dot(t[0], e), []autodiff.Var{x}, g[:])
}

// LogProb does one evaluation in the flow of a log-density with one probe: a forward sweep over a tape.
func (w *Workload) LogProb(a *autodiff.Arena) {
	s, x, y := w.Record(a)
	defer s.Close()
	c := s.ChildMode(autodiff.Eval)
	var t [1]autodiff.Var
	c.JVP([]autodiff.Var{x}, []autodiff.Var{c.StopGradient(x)}, []autodiff.Var{y}, t[:])
}

// Loss evaluates the mean of (Field(X) - X)^2 on a tape, with weights that are learned. The caller closes the scope.
func (w *Workload) Loss(a *autodiff.Arena) (s *autodiff.Scope, loss autodiff.Var) {
	s = a.Scope(autodiff.Record, autodiff.F32)
	s.SetPolicy(w.Policy)
	x := s.Const32(w.Shape, w.X)
	return s, s.MeanAll(s.Square(s.Sub(w.Field(s, x), x)))
}

// Gradient differentiates the loss by the weights.
func (w *Workload) Gradient(a *autodiff.Arena) {
	s, loss := w.Loss(a)
	defer s.Close()
	xs := s.Trainable()
	s.ChildMode(autodiff.Eval).GradLast(loss, xs, make([]autodiff.Var, len(xs)))
}

// Step returns the mode of a name: fwd, vjp, div, divgrad, logprob or train; nil for any other name.
func (w *Workload) Step(mode string) func(a *autodiff.Arena) {
	return map[string]func(*autodiff.Arena){"fwd": w.Forward, "vjp": w.VJP, "div": w.Div, "divgrad": w.DivGrad,
		"logprob": w.LogProb, "train": w.Gradient}[mode]
}

// Fit returns the fastest policy under which a mode fits into a budget in bytes; 0 is no limit.
func (w *Workload) Fit(mode string, budget int) (autodiff.Policy, error) {
	if budget == 0 || w.Step(mode) == nil {
		return autodiff.RematNone, nil
	}
	p, _, err := w.choose(mode, budget)
	return p, err
}

// choose plans a mode within a budget in bytes, and returns the policy and the memory of its buffers.
func (w *Workload) choose(mode string, budget int) (autodiff.Policy, autodiff.Footprint, error) {
	return autodiff.Choose(budget, func(a *autodiff.Arena, p autodiff.Policy) {
		w := *w
		w.Policy = p
		w.Step(mode)(a)
	})
}
