package cli

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/inverse"
)

// doubled is an operator of the caller's own whose adjoint or VJP is twice what it should be.
type doubled struct{ inverse.Base }

func (o *doubled) Apply(dst, x []float64) { copy(dst, x) }

type doubledLinear struct{ doubled }

func (o *doubledLinear) Adjoint(dst, y []float64) {
	for i, v := range y {
		dst[i] = 2 * v
	}
}

type doubledCurved struct{ doubled }

func (o *doubledCurved) VJP(dst, x, ct []float64) {
	for i, v := range ct {
		dst[i] = 2 * v
	}
}

type doubledConfig struct {
	Linear bool `json:"linear"`
}

func (doubledConfig) Kind() string                  { return "doubled-in-tests" }
func (doubledConfig) Validate(autodiff.Shape) error { return nil }
func (c doubledConfig) Build(in autodiff.Shape) (inverse.Operator, error) {
	o := doubled{inverse.BaseOf(c, in, in)}
	if c.Linear {
		return &doubledLinear{o}, nil
	}
	return &doubledCurved{o}, nil
}

func init() { inverse.Register(doubledConfig{}) }

// TestSolveTriesTheAdjoint: a wrong adjoint or VJP of an operator of the caller's own ends solve before the run, in the words of op check,
// also where the operator is a part of another.
func TestSolveTriesTheAdjoint(t *testing.T) {
	t.Chdir(t.TempDir())
	x := npy(t, ".", "x.npy", []int{1, 8, 8}, ramp)
	for op, want := range map[string]string{
		`{"kind":"doubled-in-tests","linear":true}`: "--op: doubled-in-tests: the adjoint is not the transpose",
		`{"kind":"compose","ops":[{"kind":"doubled-in-tests","linear":true},{"kind":"scale","factor":3,"op":{"kind":"identity"}}]}`: "the adjoint is 2 times the transpose, which is a factor of two",
		`{"kind":"doubled-in-tests"}`: "the VJP is not the transpose",
	} {
		code, _, msg := tweedie(t, "solve", "--image", x, "--op", op, "--out", "out")
		if code != 1 || !strings.Contains(msg, want) || strings.Count(msg, "\n") != 1 || isDir("out") {
			t.Errorf("%s: code %d, %q; want %q", op, code, msg, want)
		}
	}
}

// TestSolveNamesTheOperator: a measurement needs --op, and what was used stands in the first lines of the answer; a mask is told of.
func TestSolveNamesTheOperator(t *testing.T) {
	t.Chdir(t.TempDir())
	y := npy(t, ".", "y.npy", []int{1, 4, 4}, ramp)
	if code, _, msg := tweedie(t, "solve", "--y", y, "--sigma", "0.05", "--out", "out"); code != 1 || !strings.Contains(msg, "--op is missing: give the forward model that made --y") || isDir("out") {
		t.Errorf("code %d, %q", code, msg)
	}
	short := []string{"--method", "red-diff", "--config", `{"steps":2}`, "--samples", "1", "--out", "out"}
	lines := strings.Split(must(t, append([]string{"solve", "--simulate", "prior"}, short...)...), "\n")
	if want := `forward model {"cols":2,"kind":"block-average","rows":2}`; lines[1] != want {
		t.Errorf("the second line is %q, want %q", lines[1], want)
	}
	if err := os.WriteFile("masked.json", []byte(`{"prior":"digits8","operator":`+averaged+`,"noise":{"kind":"gaussian","sigma":0.05},"data":"y.npy","mask":[[1,1,1,1],[1,1,0,0],[0,1,1,1],[1,1,1,1]]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := must(t, append([]string{"solve", "--problem", "masked.json"}, short...)...); !strings.Contains(out, "note: 3 of 16 entries of the measurement are missing, by the mask\n") {
		t.Errorf("no note of the mask in %s", out)
	}
	if out := must(t, "op", "check", "masked.json"); !strings.Contains(strings.Join(strings.Fields(out), " "), "rank 13 of 13, by the singular values of its matrix, without the 3 of 16 entries of the data that are missing") {
		t.Errorf("op check does not tell of the mask: %s", out)
	}
}

// TestLeavingCancelled: work that does not look at its context is left when that ends, unless it has something to keep.
func TestLeavingCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	work := func() (int, error) {
		cancel()
		<-release
		return 7, nil
	}
	if v, err := leaving(ctx, nil, work); v != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("left: %d, %v", v, err)
	}
	kept := func() bool {
		close(release)
		return true
	}
	if v, err := leaving(ctx, kept, work); v != 7 || err != nil {
		t.Errorf("kept: %d, %v", v, err)
	}
	defer func() {
		if p := recover(); p != "a fault" {
			t.Errorf("a panic of the work became %v", p)
		}
	}()
	_, _ = leaving(t.Context(), nil, func() (int, error) { panic("a fault") })
}
