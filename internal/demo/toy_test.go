package demo

import (
	"math"
	"strings"
	"testing"

	"tweedie/infer"
	_ "tweedie/infer/dpnp"
)

// The known answer: with 1,000 samples of one seed, DPnP's weight of the lower mode is within 4 standard errors of .6956,
// sqrt(.6956 .3044/1000) = .0146, and its log evidence within 4 errors that it claims, of at most .02 nats, of -.24375. The
// line of the page tells both beside the exact numbers.
func TestToyHasTheRightWeights(t *testing.T) {
	p, post, evidence, err := toyProblem()
	if err != nil {
		t.Fatal(err)
	}
	kind, err := infer.KindOf("dpnp")
	if err != nil {
		t.Fatal(err)
	}
	res, err := kind.New(p, infer.Plane).Solve(t.Context(), p, infer.Run{Samples: 1000, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	toy := compareToy(res, post, evidence)
	t.Log(toy.line())
	if math.Abs(toy.Exact-.6956) > 1e-4 || math.Abs(toy.Evidence+.24375) > 1e-5 {
		t.Errorf("the exact weight is %g and log evidence %g", toy.Exact, toy.Evidence)
	}
	if math.Abs(toy.Weight-toy.Exact) > 4*.0146 {
		t.Errorf("the weight of the lower mode is %g, exact %g", toy.Weight, toy.Exact)
	}
	if e := res.Evidence; e == nil || e.Why != "" || e.StdErr > .02 || math.Abs(e.Value-evidence) > 4*e.StdErr {
		t.Errorf("the log evidence is %+v, exact %g", e, evidence)
	}
	for _, want := range []string{"(exact 0.696)", "log evidence -0.2", "(exact -0.244)"} {
		if !strings.Contains(toy.line(), want) {
			t.Errorf("no %q in %q", want, toy.line())
		}
	}
}
