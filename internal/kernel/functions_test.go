package kernel

import (
	"fmt"
	"math"
	"testing"
)

// everywhere is float32 numbers from all of its range: every 8191st, all about the places where a kernel changes its
// way or its result saturates, denormals, and the special ones.
func everywhere() (x []float32) {
	for b := uint64(0); b < 1<<32; b += 8191 {
		x = append(x, math.Float32frombits(uint32(b)))
	}
	for _, v := range []float64{leastNormal, 0x1p-24, 0.1716, 1. / 3, math.Sqrt2 / 2, 1, math.Sqrt2, 8.8, 12, 13, 16.6, 20, 25, 80,
		87.3365, 88.0297, 88.7228, 89, 103.98, 104, 120, 0x1p23, 0x1p64, math.MaxFloat32} {
		for k := int32(-100); k <= 100; k++ {
			near := math.Float32frombits(uint32(int32(math.Float32bits(float32(v))) + k))
			x = append(x, near, -near)
		}
	}
	return append(x, 0, float32(math.Copysign(0, -1)), float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), 1e-40, -1e-45)
}

// TestFunctionErrors holds every function to the error that it states over all of its range.
func TestFunctionErrors(t *testing.T) {
	x := everywhere()
	var want [unaryOps][]float64
	got := make([]float32, len(x))
	onEveryPath(t, func(t *testing.T) {
		for op := range unaryOps {
			if fast.unary[op] == nil {
				continue
			}
			if want[op] == nil {
				for _, v := range x {
					want[op] = append(want[op], exactly(op, v))
				}
			}
			Unary(op, got, x)
			units, abs := bound(op)
			nearAt(t, op.String(), x, got, want[op], abs, units*0x1p-23)
		}
	})
}

// exactly is op(x) in float64; to arithmetic denormals are zeros.
func exactly(op UnaryOp, x float32) float64 {
	v := float64(x)
	if math.Abs(v) < leastNormal && op != Neg && op != Abs {
		v = math.Copysign(0, v)
	}
	w := exact[op](v)
	if math.IsInf(v, 0) {
		w = atInfinity(op, v, w)
	}
	return w
}

// nearAt is near with the argument in its message.
func nearAt(t *testing.T, what string, x, got []float32, want []float64, abs, rel float64) {
	t.Helper()
	for i, v := range x {
		if g, w := float64(got[i]), want[i]; !(math.Abs(g-w) <= abs+rel*math.Abs(w)) {
			near(t, fmt.Sprintf("%s(%v)", what, v), got[i:i+1], want[i:i+1], abs, rel)
		}
	}
}

// The kernels that hold a function and more give its bits where the rest does nothing, and the second derivative of
// silu is right to 3e-7.
func TestFusedFunctions(t *testing.T) {
	x := everywhere()
	one := make([]float32, len(x))
	for i, v := range x {
		one[i] = 1
		if math.Abs(float64(v)) < leastNormal { // not in a block of package par
			x[i] = 0
		}
	}
	want, got, curve := make([]float32, len(x)), make([]float32, len(x)), make([]float32, len(x))
	onEveryPath(t, func(t *testing.T) {
		unary(SiLU, want, x)
		affineSiLU(got, x, 1, 0, true)
		equal(t, "affineSiLU", x, got, want)
		unary(siluGrad, want, x)
		siluBack(got, one, x, 1, 0, 1)
		equal(t, "siluBack", x, got, want)
		copy(curve, one)
		siluCurve(curve, got, one, x, 1, 0)
		second := make([]float64, len(x))
		for i, v := range x {
			s, q, z := sigmoid(float64(v)), sigmoid(-float64(v)), min(max(float64(v), -1e9), 1e9)
			second[i] = s * q * (2 + z*(q-s))
			if v != v {
				second[i] = float64(v)
			}
		}
		nearAt(t, "silu'' of siluCurve", x, curve, second, 3e-7, 0)
		for i, v := range want {
			if d := math.Abs(float64(got[i] - v)); !(d <= 3e-7) && v == v {
				t.Fatalf("siluCurve: silu'(%v) = %v, want %v", x[i], got[i], v)
			}
		}
		if fast.unary[Exp] != nil {
			unary(Exp, want, x)
			expSum(got, x, 0)
			equal(t, "expSum", x, got, want)
		}
	})
}

// equal fails unless got is want bit for bit; one NaN is as good as another.
func equal(t *testing.T, what string, x, got, want []float32) {
	t.Helper()
	for i, w := range want {
		if math.Float32bits(got[i]) != math.Float32bits(w) && w == w {
			t.Fatalf("%s(%v) = %v, want %v", what, x[i], got[i], w)
		}
	}
}
