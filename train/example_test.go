package train_test

import (
	"context"
	"fmt"

	"tweedie/autodiff"
	"tweedie/train"
)

// Fit a line's slope to y = 3x, with noise of its own for every step.
func ExampleTrainer() {
	slope := autodiff.NewParam("slope", autodiff.S(1))
	x, y := make([]float32, 16), make([]float32, 16)
	loss := train.ObjectiveFunc(func(s *autodiff.Scope, step train.Step) (autodiff.Var, error) {
		step.Key.Stream().FillNorm32(x)
		for i := range x {
			y[i] = 3 * x[i]
		}
		in, want := s.Const32(autodiff.S(step.Batch), x), s.Const32(autodiff.S(step.Batch), y)
		return s.MeanAll(s.Square(s.Sub(s.Mul(in, s.Param(slope)), want))), nil
	})
	c := train.Default()
	c.Steps, c.Batch, c.LR, c.WarmupSteps, c.Decay = 300, 16, 0.1, 10, "cosine"
	t, err := train.New(train.Setup{Config: c, Params: []*autodiff.Param{slope}, Objective: loss})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := t.Run(context.Background())
	fmt.Printf("done %v after %d images, slope %.2f, %v\n", r.Done, r.Images, slope.Data()[0], err)
	// Output: done true after 4800 images, slope 3.00, <nil>
}

// Adam in a loop of one's own.
func ExampleAdam() {
	p := autodiff.NewParam("p", autodiff.S(2))
	adam, grads := train.NewAdam([]*autodiff.Param{p}), train.NewGradients([]*autodiff.Param{p})
	arena := autodiff.NewArena()
	for range 400 {
		s := arena.Scope(autodiff.Record, autodiff.F32)
		d := s.Sub(s.Param(p), s.Const32(autodiff.S(2), []float32{1, -2}))
		grads.Reset()
		grads.Accumulate(s, s.SumAll(s.Square(d)), 1)
		s.Close()
		adam.Step(0.05, grads)
	}
	fmt.Printf("%.2f\n", p.Data())
	// Output: [1.00 -2.00]
}

// A decay of 0.9999 a step of 128 images forgets half of a weight in 887 thousand images.
func ExampleHalfLife() {
	fmt.Printf("%.0f\n", train.HalfLife(0.9999, 128))
	// Output: 887184
}
