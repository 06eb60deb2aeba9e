package autodiff_test

import (
	"math"
	"testing"

	. "tweedie/autodiff"
	"tweedie/internal/testkit"
)

// TestAttentionInBlocks compares values and gradients of rows in blocks with all rows at once.
func TestAttentionInBlocks(t *testing.T) {
	run := func(rows int) (out [4][]float64) {
		s := NewArena().Scope(Record, F64)
		defer s.Close()
		x := [3]Var{s.Watch(ramp(s, S(2, 9, 4), 0.37)), s.Watch(ramp(s, S(1, 5, 4), 0.73)), s.Watch(ramp(s, S(2, 5, 3), 0.51))}
		y := s.AttentionInBlocks(x[0], x[1], x[2], rows)
		var g [3]Var
		s.VJP([]Var{y}, []Var{ramp(s, y.Shape(), 0.29)}, x[:], g[:])
		for i, v := range [4]Var{y, g[0], g[1], g[2]} {
			out[i] = append([]float64(nil), testkit.Values(v)...)
		}
		return out
	}
	want := run(9)
	for _, rows := range []int{1, 2, 3, 4, 8} {
		for i, got := range run(rows) {
			for j := range want[i] {
				if math.Abs(got[j]-want[i][j]) > 1e-12 {
					t.Fatalf("blocks of %d rows: value %d of result %d is %v, want %v", rows, j, i, got[j], want[i][j])
				}
			}
		}
	}
}

// TestAttentionKeepsNoScores bounds the peak of memory of a gradient of long attention by half of the scores.
func TestAttentionKeepsNoScores(t *testing.T) {
	const n, d = 2048, 8
	f, err := Foresee(func(a *Arena) {
		s := a.Scope(Record, F32)
		defer s.Close()
		x := s.Watch(s.Input(S(n, d)))
		s.ChildMode(Eval).Grad1(s.SumAll(s.Attention(x, x, x)), x)
	})
	if err != nil {
		t.Fatal(err)
	}
	if most := n * n * 4 / 2; f.Peak > most {
		t.Errorf("a peak of %d bytes, want at most %d", f.Peak, most)
	}
}
