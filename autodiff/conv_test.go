package autodiff_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	. "tweedie/autodiff"
	"tweedie/autodiff/gradtest"
	"tweedie/internal/testkit"
)

var convCases = []struct {
	name string
	x, w Shape
	spec ConvSpec
}{
	{"1-D", S(2, 3, 7), S(4, 3, 3), ConvSpec{}},
	{"1-D strided, dilated, groups", S(2, 4, 11), S(6, 2, 3), ConvSpec{Stride: [3]int{2}, Dilation: [3]int{2}, PadLo: [3]int{1}, Groups: 2}},
	{"2-D same", S(2, 3, 4, 5), S(2, 3, 3, 3), SamePad(3)},
	{"2-D non-square, asymmetric", S(1, 2, 5, 7), S(3, 2, 2, 3), ConvSpec{PadLo: [3]int{0, 2}, PadHi: [3]int{1, 0}}},
	{"2-D stride 2", S(2, 2, 5, 6), S(3, 2, 3, 3), ConvSpec{Stride: [3]int{2, 2}, PadHi: [3]int{1, 1}}},
	{"2-D mixed stride, dilation", S(1, 2, 7, 6), S(2, 2, 3, 2), ConvSpec{Stride: [3]int{1, 2}, Dilation: [3]int{2, 3}, PadLo: [3]int{1, 1}}},
	{"2-D depthwise", S(2, 3, 4, 3), S(6, 1, 3, 3), func() ConvSpec { p := SamePad(3); p.Groups = 3; return p }()},
	{"2-D pointwise", S(2, 5, 3, 2), S(4, 5, 1, 1), ConvSpec{}},
	{"2-D skipping", S(1, 1, 6, 5), S(2, 1, 1, 1), ConvSpec{Stride: [3]int{2, 2}}},
	{"1-D upsampled", S(2, 2, 4), S(3, 2, 3), ConvSpec{PadLo: [3]int{1}, PadHi: [3]int{1}, Upsample: [3]int{3}}},
	{"2-D upsampled", S(2, 2, 3, 2), S(3, 2, 3, 3), doubled(SamePad(3))},
	{"2-D upsampled, strided, groups", S(1, 4, 3, 4), S(2, 2, 2, 3), ConvSpec{Stride: [3]int{2, 1}, PadLo: [3]int{1, 0}, PadHi: [3]int{0, 2}, Upsample: [3]int{2, 2}, Groups: 2}},
	{"3-D upsampled in a plane", S(1, 2, 2, 2, 3), S(2, 2, 1, 3, 3), ConvSpec{PadLo: [3]int{0, 1, 1}, PadHi: [3]int{0, 1, 1}, Upsample: [3]int{0, 2, 2}}},
	{"3-D", S(1, 2, 3, 4, 5), S(3, 2, 2, 3, 3), ConvSpec{PadLo: [3]int{0, 1, 1}, PadHi: [3]int{1, 1, 1}}},
	{"3-D strided, groups", S(2, 2, 4, 3, 5), S(2, 1, 2, 2, 3), ConvSpec{Stride: [3]int{2, 1, 2}, PadHi: [3]int{0, 1, 0}, Groups: 2}},
}

// doubled returns p for an input that is upsampled by 2 along every axis.
func doubled(p ConvSpec) ConvSpec {
	p.Upsample = [3]int{2, 2, 2}
	return p
}

func convRows() (rows []gradtest.Case) {
	for _, c := range convCases {
		y := convShape(c.x, c.w, c.spec)
		rows = append(rows,
			gradtest.Case{Name: "conv " + c.name, In: []Shape{c.x, c.w},
				F: func(s *Scope, x []Var) Var { return s.Conv(x[0], x[1], c.spec) }},
			gradtest.Case{Name: "conv_input_grad " + c.name, In: []Shape{y, c.w},
				F: func(s *Scope, x []Var) Var { return s.ConvInputGrad(x[0], x[1], c.spec, c.x) }},
			gradtest.Case{Name: "conv_weight_grad " + c.name, In: []Shape{c.x, y},
				F: func(s *Scope, x []Var) Var { return s.ConvWeightGrad(x[0], x[1], c.spec, c.w) }},
			gradtest.Case{Name: "conv_bias " + c.name, In: []Shape{c.x, c.w, S(c.w.Dim(0))},
				F: func(s *Scope, x []Var) Var { return s.ConvPlus(x[0], x[1], x[2], Var{}, c.spec) }},
			gradtest.Case{Name: "conv_plus shift, residual " + c.name, In: []Shape{c.x, c.w, S(c.x.Dim(0), c.w.Dim(0)), y},
				F: func(s *Scope, x []Var) Var { return s.ConvPlus(x[0], x[1], x[2], x[3], c.spec) }},
			gradtest.Case{Name: "conv_plus residual " + c.name, In: []Shape{c.x, c.w, y},
				F: func(s *Scope, x []Var) Var { return s.ConvPlus(x[0], x[1], Var{}, x[2], c.spec) }})
	}
	return append(rows, gradtest.Case{Name: "add_channel", In: []Shape{S(2, 3, 4), S(3)},
		F: func(s *Scope, x []Var) Var { return s.AddChannel(x[0], x[1]) }})
}

// convShape returns the shape of Conv's result.
func convShape(x, w Shape, p ConvSpec) Shape {
	s := NewArena().Scope(Plan, F64)
	defer s.Close()
	return s.Conv(s.Input(x), s.Input(w), p).Shape()
}

// TestConvAgainstDefinition evaluates the sum in the definition, index by index, in 3-D.
func TestConvAgainstDefinition(t *testing.T) {
	xs, ws := S(2, 4, 3, 4, 5), S(6, 2, 2, 3, 2)
	p := ConvSpec{Stride: [3]int{1, 2, 2}, PadLo: [3]int{1, 0, 2}, PadHi: [3]int{0, 1, 1}, Dilation: [3]int{1, 1, 2}, Groups: 2}
	s := NewArena().Scope(Eval, F64)
	defer s.Close()
	x, w := ramp(s, xs, 0.37), ramp(s, ws, 0.73)
	y := s.Conv(x, w, p)
	if want := S(2, 6, 3, 2, 3); y.Shape() != want {
		t.Fatalf("shape %v, want %v", y.Shape(), want)
	}
	xd, wd, yd := testkit.Values(x), testkit.Values(w), testkit.Values(y)
	i := 0
	for n := range 2 {
		for k := range 6 {
			for o := range 3 * 2 * 3 {
				pos := [3]int{o / 6, o / 3 % 2, o % 3}
				want := 0.0
				for c := range 2 {
					for tap := range 2 * 3 * 2 {
						off := [3]int{tap / 6, tap / 2 % 3, tap % 2}
						at, inside := 0, true
						for a := range 3 {
							q := p.Stride[a]*pos[a] + p.Dilation[a]*off[a] - p.PadLo[a]
							inside = inside && q >= 0 && q < xs.Dim(2+a)
							at = at*xs.Dim(2+a) + q
						}
						if inside {
							want += wd[(k*2+c)*12+tap] * xd[(n*4+k/3*2+c)*60+at]
						}
					}
				}
				if math.Abs(yd[i]-want) > 1e-12 {
					t.Fatalf("y[%d,%d,%v] = %v, want %v", n, k, pos, yd[i], want)
				}
				i++
			}
		}
	}
}

// TestConvPlusIsTheSum compares the one pass with convolution and sums; rounding differs.
func TestConvPlusIsTheSum(t *testing.T) {
	s := NewArena().Scope(Eval, F64)
	defer s.Close()
	x, w := ramp(s, S(2, 3, 8, 8), 0.37), ramp(s, S(4, 3, 3, 3), 0.73)
	b, r := ramp(s, S(2, 4), 0.51), ramp(s, S(2, 4, 8, 8), 0.29)
	got := testkit.Values(s.ConvPlus(x, w, b, r, SamePad(3)))
	want := testkit.Values(s.Add(s.Add(s.Conv(x, w, SamePad(3)), s.Reshape(b, S(2, 4, 1, 1))), r))
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-12 {
			t.Fatalf("element %d: %v, want %v", i, got[i], want[i])
		}
	}
}

func TestConvShapeErrors(t *testing.T) {
	for _, c := range []struct {
		x, w Shape
		p    ConvSpec
		want []string
	}{
		{S(2, 3, 8, 8), S(4, 5, 3, 3), ConvSpec{}, []string{"[2,3,8,8]", "[4,5,3,3]", "want weights [4,3,3,3]"}},
		{S(2, 4, 8), S(6, 4, 3), ConvSpec{Groups: 2}, []string{"want weights [6,2,3]"}},
		{S(2, 4, 8), S(5, 2, 3), ConvSpec{Groups: 2}, []string{"divisor"}},
		{S(2, 3, 8, 8), S(4, 3, 3), ConvSpec{}, []string{"as many axes"}},
		{S(3, 8), S(4, 3), ConvSpec{}, []string{"1, 2 or 3 spatial axes"}},
		{S(1, 1, 4), S(1, 1, 3), ConvSpec{Dilation: [3]int{2}}, []string{"reaches over 5", "at most 4"}},
		{S(1, 1, 4), S(1, 1, 3), ConvSpec{PadLo: [3]int{-1}}, []string{"slice"}},
		{S(1, 1, 4), S(1, 1, 3), ConvSpec{Stride: [3]int{-1}}, []string{"positive"}},
		{S(1, 1, 4), S(1, 1, 3), ConvSpec{Upsample: [3]int{-2}}, []string{"upsample -2", "positive"}},
		{S(1, 1, 4), S(1, 1, 9), ConvSpec{Upsample: [3]int{2}}, []string{"reaches over 9", "at most 8", "the input's 4, upsampled"}},
	} {
		mustShapeError(t, func(s *Scope) { s.Conv(s.Input(c.x), s.Input(c.w), c.p) }, c.want...)
	}
	mustShapeError(t, func(s *Scope) {
		s.ConvInputGrad(s.Input(S(1, 2, 5)), s.Input(S(2, 3, 3)), ConvSpec{}, S(1, 3, 8))
	}, "gives [1,2,6]", "have [1,2,5]")
	mustShapeError(t, func(s *Scope) {
		s.ConvInputGrad(s.Input(S(1, 2, 6)), s.Input(S(2, 3, 3)), ConvSpec{}, S(1, 4, 8))
	}, "[1,3,8]", "[1,4,8]")
	mustShapeError(t, func(s *Scope) {
		s.ConvWeightGrad(s.Input(S(1, 3, 8)), s.Input(S(1, 2, 6)), ConvSpec{}, S(2, 3, 4))
	}, "gives [1,2,5]")
	mustShapeError(t, func(s *Scope) {
		s.ConvPlus(s.Input(S(1, 3, 8)), s.Input(S(2, 3, 3)), s.Input(S(3)), Var{}, ConvSpec{})
	}, "bias of shape [2] or [1,2]", "[3]")
	mustShapeError(t, func(s *Scope) {
		s.ConvPlus(s.Input(S(1, 3, 8)), s.Input(S(2, 3, 3)), Var{}, s.Input(S(1, 2, 8)), ConvSpec{})
	}, "gives [1,2,6]", "[1,2,8]")
	mustShapeError(t, func(s *Scope) { s.AddChannel(s.Input(S(2, 3, 4)), s.Input(S(4))) }, "[2,3,4]", "[4]", "[C]")
}

// mustShapeError requires a *ShapeError that mentions every one of want.
func mustShapeError(t *testing.T, f func(s *Scope), want ...string) {
	t.Helper()
	var err error
	func() {
		defer Catch(&err)
		s := NewArena().Scope(Eval, F64)
		defer s.Close()
		f(s.Enter("net"))
	}()
	var e *ShapeError
	if !errors.As(err, &e) {
		t.Errorf("got %v, want a ShapeError", err)
		return
	}
	for _, w := range append(want, "net: ") {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

// ramp returns sin(k i) in row-major order.
func ramp(s *Scope, shape Shape, k float64) Var {
	d := make([]float64, shape.Size())
	for i := range d {
		d[i] = math.Sin(k * float64(i+1))
	}
	return s.Const64(shape, d)
}
