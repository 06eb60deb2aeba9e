package noises

import (
	"math"
	"testing"
)

// TestSpecialFunctions compares with scipy.special 1.17.1: i0e, i1e, and erfcx(z/sqrt(2)) sqrt(pi/2), on both sides of where
// a series changes.
func TestSpecialFunctions(t *testing.T) {
	first := func(x float64) float64 { v, _ := bessel(x); return v }
	second := func(x float64) float64 { _, v := bessel(x); return v }
	for _, r := range []struct {
		name    string
		f       func(x float64) float64
		x, want float64
	}{
		{"i0e", first, 5, 0.18354081260932834},
		{"i0e", first, 29.9, 0.07326921904600191},
		{"i0e", first, 30.1, 0.07302329413106094},
		{"i1e", second, 29.9, 0.0720333749118688},
		{"i1e", second, 30.1, 0.07179985435101434},
		{"i1e", second, 1000, 0.01261093025692863},
		{"i1e", second, 1e-3, 0.0004995003123542213},
		{"mills", mills, 0, 1.2533141373155001},
		{"mills", mills, 5, 0.19280810471531573},
		{"mills", mills, 13.9, 0.07157572955887695},
		{"mills", mills, 14.1, 0.0705705055256812},
		{"mills", mills, 1000, 0.000999999000003},
	} {
		if got := r.f(r.x); !(math.Abs(got-r.want) <= 1e-13*r.want) {
			t.Errorf("%s(%v) = %.16g, and scipy has %.16g", r.name, r.x, got, r.want)
		}
	}
}

// TestCellsJoin compares the three forms of a normal cell where they meet, and narrow cells with the density.
func TestCellsJoin(t *testing.T) {
	for _, at := range [][2]float64{{0, 1}, {.3, 1}, {3.9, 1}, {4, 1}, {40, .1}, {.5, 1}} {
		l1, f1, s1 := normalCell(at[0], at[1]*(1-1e-12))
		l2, f2, s2 := normalCell(at[0]*(1+1e-12), at[1]*(1+1e-12))
		if math.Abs(l1-l2) > 1e-9*(1+math.Abs(l1)) || math.Abs(f1-f2) > 1e-9*(1+math.Abs(f1)) || math.Abs(s1-s2) > 1e-9*(1+s1) {
			t.Errorf("forms of the cell at %v differ: %v %v %v and %v %v %v", at, l1, f1, s1, l2, f2, s2)
		}
	}
	log, first, second := normalCell(-2, 1e-9)
	if want := -2 - logRoot2Pi + math.Log(1e-9); math.Abs(log-want) > 1e-12 || math.Abs(first+2) > 1e-9 || math.Abs(second-4) > 1e-9 {
		t.Errorf("a narrow cell at -2 has %v %v %v", log-want, first, second)
	}
}
