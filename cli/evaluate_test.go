package cli

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/internal/demo"
	"tweedie/internal/quality"
	"tweedie/problem"
	"tweedie/rng"
)

// rings writes n draws of ring16 and returns the path.
func rings(t *testing.T, dir, name, seed, n string) string {
	t.Helper()
	must(t, "sample", "--prior", "ring16", "--n", n, "--seed", seed, "--out", filepath.Join(dir, name))
	return filepath.Join(dir, name, "samples.npy")
}

// Of a closed form the numbers are known: fresh samples are as far from the test set as training samples are, copies are
// at distance 0 but for float32, and the ODE's density is the exact one.
func TestEvalOfAClosedForm(t *testing.T) {
	dir := t.TempDir()
	train, test := rings(t, dir, "train", "1", "1100"), rings(t, dir, "test", "2", "200")
	out := filepath.Join(dir, "out")
	common := []string{"eval", "--prior", "ring16", "--data", train, "--test", test, "--samples", "100", "--directions", "64", "--levels", "0", "--json"}
	var fresh, copied quality.Outcome
	decodeInto(t, must(t, append(common, "--elbo", "8", "--draws", "64", "--ode", "8", "--out", out)...), &fresh)
	decodeInto(t, must(t, append(common, "--elbo", "0", "--ode", "0", "--images", train)...), &copied)

	// N = 100 against 200 of one law: the distance is that of the floor to a third of it (4 standard errors of the floor
	// over sets, measured 0.08 of it).
	if !(math.Abs(fresh.SW2.Value-fresh.Floor.Value) < .33*fresh.Floor.Value) || fresh.Floor.SE == nil {
		t.Errorf("samples of the very law are %v away, and the floor is %v", fresh.SW2.Value, fresh.Floor.Value)
	}
	if ratio := fresh.Nearest.Mean.Value / fresh.TestNear.Mean.Value; !(ratio > .85 && ratio < 1.15) || fresh.Nearest.Below > .1 {
		t.Errorf("samples of the law: %+v, test images: %+v", fresh.Nearest, fresh.TestNear)
	}
	if n := copied.Nearest; n.Mean.Value > 1e-6 || n.Below < .999 || copied.TestNear.Median != fresh.TestNear.Median || copied.ELBO != nil || copied.ODE != nil {
		t.Errorf("copies of training images: %+v; test images: %+v and %+v", n, copied.TestNear, fresh.TestNear)
	}

	x, shape := floats(t, test)
	prior, err := problem.OpenPrior(problem.Prior{Name: "ring16"})
	if err != nil {
		t.Fatal(err)
	}
	exact, d := 0., len(x)/shape[0]
	for _, i := range rng.New(0).Split("density images", 0).Stream().Perm(shape[0])[:8] {
		exact += prior.Exact.LogDensity(x[i*d:(i+1)*d], 0) / 8
	}
	// The ODE is that of images with noise of t0 (sd .01), one probe for each of 8 images.
	if math.Abs(fresh.ODE.Nats.Value-exact) > 1 || fresh.ODE.Bits != nil {
		t.Errorf("the ODE says %v nats, the closed form %v", fresh.ODE.Nats.Value, exact)
	}
	if se := *fresh.ELBO.Nats.SE; fresh.ELBO.Nats.Value > exact+1+4*se || fresh.ELBO.Nats.Value < exact-20 {
		t.Errorf("the bound is %v nats, the closed form %v", fresh.ELBO.Nats.Value, exact)
	}
	for _, f := range []string{"results.json", "samples.png", "nearest.png"} {
		if info, err := os.Stat(filepath.Join(out, f)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", f, err)
		}
	}
}

func TestEvalMistakes(t *testing.T) {
	dir := t.TempDir()
	good := npy(t, dir, "good.npy", []int{12, 8, 8}, ramp)
	nine := npy(t, dir, "nine.npy", []int{3, 9, 9}, ramp)
	both := []string{"--data", good, "--test", good, "--samples", "4"}
	for want, args := range map[string][]string{
		"--data is missing: name a file or folder with images of shape [1,8,8]": {"--test", good},
		"--test is missing":                 {"--data", good},
		"[3,9,9] does not hold":             {"--data", good, "--test", nine},
		"--samples is 13; with these":       append(both, "--samples", "13"),
		"--elbo is 13; with these":          append(both, "--elbo", "13"),
		"--levels is 1; it must lie":        append(both, "--levels", "1"),
		"--directions is 0":                 append(both, "--directions", "0"),
		"--images: " + nine:                 append(both, "--images", nine),
		`--sampler is empty; kinds are`:     append(both, "--sampler", ""),
		"--out " + good + ": a file is in ": append(both, "--out", good),
	} {
		code, _, err := tweedie(t, append([]string{"eval", "--prior", "digits8"}, args...)...)
		if code != 1 || !strings.Contains(err, want) {
			t.Errorf("%v: code %d, %q; want %q", args, code, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code, _, err := tweedieIn(t, ctx, append([]string{"eval", "--prior", "digits8", "--elbo", "2", "--ode", "2"}, both...)...); code != 130 {
		t.Errorf("cancelled: code %d, %q", code, err)
	}
}

// Integers on disk are read with the prior's range; a finer code takes more bits, at most the logarithm of the levels'
// ratio, and bits follow from nats and the bin.
func TestEvalCountsBits(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "digits.npy")
	raw := make([]byte, 0, 16*64)
	for i := range 16 {
		c, err := demo.Carried(autodiff.S(1, 8, 8))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range c.Image(i, 0, 255) {
			raw = append(raw, byte(math.Round(v)))
		}
	}
	if err := checkpoints.SaveNPY(path, checkpoints.FromBytes("images", checkpoints.U8, []int{16, 8, 8}, raw)); err != nil {
		t.Fatal(err)
	}
	var fine, coarse quality.Outcome
	args := []string{"eval", "--prior", "digits8", "--data", path, "--test", path, "--samples", "4", "--directions", "8", "--elbo", "16", "--draws", "8", "--ode", "0", "--images", path, "--json"}
	decodeInto(t, must(t, append(args, "--levels", "256")...), &fine)
	decodeInto(t, must(t, append(args, "--levels", "17")...), &coarse)
	if gap := fine.ELBO.Bits.Value - coarse.ELBO.Bits.Value; !(gap > 0 && gap < math.Log2(256./17)) {
		t.Errorf("%v bits with 256 levels and %v with 17", fine.ELBO.Bits.Value, coarse.ELBO.Bits.Value)
	}
	for _, c := range []quality.Outcome{fine, coarse} {
		if bits := -c.ELBO.Nats.Value/64/math.Ln2 + math.Log2(float64(c.Levels)); math.Abs(bits-c.ELBO.Bits.Value) > 1e-9 {
			t.Errorf("%v nats are %v bits, not %v", c.ELBO.Nats.Value, c.ELBO.Bits.Value, bits)
		}
	}
}
