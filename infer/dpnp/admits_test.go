package dpnp

import (
	"strings"
	"testing"

	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
	_ "tweedie/inverse/noises"
)

// TestAdmits: noise that takes positive numbers alone is refused before the run where the operator makes others of the prior's images,
// and an operator outside of its domain; an offset helps.
func TestAdmits(t *testing.T) {
	for _, c := range []struct{ op, noise, want string }{
		{`{"kind":"identity"}`, `{"kind":"gamma","looks":4}`, "noise of the kind gamma takes clean measurements above 0 alone, and the operator identity makes others"},
		{`{"kind":"identity"}`, `{"kind":"log-normal","sigma":0.2}`, `give the operator an offset, as in {"kind": "shift"`},
		{`{"kind":"shift","op":{"kind":"identity"},"offset":50}`, `{"kind":"gamma","looks":4}`, ""},
		{`{"kind":"pointwise","function":"log"}`, `{"kind":"gaussian","sigma":1}`, "the operator pointwise gives NaN"},
	} {
		p, _, _ := cases.Ring(t)
		op, err := inverse.Decode([]byte(c.op), p.Shape)
		if err != nil {
			t.Fatal(err)
		}
		noise, err := inverse.DecodeNoise([]byte(c.noise))
		if err != nil {
			t.Fatal(err)
		}
		y := make([]float64, op.OutShape().Size())
		for i := range y {
			y[i] = 50
		}
		if p.Likelihood, err = inverse.NewLikelihood(op, noise, y); err != nil {
			t.Fatal(err)
		}
		e, err := newEngine(t.Context(), Default(), p, infer.Run{Samples: 1})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.admits(); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %s: %v; want %q", c.op, c.noise, err, c.want)
		}
	}
}
