package train

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
)

// at returns a function that poisons the hidden layer from the given step and micro-batch on.
func at(step int64, micro int, f func(s *autodiff.Scope, h autodiff.Var) autodiff.Var) func(Step, *autodiff.Scope, autodiff.Var) autodiff.Var {
	return func(st Step, s *autodiff.Scope, h autodiff.Var) autodiff.Var {
		if st.Index < step || st.Micro != micro {
			return h
		}
		c := s.Enter("gate")
		y := f(c, h)
		c.Close(y)
		return y
	}
}

// TestNonFiniteStops checks that the step that meets NaN or Inf is undone, that the module and the op are named, and
// that the state on disk is the state of a run that ended just before it.
func TestNonFiniteStops(t *testing.T) {
	c := toyConfig()
	c.Decay = "constant"
	short := c
	short.Steps = 12
	want, _, _ := whole(t, short)
	for _, test := range []struct {
		name     string
		f        func(s *autodiff.Scope, h autodiff.Var) autodiff.Var
		quantity string
		module   string
		op       string
	}{
		{"loss", func(s *autodiff.Scope, h autodiff.Var) autodiff.Var {
			return s.Log(s.AddScalar(h, -2))
		}, "loss", "net.in.gate", "log"},
		{"infinite loss", func(s *autodiff.Scope, h autodiff.Var) autodiff.Var {
			return s.Exp(s.AddScalar(h, 200))
		}, "loss", "net.in.gate", "exp"},
		{"gradient", func(s *autodiff.Scope, h autodiff.Var) autodiff.Var {
			return s.Sqrt(s.Scale(h, 0)) // 0, with an infinite derivative
		}, "gradient's norm", "d(net.in.gate.sqrt)", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			n := newToy()
			n.poison = at(13, 1, test.f)
			r, err := mustNew(t, n.setup(c, dir)).Run(context.Background())
			var bad *NonFiniteError
			if !errors.As(err, &bad) {
				t.Fatal(err)
			}
			if bad.Step != 13 || bad.Micro != 1 || bad.Quantity != test.quantity || finite(bad.Value) || r.Step != 12 || r.Done {
				t.Errorf("%+v, %+v", bad, r)
			}
			if len(bad.Origins) == 0 || !strings.HasPrefix(bad.Origins[0].Module, test.module) || test.op != "" && bad.Origins[0].Op != test.op {
				t.Errorf("traced to %+v, want op %q in %q", bad.Origins, test.op, test.module)
			}
			if !strings.Contains(err.Error(), test.module) {
				t.Errorf("the error %q does not name the module", err)
			}
			if !sameArrays(t, stateBytes(t, dir), want) {
				t.Error("the state kept is not that before the step")
			}
		})
	}
}

// sameArrays compares the arrays of two states; their lengths and held-out losses may differ.
func sameArrays(t *testing.T, a, b []byte) bool {
	t.Helper()
	x, err := checkpoints.Read(bytes.NewReader(a), int64(len(a)))
	if err != nil {
		t.Fatal(err)
	}
	y, err := checkpoints.Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(x.Names(), y.Names()) {
		return false
	}
	for _, p := range x.Tensors() {
		q, _ := y.Tensor(p.Name)
		u, _ := p.Bytes()
		v, _ := q.Bytes()
		if !bytes.Equal(u, v) {
			t.Logf("%s differs", p.Name)
			return false
		}
	}
	return true
}

func TestBadDataIsNamedAsInput(t *testing.T) {
	n := newToy()
	n.poison = at(3, 0, func(s *autodiff.Scope, h autodiff.Var) autodiff.Var {
		return s.Mul(h, s.Full(h.Shape(), math.Inf(1)))
	})
	_, err := mustNew(t, n.setup(toyConfig(), t.TempDir())).Run(context.Background())
	var bad *NonFiniteError
	if !errors.As(err, &bad) || len(bad.Origins) == 0 || bad.Origins[0].Op != "mul" || bad.Origins[0].Input != 1 {
		t.Errorf("%v", err)
	}
}

// TestBadWeightsAreNotSaved checks that a weight that is not finite is named, and never written over a good state.
func TestBadWeightsAreNotSaved(t *testing.T) {
	dir := t.TempDir()
	n := newToy()
	c := toyConfig()
	s := n.setup(c, dir)
	s.Progress = func(p Progress) {
		if p.Step == 7 {
			n.w2.Data()[5] = float32(math.Inf(-1))
			n.w2.Touch()
		}
	}
	_, err := mustNew(t, s).Run(context.Background())
	var bad *NonFiniteError
	if !errors.As(err, &bad) || !strings.Contains(err.Error(), `"out.weight"`) {
		t.Fatal(err)
	}
	if tr := mustNew(t, newToy().setup(c, dir)); tr.Step() != 5 {
		t.Errorf("the state on disk is of step %d, want the last good one, 5", tr.Step())
	}
}

func TestBadHeldOutStops(t *testing.T) {
	dir := t.TempDir()
	n := newToy()
	n.poison = func(st Step, s *autodiff.Scope, h autodiff.Var) autodiff.Var {
		if !st.Train && st.Index > 10 {
			return s.Log(s.Neg(s.Square(h)))
		}
		return h
	}
	_, err := mustNew(t, n.setup(toyConfig(), dir)).Run(context.Background())
	var bad *NonFiniteError
	if !errors.As(err, &bad) || bad.Quantity != "held-out loss" || len(bad.Origins) != 1 || bad.Origins[0].Op != "log" {
		t.Fatal(err)
	}
	if tr := mustNew(t, newToy().setup(toyConfig(), dir)); tr.Step() != 13 {
		t.Errorf("the state on disk is of step %d, want 13", tr.Step())
	}
}

// TestTooLargeAGradientStops checks gradients that are finite and whose squares are not: they would stop Adam for ever
// without a sound.
func TestTooLargeAGradientStops(t *testing.T) {
	c := toyConfig()
	c.Clip = 0
	n := newToy()
	n.poison = at(4, 0, func(s *autodiff.Scope, h autodiff.Var) autodiff.Var {
		return s.Sub(s.Scale(h, 1e21), s.Scale(s.StopGradient(h), 1e21))
	})
	_, err := mustNew(t, n.setup(c, t.TempDir())).Run(context.Background())
	var bad *NonFiniteError
	if !errors.As(err, &bad) || !finite(bad.Value) || bad.Value < 1e19 || !strings.Contains(err.Error(), "too large") {
		t.Errorf("%v", err)
	}
}

func TestObjectiveErrorsAreReturnedAndTheStateKept(t *testing.T) {
	dir := t.TempDir()
	n := newToy()
	cause := errors.New("the disk is gone")
	s := n.setup(toyConfig(), dir)
	s.Progress = func(p Progress) {
		if p.Step == 8 {
			n.fail = cause
		}
	}
	r, err := mustNew(t, s).Run(context.Background())
	if !errors.Is(err, cause) || r.Step != 8 || !strings.Contains(err.Error(), "step 9") {
		t.Errorf("%+v, %v", r, err)
	}
	if tr := mustNew(t, newToy().setup(toyConfig(), dir)); tr.Step() != 8 {
		t.Errorf("resumed at %d", tr.Step())
	}
	s = newToy().setup(toyConfig(), "")
	s.Path, s.Stats = "", ""
	s.Objective = ObjectiveFunc(func(s *autodiff.Scope, step Step) (autodiff.Var, error) {
		return s.Add(s.Ones(autodiff.S(2)), s.Ones(autodiff.S(3))), nil
	})
	if _, err := mustNew(t, s).Run(context.Background()); err == nil || !strings.Contains(err.Error(), "[2]") {
		t.Errorf("a shape error came back as %v", err)
	}
	s.Objective = ObjectiveFunc(func(s *autodiff.Scope, step Step) (autodiff.Var, error) {
		return s.Ones(autodiff.S(2)), nil
	})
	if _, err := mustNew(t, s).Run(context.Background()); err == nil || !strings.Contains(err.Error(), "scalar") {
		t.Errorf("a loss of two elements came back as %v", err)
	}
}
