package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/families/adm"
	"tweedie/internal/bench"
	"tweedie/internal/plan"
)

// planOf returns the predictions of plan for a network, by mode.
func planOf(t *testing.T, args ...string) map[string]plan.Prediction {
	t.Helper()
	var rows []plan.Prediction
	if err := json.Unmarshal([]byte(must(t, append([]string{"plan", "--json"}, args...)...)), &rows); err != nil {
		t.Fatal(err)
	}
	m := map[string]plan.Prediction{}
	for _, r := range rows {
		m[r.Mode] = r
	}
	return m
}

// The peak that plan predicts is that of the run, with and without recomputation; what it holds is near. A mode
// recomputes where its budget is below what it would hold, and has a problem where it is below what it holds then.
func TestPlanIsThePeakOfTheRun(t *testing.T) {
	config := fmt.Sprintf(tinyUNet[strings.Index(tinyUNet, "{"):], 1)
	within := func(budget string) map[string]plan.Prediction {
		return planOf(t, "--network", config, "--size", "16", "--batch", "3", "--mem", budget)
	}
	free, least := within("1GiB"), within("1KiB")
	n, err := planTarget("", "", config, noClass, 3, 16, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range plan.Modes {
		for _, want := range []plan.Prediction{free[m.Name], least[m.Name]} {
			n.Policy = autodiff.RematNone
			if want.Remat == "block" {
				n.Policy = autodiff.RematBlock
			}
			a := autodiff.NewArena()
			for range 2 {
				n.Step(m.Step)(a)
			}
			if got := plan.MiB(a.Peak()); got != want.Peak {
				t.Errorf("%s, remat %s: buffers of %.4f MiB at the peak, planned %.4f", m.Name, want.Remat, got, want.Peak)
			}
			if got := plan.MiB(a.Held()); got < 0.97*want.Held || got > 1.03*want.Held {
				t.Errorf("%s, remat %s: %.4f MiB held, planned %.4f", m.Name, want.Remat, got, want.Held)
			}
		}
		f, l, again := free[m.Name], least[m.Name], m.Step != "fwd"
		if f.Remat != "none" || f.Problem != "" || l.Problem == "" || again != (l.Remat == "block") || again != (l.Held < f.Held) {
			t.Errorf("%s: without a limit %+v, with the least %+v", m.Name, f, l)
		}
		if !again {
			continue
		}
		if p := within(fmt.Sprintf("%dKiB", int(1024*f.Held-.01)))[m.Name]; p.Remat != "block" || p.Problem != "" {
			t.Errorf("%s within less than %.4f MiB: %+v", m.Name, f.Held, p)
		}
	}
}

// The size of a process is near what plan predicts for it.
func TestPlanIsTheSizeOfTheProcess(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("peak memory is read on Linux")
	}
	cfg, err := adm.Yardstick(1, 32, []int{1, 2}, 1, []int{2}, 4)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"bench", "unet", "--mode", "divgrad", "--channels", "1", "--width", "32", "--mult", "1,2", "--blocks", "1", "--batch", "4", "--runs", "1"}
	text, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childVerb+"="+string(text))
	out, err := child.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got bench.Timing
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	want := planOf(t, "--network", cfg.String(), "--size", "32", "--batch", "4")["divgrad"]
	if r := float64(got.PeakRSS) / want.Process; r < 0.8 || r > 1.2 || got.Arena != want.Peak {
		t.Errorf("the process took %d MiB with buffers of %.2f, planned were %.0f and %.2f", got.PeakRSS, got.Arena, want.Process, want.Peak)
	}
}

func TestPlanErrors(t *testing.T) {
	for want, args := range map[string][]string{
		"--prior, --preset and --network": {},
		"512MiB or 4GiB":                  {"--preset", "blackhole", "--mem", "lots"},
		"--size":                          {"--network", fmt.Sprintf(tinyUNet[strings.Index(tinyUNet, "{"):], 1), "--size", "-1"},
		"preset \"no\" is unknown":        {"--preset", "no"},
		"--batch":                         {"--preset", "blackhole", "--batch", "0"},
	} {
		if code, _, msg := tweedie(t, append([]string{"plan"}, args...)...); code == 0 || !strings.Contains(msg, want) {
			t.Errorf("%v: code %d, %q; want %q", args, code, msg, want)
		}
	}
	// No weights are made for a plan: this network has 2 GiB of them.
	if p := planOf(t, "--preset", "256x256_diffusion_uncond")["forward"]; p.Weights < 2000 || p.Peak < 400 || p.Peak > 700 {
		t.Errorf("256x256: %+v", p)
	}
	// What fits in no way says what the least is.
	if p := planOf(t, "--preset", "blackhole", "--mem", "1MiB")["train"]; !strings.Contains(p.Problem, "at least") {
		t.Errorf("1 MiB: %+v", p)
	}
}
