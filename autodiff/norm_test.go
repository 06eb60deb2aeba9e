package autodiff_test

import (
	"math"
	"testing"

	. "tweedie/autodiff"
	"tweedie/autodiff/gradtest"
	"tweedie/internal/testkit"
)

func otherNormRows() []gradtest.Case {
	return []gradtest.Case{
		{Name: "layer_norm", In: []Shape{S(2, 3, 5), S(5), S(5)}, F: func(s *Scope, x []Var) Var { return s.LayerNorm(x[0], x[1], x[2], 1e-2) }},
		{Name: "layer_norm plain", In: []Shape{S(7)}, F: func(s *Scope, x []Var) Var { return s.LayerNorm(x[0], Var{}, Var{}, 1e-2) }},
		{Name: "batch_norm training", In: []Shape{S(3, 2, 4), S(2), S(2)}, F: func(s *Scope, x []Var) Var {
			m, v := s.BatchMoments(x[0])
			return s.BatchNorm(x[0], m, v, x[1], x[2], 1e-2)
		}},
		{Name: "batch_norm training, flat", In: []Shape{S(5, 3)}, F: func(s *Scope, x []Var) Var {
			m, v := s.BatchMoments(x[0])
			return s.BatchNorm(x[0], m, v, Var{}, Var{}, 1e-2)
		}},
		{Name: "batch_norm running", In: []Shape{S(2, 3, 2, 2), S(3), S(3), S(3), S(3)}, Lo: 0.5, Hi: 2, F: func(s *Scope, x []Var) Var {
			return s.BatchNorm(x[0], x[1], x[2], x[3], x[4], 1e-2)
		}},
		{Name: "attention", In: []Shape{S(2, 3, 4), S(2, 5, 4), S(2, 5, 3)}, F: func(s *Scope, x []Var) Var { return s.Attention(x[0], x[1], x[2]) }},
		{Name: "attention in blocks of 2 rows", In: []Shape{S(2, 7, 4), S(2, 5, 4), S(5, 3)}, F: func(s *Scope, x []Var) Var { return s.AttentionInBlocks(x[0], x[1], x[2], 2) }},
		{Name: "attention, shared keys", In: []Shape{S(2, 1, 3, 2), S(4, 2), S(4, 3)}, F: func(s *Scope, x []Var) Var { return s.Attention(x[0], x[1], x[2]) }},
	}
}

// TestNormsStandardise checks mean 0 and variance 1 over the axes of each norm, and attention's rows.
func TestNormsStandardise(t *testing.T) {
	s := NewArena().Scope(Eval, F64)
	defer s.Close()
	x := s.AddScalar(s.Scale(ramp(s, S(4, 6, 5), 0.9), 3), 2)
	m, v := s.BatchMoments(x)
	for _, c := range []struct {
		name string
		y    Var
		axes []int
	}{
		{"group_norm", s.Reshape(s.GroupNorm(x, Var{}, Var{}, 2, 0, false), S(4, 2, 15)), []int{2}},
		{"layer_norm", s.LayerNorm(x, Var{}, Var{}, 0), []int{2}},
		{"batch_norm", s.BatchNorm(x, m, v, Var{}, Var{}, 0), []int{0, 2}},
	} {
		for i, mean := range testkit.Values(s.Mean(c.y, c.axes...)) {
			if variance := at(s.Mean(s.Square(c.y), c.axes...), i); math.Abs(mean) > 1e-13 || math.Abs(variance-1) > 1e-13 {
				t.Errorf("%s: entry %d has mean %v and variance %v", c.name, i, mean, variance)
			}
		}
	}
	// A key far from all others gets all the attention.
	y := s.Attention(s.Const64(S(1, 1), []float64{50}), s.Const64(S(3, 1), []float64{-1, 0, 1}), s.Const64(S(3, 2), []float64{1, 2, 3, 4, 5, 6}))
	if got := testkit.Values(y); math.Abs(got[0]-5) > 1e-12 || math.Abs(got[1]-6) > 1e-12 {
		t.Errorf("attention is %v, want [5 6]", got)
	}
	// Scores of ln 1 and ln 3 give the weights 1/4 and 3/4.
	y = s.Attention(s.Const64(S(1, 4), []float64{2, 0, 0, 0}), s.Const64(S(2, 4), []float64{0, 9, 9, 9, math.Log(3), 9, 9, 9}), s.Const64(S(2, 1), []float64{0, 1}))
	if got := y.Scalar(); math.Abs(got-0.75) > 1e-15 {
		t.Errorf("attention is %v, want 0.75", got)
	}
	mustShapeError(t, func(s *Scope) {
		s.BatchNorm(s.Input(S(2, 3)), s.Input(S(2)), s.Input(S(3)), Var{}, Var{}, 0)
	}, "[2,3]", "[2]", "each channel")
}
