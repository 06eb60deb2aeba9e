package gorgonia_test

import (
	"bytes"
	"slices"
	"testing"

	gg "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	. "tweedie/autodiff"
	"tweedie/internal/testkit"
	interop "tweedie/interop/gorgonia"
)

// TestWhatIsAvoidedIsWrong holds the detours of the rows to their reason: each of these is wrong, or fails, in
// Gorgonia itself at the versions that go.mod pins. Where one is right some day, its row can be written plainly.
func TestWhatIsAvoidedIsWrong(t *testing.T) {
	for _, c := range []row{
		{Name: "InverseSqrt: the gradient", In: []Shape{S(7)}, Lo: 0.5, Hi: 2, Ours: one((*Scope).Rsqrt), Theirs: func(x []node) node { return gg.Must(gg.InverseSqrt(x[0])) }},
		{Name: "LogSumExp", In: []Shape{S(3, 5)}, Ours: one(func(s *Scope, x Var) Var { return s.LogSumExp(x, 1) }), Theirs: func(x []node) node { return gg.Must(gg.LogSumExp(x[0], 1)) }},
		{Name: "AveragePool2D: divides by the number of windows", In: []Shape{S(1, 1, 4, 6)}, Ours: one(func(s *Scope, x Var) Var { return s.AvgPool(x, 2) }), Theirs: func(x []node) node {
			return gg.Must(gg.AveragePool2D(x[0], []int{2, 2}, []int{0, 0}, []int{2, 2}))
		}},
		{Name: "Sum over axis 2 of rank 4", In: []Shape{S(2, 3, 4, 2)}, Ours: one(func(s *Scope, x Var) Var { return s.Sum(x, 2) }), Theirs: func(x []node) node { return gg.Must(gg.Sum(x[0], 2)) }},
		{Name: "Reshape: shares memory that is overwritten", In: []Shape{S(4, 3), S(2, 6)},
			Ours: two(func(s *Scope, a, b Var) Var {
				return s.Mul(s.Reshape(s.Exp(a), S(2, 6)), b)
			}),
			Theirs: func(x []node) node {
				return gg.Must(gg.HadamardProd(gg.Must(gg.Reshape(gg.Must(gg.Exp(x[0])), []int{2, 6})), x[1]))
			}},
	} {
		var r testkit.Recorder
		if interop.Check(&r, c); len(r) == 0 {
			t.Errorf("%s is right", c.Name)
		} else {
			t.Log(r[0])
		}
	}
}

// The same of package tensor, where Compact is the detour.
func TestViewsAreWrongUntilCompact(t *testing.T) {
	view := slice(t, dense(t, S(3, 4), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), nil, tensor.S(1, 3))
	compact, err := interop.Compact(view)
	if err != nil {
		t.Fatal(err)
	}
	id := dense(t, S(2, 2), 1, 0, 0, 1)
	want := []float64{1, 2, 5, 6, 9, 10}
	for _, c := range []struct {
		name  string
		d     *tensor.Dense
		right bool
	}{{"a view", view, false}, {"its compact copy", compact, true}} {
		y, err := c.d.MatMul(id)
		if err != nil {
			t.Fatal(err)
		}
		if got := y.Float64s(); slices.Equal(got, want) != c.right {
			t.Errorf("the product of %s with the unit matrix is %v", c.name, got)
		}
		var file bytes.Buffer
		if err := c.d.WriteNpy(&file); err != nil {
			t.Fatal(err)
		}
		read := tensor.New(tensor.Of(tensor.Float64))
		if err := read.ReadNpy(&file); (err == nil && slices.Equal(read.Float64s(), want)) != c.right {
			t.Errorf("%s is read back as %v, error %v", c.name, read, err)
		}
	}
}
