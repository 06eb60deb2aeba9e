package problem

import (
	"strings"
	"testing"
)

// TestMagnitude: what is too large is judged beside the operator's gain and the noise, and what a mask leaves out is not
// judged.
func TestMagnitude(t *testing.T) {
	dir := t.TempDir()
	writeNPY(t, dir, "y.npy", []int{1, 8, 8}, func(i int) float64 {
		if i == 5 {
			return 1e14
		}
		return 0
	})
	writeNPY(t, dir, "mask.npy", []int{1, 8, 8}, func(i int) float64 { return float64(min(1, max(i-5, 5-i))) })
	for _, c := range []struct {
		op, sigma, mask string
		refused         bool
	}{
		{`{"kind":"identity"}`, "0.1", "", true},
		{`{"kind":"identity"}`, "0.1", `,"mask":"mask.npy"`, false},
		{`{"kind":"identity"}`, "1000", "", false},
		{`{"kind":"scale","factor":1000,"op":{"kind":"identity"}}`, "0.1", "", false},
	} {
		text := `{"prior":"digits8","operator":` + c.op + `,"noise":{"kind":"gaussian","sigma":` + c.sigma + `},"data":"y.npy"` + c.mask + `}`
		_, err := Open(t.Context(), write(t, dir, "problem.json", text))
		if refused := err != nil && strings.Contains(err.Error(), "as entry 5"); refused != c.refused || (err != nil) != refused {
			t.Errorf("%s: %v", text, err)
		}
	}
}
