package cli

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/internal/kernel"
)

// An evaluation that is compared with another program's convolves directly unless it is told otherwise, and leaves the
// process as it was.
func TestApplyConvolvesDirectly(t *testing.T) {
	before := autodiff.DefaultConvolutions()
	folder := "../families/diffusers/testdata/ncsnpp_style"
	eval := func(name string, args ...string) []float64 {
		out := filepath.Join(t.TempDir(), name)
		must(t, append([]string{"ckpt", "apply", "--checkpoint", folder, "--x", folder + "/x.npy", "--t", folder + "/t.npy", "--out", out}, args...)...)
		a, err := checkpoints.ReadArray(out)
		if err != nil {
			t.Fatal(err)
		}
		v, err := a.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	apart := func(a, b []float64) (d float64) {
		top := 0.0
		for i := range a {
			d, top = math.Max(d, math.Abs(a[i]-b[i])), math.Max(top, math.Abs(b[i]))
		}
		return d / top
	}
	direct := eval("off.npy", "--winograd=off")
	if d := apart(eval("default.npy"), direct); d != 0 {
		t.Errorf("ckpt apply is %g away from the direct path", d)
	}
	if d := apart(eval("on.npy", "--winograd=on"), direct); d > 1e-4 || d == 0 && kernel.Path() != "generic" {
		t.Errorf("minimal filtering is %g away from the direct path", d)
	}
	if autodiff.DefaultConvolutions() != before {
		t.Error("a command changed the convolutions of the process")
	}
	if code, _, msg := tweedie(t, "zoo", "list", "--winograd=maybe"); code != 1 || !strings.Contains(msg, "want on or off") {
		t.Errorf("code %d, %q", code, msg)
	}
}
