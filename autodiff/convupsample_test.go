package autodiff_test

import (
	"fmt"
	"math"
	"testing"

	. "tweedie/autodiff"
	"tweedie/internal/testkit"
)

// TestUpsampleIsUpNearest compares the convolution that upsamples with UpNearest and a convolution, and both
// gradients, bit for bit, in both element types; only the rounding of minimal filtering in F32 differs.
func TestUpsampleIsUpNearest(t *testing.T) {
	for _, dt := range []DType{F32, F64} {
		for _, c := range []struct {
			x, w Shape
			up   []int
		}{
			{S(3, 9, 7, 6), S(8, 9, 3, 3), []int{2, 2}},
			{S(2, 3, 5, 6), S(3, 3, 3, 3), []int{2, 1}},
			{S(2, 3, 9), S(4, 3, 5), []int{3}},
			{S(1, 4, 2, 3, 4), S(3, 4, 3, 3, 3), []int{1, 2, 2}},
		} {
			run := func(f func(s *Scope, x, w, b, r Var) Var) (all [4][]float64) {
				s := NewArena().Scope(Record, dt)
				defer s.Close()
				x, w := s.Watch(ramp(s, c.x, 0.37)), s.Watch(ramp(s, c.w, 0.73))
				spec := SamePad(c.w.Dim(2))
				copy(spec.Upsample[:], c.up)
				y := convShape(c.x, c.w, spec)
				b, r := s.Watch(ramp(s, S(c.x.Dim(0), c.w.Dim(0)), 0.19)), ramp(s, y, 0.31)
				out := f(s, x, w, b, r)
				var g [3]Var
				s.VJP([]Var{out}, []Var{ramp(s, y, 0.53)}, []Var{x, w, b}, g[:])
				return [4][]float64{testkit.Values(out), testkit.Values(g[0]), testkit.Values(g[1]), testkit.Values(g[2])}
			}
			spec := SamePad(c.w.Dim(2))
			want := run(func(s *Scope, x, w, b, r Var) Var { return s.ConvPlus(s.UpNearest(x, c.up...), w, b, r, spec) })
			copy(spec.Upsample[:], c.up)
			got := run(func(s *Scope, x, w, b, r Var) Var { return s.ConvPlus(x, w, b, r, spec) })
			for k, what := range []string{"y", "dx", "dw", "db"} {
				tol := 0.0
				if dt == F32 && k < 3 && c.x.Dim(1) > 3 {
					for _, v := range want[k] {
						tol = max(tol, 4e-5*math.Abs(v))
					}
				}
				for i := range want[k] {
					if d := math.Abs(got[k][i] - want[k][i]); !(d <= tol) {
						t.Fatalf("%v of %v by %v, upsampled by %v: %s[%d] is %v and %v", dt, c.x, c.w, c.up, what, i, got[k][i], want[k][i])
					}
				}
			}
		}
	}
}

// TestUpsampleKeepsNoArray runs a convolution of an upsampled image to few channels, forward and backward: neither
// the run nor its plan ever holds an array as large as the upsampled image.
func TestUpsampleKeepsNoArray(t *testing.T) {
	x, w := S(2, 16, 16, 16), S(1, 16, 3, 3)
	step := func(f func(s *Scope, x, w Var) Var) func(a *Arena) {
		return func(a *Arena) {
			s := a.Scope(Record, F32)
			defer s.Close()
			xv, wv := s.Watch(s.Full(x, 0.5)), s.Watch(s.Full(w, 0.25))
			y := f(s, xv, wv)
			var g [2]Var
			s.VJP([]Var{s.SumAll(y)}, []Var{s.Scalar(1)}, []Var{xv, wv}, g[:])
		}
	}
	peak := func(f func(a *Arena)) int {
		want, err := Foresee(f)
		if err != nil {
			t.Fatal(err)
		}
		a := NewArena()
		f(a)
		if a.Peak() != want.Peak {
			t.Errorf("the peak is %d, foreseen were %d bytes", a.Peak(), want.Peak)
		}
		return a.Peak()
	}
	fused := peak(step(func(s *Scope, x, w Var) Var { return s.Conv(x, w, doubled(SamePad(3))) }))
	apart := peak(step(func(s *Scope, x, w Var) Var { return s.Conv(s.UpNearest(x, 2), w, SamePad(3)) }))
	if large := 4 * 4 * x.Size(); fused >= large || apart < 2*large {
		t.Errorf("peaks of %d bytes and, with an array of %d, %d", fused, large, apart)
	}
}

func ExampleConvSpec() {
	s := NewArena().Scope(Eval, F64)
	defer s.Close()
	x, w := s.Const64(S(1, 1, 3), []float64{1, 2, 4}), s.Const64(S(1, 1, 3), []float64{1, 1, 1})
	p := SamePad(3)
	p.Upsample[0] = 2
	fmt.Println(s.Conv(x, w, p).Shape(), testkit.Values(s.Conv(x, w, p)))
	// Output: [1,1,6] [2 4 5 8 10 8]
}
