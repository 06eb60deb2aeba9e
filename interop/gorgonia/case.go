package gorgonia

import (
	"fmt"
	"math"
	"strings"

	gg "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"tweedie/autodiff"
	"tweedie/rng"
)

// TB is the part of testing.TB that Check uses, so that it can be tested on a wrong subject.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
}

// Case is one row of the comparison: a function in ops of this module, and the same function in Gorgonia's.
type Case struct {
	Name   string
	In     []autodiff.Shape
	Ours   func(s *autodiff.Scope, x []autodiff.Var) autodiff.Var
	Theirs func(x []*gg.Node) *gg.Node

	// Loss, where it is set, is <F(x), p> itself and Theirs is not used. It is for the adjoint of an op that
	// Gorgonia has: <A^T x, p> = <x, A p>. p has the shape of Ours.
	Loss func(x []*gg.Node, p *gg.Node) *gg.Node

	// Params are what Ours reads through Scope.Param. They are compared as the inputs are, and follow them in what
	// Theirs is given, under their shapes and widened to float64.
	Params []*autodiff.Param

	// Inputs are uniform in [Lo, Hi]; both zero means [-1, 1]. They are moved away from zero where Gap is positive:
	// |x| is at least Gap.
	Lo, Hi, Gap float64

	Tol  float64 // relative to the largest entry of a gradient; zero means 1e-12
	Seed uint64
}

// Used says which ops a case ran: those on the tape, whose gradients were compared, and those that only their rules
// ran, whose values entered the compared gradients.
type Used struct{ Compared, InRules map[string]bool }

// Check fails t unless the value and all first-order gradients of <F(x), p> are the same on both sides.
func Check(t TB, c Case) Used {
	t.Helper()
	if c.Lo == 0 && c.Hi == 0 {
		c.Lo, c.Hi = -1, 1
	}
	if c.Tol == 0 {
		c.Tol = 1e-12
	}
	used := Used{map[string]bool{}, map[string]bool{}}
	if err := c.compare(used); err != nil {
		t.Errorf("%s: %v", c.Name, err)
	}
	return used
}

func (c *Case) compare(used Used) error {
	x := c.inputs()
	ours, p, err := c.ours(x, used)
	if err != nil {
		return err
	}
	theirs, err := c.theirs(x, p)
	if err != nil {
		return err
	}
	for i := range ours {
		if len(ours[i]) != len(theirs[i]) {
			return fmt.Errorf("%s has %d elements here and %d in Gorgonia", c.part(i), len(ours[i]), len(theirs[i]))
		}
		scale := 0.0
		for _, v := range theirs[i] {
			scale = max(scale, math.Abs(v))
		}
		for j, v := range ours[i] {
			if d := math.Abs(v - theirs[i][j]); !(d <= c.Tol*max(scale, 1e-3)) {
				return fmt.Errorf("element %d of %s is %.17g here and %.17g in Gorgonia", j, c.part(i), v, theirs[i][j])
			}
		}
	}
	return nil
}

// part names entry i of what ours and theirs return.
func (c *Case) part(i int) string {
	switch i--; {
	case i < 0:
		return "the loss"
	case i < len(c.In):
		return fmt.Sprintf("the gradient in input %d", i)
	}
	return fmt.Sprintf("the gradient in %q", c.Params[i-len(c.In)].Name())
}

func (c *Case) inputs() [][]float64 {
	x := make([][]float64, len(c.In))
	for i, sh := range c.In {
		x[i] = make([]float64, sh.Size())
		st := rng.New(c.Seed).Split("x", i).Stream()
		for j := range x[i] {
			v := c.Lo + (c.Hi-c.Lo)*st.Float64()
			if math.Abs(v) < c.Gap {
				v = math.Copysign(c.Gap+math.Abs(v), v)
			}
			x[i][j] = v
		}
	}
	return x
}

// ours is the loss and its gradients by autodiff, and the direction p.
func (c *Case) ours(x [][]float64, used Used) (out [][]float64, p *tensor.Dense, err error) {
	defer autodiff.Catch(&err)
	arena := autodiff.NewArena()
	arena.Trace(func(call *autodiff.Call, module string) {
		if strings.Contains(module, "d(") {
			used.InRules[call.Op().Name] = true
		}
	})
	s := arena.Scope(autodiff.Record, autodiff.F64)
	defer s.Close()
	in := make([]autodiff.Var, len(x))
	for i := range x {
		in[i] = s.Watch(s.Const64(c.In[i], x[i]))
	}
	y := c.Ours(s, in)
	for _, q := range c.Params {
		in = append(in, s.Param(q))
	}
	for op := range s.Calls {
		used.Compared[op.Name] = true
	}
	dir := make([]float64, y.Size())
	rng.New(c.Seed).Split("p", 0).Stream().FillNorm(dir)
	if p, err = Dense(y.Shape(), dir); err != nil {
		return nil, nil, err
	}
	loss := s.Dot(y, s.Const64(y.Shape(), dir))
	grads := make([]autodiff.Var, len(in))
	s.Grad(loss, in, grads)
	out = append(out, []float64{loss.Scalar()})
	for _, g := range grads {
		d := make([]float64, g.Size())
		g.CopyTo64(d)
		out = append(out, d)
	}
	return out, p, nil
}

// theirs is the loss and its gradients by Gorgonia.
func (c *Case) theirs(x [][]float64, p *tensor.Dense) (out [][]float64, err error) {
	in := make([]*tensor.Dense, len(x))
	for i := range x {
		if in[i], err = Dense(c.In[i], x[i]); err != nil {
			return nil, err
		}
	}
	for _, q := range c.Params {
		wide := make([]float64, q.Shape().Size())
		for i, v := range q.Data() {
			wide[i] = float64(v)
		}
		d, err := Dense(q.Shape(), wide)
		if err != nil {
			return nil, fmt.Errorf("parameter %q: %w", q.Name(), err)
		}
		in = append(in, d)
	}
	loss, grads, err := Gradients(in, func(x []*gg.Node) *gg.Node {
		dir := Node(x[0].Graph(), "p", p)
		if c.Loss != nil {
			return c.Loss(x, dir)
		}
		return gg.Must(gg.Sum(gg.Must(gg.HadamardProd(c.Theirs(x), dir))))
	})
	if err != nil {
		return nil, err
	}
	out = append(out, []float64{loss})
	for _, g := range grads {
		data, _, _, err := Host[float64](g)
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}
