package train

import (
	"encoding"

	"tweedie/autodiff"
	"tweedie/rng"
)

// Objective is a loss. Its Loss returns the mean over the images of one micro-batch, as a Var of one element on s. The
// result is a function of the parameters, the step and, where the objective draws from one, the data cursor: the same
// three give the same bits. All randomness comes from step.Key.
type Objective interface {
	Loss(s *autodiff.Scope, step Step) (autodiff.Var, error)
}

// ObjectiveFunc is an Objective made of a function.
type ObjectiveFunc func(s *autodiff.Scope, step Step) (autodiff.Var, error)

// Loss calls f.
func (f ObjectiveFunc) Loss(s *autodiff.Scope, step Step) (autodiff.Var, error) { return f(s, step) }

// Step says which micro-batch a loss is asked for.
type Step struct {
	Index  int64   // optimiser step, from 1; steps taken so far when Train is false
	Images int64   // images before this micro-batch, a place in the data order for an objective without a cursor
	Micro  int     // micro-batch, 0 to Micros-1
	Micros int     // micro-batches in the step
	Batch  int     // images in this micro-batch
	Key    rng.Key // of this micro-batch; for a held-out loss the same every time
	Train  bool    // false for a held-out loss: no dropout, no running statistics, nothing recorded
}

// Cursor is the position in the data, stored with every state and put back when a step is undone.
// One that is an encoding.BinaryAppender too costs no allocation a step.
type Cursor interface {
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
}
