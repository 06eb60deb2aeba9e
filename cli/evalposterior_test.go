package cli

import (
	"path/filepath"
	"strings"
	"testing"

	"tweedie/eval"
)

// TestEvalPosterior compares draws of a closed form with others, and with draws that are shifted.
func TestEvalPosterior(t *testing.T) {
	dir := t.TempDir()
	a, b := rings(t, dir, "a", "1", "60"), rings(t, dir, "b", "2", "150")
	common := []string{"eval", "posterior", "--reference", b, "--directions", "20", "--permutations", "450", "--max", "50", "--seed", "4"}
	var c eval.Comparison
	decodeInto(t, must(t, append(common, "--samples", a, "--json")...), &c)
	if c.Differs || c.Dim != 16 || c.Samples != 60 || c.Config.Directions != 20 || c.Config.Permutations != 450 || c.Pairs[1] != 50 || c.Config.Seed != 4 {
		t.Errorf("draws of one law: %+v", c)
	}
	x, shape := floats(t, a)
	off := npy(t, dir, "off.npy", shape, func(i int) float64 { return x[i] + 1 })
	if out := must(t, append(common, "--samples", off)...); !strings.Contains(out, "differs") || !strings.Contains(out, "The samples are not") {
		t.Errorf("shifted draws:\n%s", out)
	}
}

// TestLogprobMethods: bound, ODE and closed form of one image agree to the noise of t0 and their errors, gradients are
// written in the images' shape, and values far from the prior's are warned of.
func TestLogprobMethods(t *testing.T) {
	dir := t.TempDir()
	x, grad := rings(t, dir, "x", "1", "2"), filepath.Join(dir, "grad.npy")
	for _, method := range []string{"exact", "ode", "elbo"} {
		out := must(t, "logprob", "--prior", "ring16", "--images", x, "--method", method, "--draws", "32", "--grad", grad)
		if g, shape := floats(t, grad); !strings.Contains(out, method+": ") || len(g) != 32 || len(shape) != 4 || shape[0] != 2 || shape[3] != 16 || g[0] == 0 {
			t.Errorf("%s: gradient of shape %v, and\n%s", method, shape, out)
		}
	}
	far := npy(t, dir, "far.npy", []int{1, 8, 8}, func(i int) float64 { return float64(4 * i) })
	code, out, text := tweedie(t, "logprob", "--prior", "digits8", "--images", far, "--method", "elbo", "--draws", "2")
	if code != 0 || !strings.HasPrefix(text, "warning: the images have values from 0 to 252") || !strings.Contains(out, "elbo") {
		t.Errorf("code %d, %q, %q", code, out, text)
	}
	if code, _, text := tweedie(t, "logprob", "--prior", "ring16", "--images", x, "--grad", dir); code != 1 || !strings.Contains(text, "--grad") {
		t.Errorf("a folder for --grad: code %d, %q", code, text)
	}
}
