package cli

import (
	"tweedie/autodiff"
	"tweedie/rng"
)

// workload is a function of images in the modes that are timed and planned. Every mode runs on the arena that it is
// given, which may be one that only plans.
type workload struct {
	field  func(s *autodiff.Scope, x autodiff.Var) autodiff.Var
	shape  autodiff.Shape
	x      []float32
	policy autodiff.Policy
}

// newWorkload evaluates field at images of zeros, which will do for a plan, until randomize is called.
func newWorkload(shape autodiff.Shape, field func(s *autodiff.Scope, x autodiff.Var) autodiff.Var) *workload {
	return &workload{field: field, shape: shape, x: make([]float32, shape.Size())}
}

// randomize draws the images and returns w.
func (w *workload) randomize() *workload {
	rng.New(2).Stream().FillNorm32(w.x)
	return w
}

func (w *workload) forward(a *autodiff.Arena) {
	s := a.Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	w.field(s, s.Const32(w.shape, w.x))
}

// record is the function on a tape with its input watched and its weights constant.
func (w *workload) record(a *autodiff.Arena) (s *autodiff.Scope, x, y autodiff.Var) {
	s = a.Scope(autodiff.Record, autodiff.F32)
	s.Freeze()
	s.SetPolicy(w.policy)
	x = s.Watch(s.Const32(w.shape, w.x))
	return s, x, w.field(s, x)
}

func (w *workload) vjp(a *autodiff.Arena) {
	s, x, y := w.record(a)
	defer s.Close()
	var g [1]autodiff.Var
	s.ChildMode(autodiff.Eval).VJPLast([]autodiff.Var{y}, []autodiff.Var{x}, []autodiff.Var{x}, g[:])
}

// div is e^T J e with the probe e = x, by one VJP.
func (w *workload) div(a *autodiff.Arena) {
	s, x, y := w.record(a)
	defer s.Close()
	c := s.ChildMode(autodiff.Eval)
	var g [1]autodiff.Var
	c.VJPLast([]autodiff.Var{y}, []autodiff.Var{x}, []autodiff.Var{x}, g[:])
	c.Dot(g[0], c.StopGradient(x))
}

// divgrad is the gradient of e^T J e, reverse over forward.
func (w *workload) divgrad(a *autodiff.Arena) {
	s, x, y := w.record(a)
	defer s.Close()
	e := s.StopGradient(x)
	var t, g [1]autodiff.Var
	s.JVP([]autodiff.Var{x}, []autodiff.Var{e}, []autodiff.Var{y}, t[:])
	s.ChildMode(autodiff.Eval).GradLast(s.Dot(t[0], e), []autodiff.Var{x}, g[:])
}

// logprob is one evaluation in the flow of a log-density with one probe: a forward sweep over a tape.
func (w *workload) logprob(a *autodiff.Arena) {
	s, x, y := w.record(a)
	defer s.Close()
	c := s.ChildMode(autodiff.Eval)
	var t [1]autodiff.Var
	c.JVP([]autodiff.Var{x}, []autodiff.Var{c.StopGradient(x)}, []autodiff.Var{y}, t[:])
}

// loss is |field(x) - x|^2 on a tape, with weights that are learned.
func (w *workload) loss(a *autodiff.Arena) (s *autodiff.Scope, loss autodiff.Var) {
	s = a.Scope(autodiff.Record, autodiff.F32)
	s.SetPolicy(w.policy)
	x := s.Const32(w.shape, w.x)
	return s, s.MeanAll(s.Square(s.Sub(w.field(s, x), x)))
}

// gradient is that of the loss by the weights.
func (w *workload) gradient(a *autodiff.Arena) {
	s, loss := w.loss(a)
	defer s.Close()
	xs := s.Trainable()
	s.ChildMode(autodiff.Eval).GradLast(loss, xs, make([]autodiff.Var, len(xs)))
}

// step is the mode of that name; nil when there is none.
func (w *workload) step(mode string) func(a *autodiff.Arena) {
	return map[string]func(*autodiff.Arena){"fwd": w.forward, "vjp": w.vjp, "div": w.div, "divgrad": w.divgrad,
		"logprob": w.logprob, "train": w.gradient}[mode]
}
