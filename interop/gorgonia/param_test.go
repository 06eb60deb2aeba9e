package gorgonia_test

import (
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	. "tweedie/autodiff"
	interop "tweedie/interop/gorgonia"
)

func TestParamSharesMemoryBothWays(t *testing.T) {
	p := NewParam("w", S(2, 2))
	d, err := interop.FromParam(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.SetAt(float32(5), 1, 0); err != nil {
		t.Fatal(err)
	}
	if p.Data()[2] != 5 {
		t.Errorf("the parameter is %v: it does not share", p.Data())
	}
	q, shared, err := interop.ToParam("v", d)
	if err != nil || !shared || q.Name() != "v" || q.Shape() != S(2, 2) {
		t.Fatalf("back it is %q %v, shared %v, error %v", q.Name(), q.Shape(), shared, err)
	}
	p.Data()[0] = 9
	if q.Data()[0] != 9 {
		t.Error("a parameter and the one over its tensor do not share")
	}
	r, shared, err := interop.ToParam("t", transposed(t, d))
	if err != nil || shared || !slices.Equal(r.Data(), []float32{9, 5, 0, 0}) {
		t.Errorf("of a transpose it is %v, shared %v, error %v", r.Data(), shared, err)
	}
}

func TestVars(t *testing.T) {
	for _, dt := range []DType{F32, F64} {
		s := NewArena().Scope(Eval, dt)
		v := s.Const64(S(2, 3), []float64{1, 2, 3, 4, 5, 6})
		d, err := interop.FromVar(v)
		if err != nil {
			t.Fatal(err)
		}
		v.Set64([]float64{1, 2, 3, 4, 5, 7})
		if got, _ := d.At(1, 2); got != any(float32(7)) && got != any(float64(7)) {
			t.Errorf("%v: the tensor holds %v after the Var was set: it does not share", dt, got)
		}
		w, err := interop.Const(s, transposed(t, d))
		if err != nil || w.Shape() != S(3, 2) {
			t.Fatalf("%v: %v", dt, err)
		}
		got := make([]float64, 6)
		if w.CopyTo64(got); !slices.Equal(got, []float64{1, 4, 2, 5, 3, 7}) {
			t.Errorf("%v: a transpose became %v", dt, got)
		}
		for _, d := range []*tensor.Dense{
			dense(t, S(2, 3), 6, 5, 4, 3, 2, 1),
			tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float32{6, 5, 4, 3, 2, 1})),
		} {
			if err := interop.Set(v, d); err != nil {
				t.Error(err)
			}
			if v.CopyTo64(got); !slices.Equal(got, []float64{6, 5, 4, 3, 2, 1}) {
				t.Errorf("%v: set from %v it is %v", dt, d.Dtype(), got)
			}
		}
		s.Close()
		if _, err := interop.FromVar(v); err == nil || !strings.Contains(err.Error(), "after its Scope was closed") {
			t.Errorf("the error of a closed Var is %v", err)
		}
	}
}

func TestVarErrors(t *testing.T) {
	s := NewArena().Scope(Eval, F64)
	defer s.Close()
	if err := interop.Set(s.Zeros(S(3, 2)), dense(t, S(2, 3), 1, 2, 3, 4, 5, 6)); err == nil || !strings.Contains(err.Error(), "[3,2]: the tensor has shape [2,3]") {
		t.Errorf("the error of another shape is %v", err)
	}
	ints := tensor.New(tensor.WithShape(2), tensor.Of(tensor.Int))
	if _, err := interop.Const(s, ints); err == nil || !strings.Contains(err.Error(), "of int, want float32 or float64") {
		t.Errorf("the error of integers is %v", err)
	}
	plan := NewArena().Scope(Plan, F32)
	defer plan.Close()
	if _, err := interop.FromVar(plan.Zeros(S(2))); err == nil || !strings.Contains(err.Error(), "Plan") {
		t.Errorf("the error of a planned Var is %v", err)
	}
}
