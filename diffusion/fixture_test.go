package diffusion

import (
	"bytes"
	"math"
	"os"
	"testing"

	"tweedie/internal/npy"
)

// fixture reads an array of testdata, see its README.md for where it comes from.
func fixture(t *testing.T, name string) []float64 {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name + ".npy")
	if err != nil {
		t.Fatal(err)
	}
	r := bytes.NewReader(raw)
	h, err := npy.ReadHeader(r)
	if err != nil {
		t.Fatal(err)
	}
	body, err := npy.ReadBody(r, h)
	if err != nil {
		t.Fatal(err)
	}
	v := make([]float64, h.Count)
	npy.Float64s(v, h.Kind, h.Size, body)
	return v
}

// near fails unless got = want to the relative tolerance tol.
func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*math.Max(math.Abs(want), math.SmallestNonzeroFloat64)) && got != want {
		t.Errorf("%s = %.12g, want %.12g to %.0e", what, got, want, tol)
	}
}

// within fails unless |got - want| <= tol.
func within(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s = %.12g, want %.12g within %.2g (off by %.3g)", what, got, want, tol, got-want)
	}
}

func nearAll(t *testing.T, what string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d entries, want %d", what, len(got), len(want))
	}
	for i := range want {
		near(t, what, got[i], want[i], tol)
	}
}
