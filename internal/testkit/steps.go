package testkit

import "tweedie/autodiff"

// Forward evaluates a network at x, which it maps to its own shape.
type Forward func(s *autodiff.Scope, x autodiff.Var) autodiff.Var

// Trainable returns the parameters among params that training changes.
func Trainable(params []*autodiff.Param) (out []*autodiff.Param) {
	for _, p := range params {
		if p.Trainable() {
			out = append(out, p)
		}
	}
	return out
}

// Steps returns three steps of a network of inputs with shape in, by name: "inference"; "training step", the gradient
// of a loss of train in all trainable parameters; "gradient of divergence", the gradient in x of e^T J e.
func Steps(params []*autodiff.Param, in autodiff.Shape, forward, train Forward) map[string]func() {
	arena := autodiff.NewArena()
	x, e := Normals(in.Size(), "x"), Normals(in.Size(), "e")
	out := make([]float64, in.Size())
	params = Trainable(params)
	theta, grads := make([]autodiff.Var, len(params)), make([]autodiff.Var, len(params))
	var one [4][1]autodiff.Var
	return map[string]func(){
		"inference": func() {
			s := arena.Scope(autodiff.Eval, autodiff.F32)
			forward(s, s.Const64(in, x)).CopyTo64(out)
			s.Close()
		},
		"training step": func() {
			s := arena.Scope(autodiff.Record, autodiff.F32)
			y := train(s, s.Const64(in, x))
			loss := s.MeanAll(s.Square(s.Sub(y, s.Const64(in, e))))
			for i, p := range params {
				theta[i] = s.Param(p)
			}
			s.ChildMode(autodiff.Eval).Grad(loss, theta, grads)
			s.Close()
		},
		"gradient of divergence": func() {
			s := arena.Scope(autodiff.Record, autodiff.F32)
			s.Freeze()
			v, d := s.Watch(s.Const64(in, x)), s.Const64(in, e)
			one[0][0], one[1][0], one[2][0] = v, d, forward(s, v)
			s.JVP(one[0][:], one[1][:], one[2][:], one[3][:])
			s.ChildMode(autodiff.Eval).Grad1(s.Dot(d, one[3][0]), v).CopyTo64(out)
			s.Close()
		},
	}
}
