package autodiff_test

import (
	"strings"
	"testing"

	. "tweedie/autodiff"
)

func TestParamOverSharesItsData(t *testing.T) {
	data := []float32{1, 2, 3, 4}
	p := NewParamOver("w", S(2, 2), data)
	p.Data()[3] = 7
	if data[3] != 7 {
		t.Errorf("the data is %v: it was copied", data)
	}
	s := NewArena().Scope(Record, F64)
	defer s.Close()
	g := s.Grad1(s.SumAll(s.Square(s.Param(p))), s.Param(p))
	got := make([]float64, 4)
	if g.CopyTo64(got); got[3] != 14 {
		t.Errorf("the gradient of its squares is %v", got)
	}
	var err error
	func() {
		defer Catch(&err)
		NewParamOver("w", S(2, 3), data)
	}()
	if err == nil || !strings.Contains(err.Error(), `"w" has 6 elements of shape [2,3], the data 4`) {
		t.Errorf("the error is %v", err)
	}
}
