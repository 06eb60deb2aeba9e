package cli

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/internal/bench"
	"tweedie/internal/kernel"
)

// smallYardstick holds flags for a network that is timed in milliseconds.
var smallYardstick = []string{"--size", "8", "--channels", "1", "--width", "32", "--mult", "1,2", "--blocks", "1", "--attn", "2", "--batch", "2", "--runs", "1", "--threads", "1"}

// timingOf reads the one line of JSON that a benchmark prints.
func timingOf(t *testing.T, args ...string) bench.Timing {
	t.Helper()
	out := must(t, append([]string{"bench"}, args...)...)
	if strings.Count(out, "\n") != 1 {
		t.Fatalf("%v printed %q, want one line", args, out)
	}
	var r bench.Timing
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	if !(r.Median > 0) || r.Least > r.Median || r.Params == 0 || r.Kernels == "" || r.Above != r.PeakRSS-r.StartRSS {
		t.Errorf("%v: %+v", args, r)
	}
	return r
}

// Every benchmark runs and prints its keys.
func TestBenchmarks(t *testing.T) {
	for _, args := range [][]string{{"logprob"}, {"sample"}, {"red-diff"}, {"dpnp"}, {"dpi"}} {
		args = append(args, "--batch", "2", "--runs", "1", "--steps", "2", "--threads", "1")
		if r := timingOf(t, args...); r.Mode != args[0] || r.Batch != 2 || r.Runs != 1 {
			t.Errorf("%v: %+v", args, r)
		}
	}
	timingOf(t, "realnvp", "--size", "4", "--batch", "4", "--runs", "1", "--flows", "2")
	timingOf(t, "load", "--width", "32", "--mult", "1", "--blocks", "1", "--attn", "1", "--runs", "1")
	for _, mode := range bench.Modes {
		r := timingOf(t, append([]string{"unet", "--mode", mode}, smallYardstick...)...)
		if r.Error == nil || !(*r.Error < 1e-4) || *r.Error == 0 || r.Arena <= 0 || r.Held < r.Arena {
			t.Errorf("%s: %+v", mode, r)
		}
	}
	if r := timingOf(t, append([]string{"unet", "--winograd", "off"}, smallYardstick...)...); r.Winograd || autodiff.DefaultConvolutions() != autodiff.Winograd {
		t.Errorf("without minimal filtering: %+v, and after it %v", r, autodiff.DefaultConvolutions())
	}
	if r := timingOf(t, append([]string{"unet", "--mode", "vjp", "--mem", "480KiB"}, smallYardstick...)...); r.Remat != "block" || r.Held > 480.0/1024 {
		t.Errorf("within 480 KiB: %+v", r)
	}
}

// The shares of the ops add up, and the calls of a training step are those of its rules too.
func TestBenchOps(t *testing.T) {
	out := must(t, append([]string{"bench", "unet", "--ops", "--json", "--mode", "train"}, smallYardstick...)...)
	_, list, _ := strings.Cut(out, "\n")
	var rows []bench.OpTime
	if err := json.Unmarshal([]byte(list), &rows); err != nil {
		t.Fatal(err)
	}
	share, calls := 0.0, map[string]float64{}
	for i, r := range rows {
		share += r.Share
		calls[r.Op] += r.Calls
		if r.Millis < 0 || i > 0 && r.Millis > rows[i-1].Millis {
			t.Errorf("row %d: %+v", i, r)
		}
	}
	if math.Abs(share-1) > 1e-9 || calls["rest"] != 1 || calls["conv_plus"] == 0 || calls["conv_weight_grad"] != calls["conv_plus"] {
		t.Errorf("shares add up to %v; calls %v", share, calls)
	}
	if table := must(t, append([]string{"bench", "unet", "--ops"}, smallYardstick...)...); !strings.Contains(table, "conv_plus") || !strings.Contains(table, "ms a call") {
		t.Errorf("no table in %q", table)
	}
}

func TestBenchErrors(t *testing.T) {
	for want, args := range map[string][]string{
		"must lie between 2":   {"sample", "--steps", "1"},
		"--mode \"no\"":        {"unet", "--mode", "no"},
		"the step needs":       append([]string{"unet", "--mode", "vjp", "--mem", "1kB"}, smallYardstick...),
		"--script is missing":  {"compare"},
		"want a line of JSON":  append([]string{"compare", "--python", "", "--script", "/bin/echo", "--mode", "fwd", "--rounds", "1"}, smallYardstick...),
		"no-such-file":         {"load", "--checkpoint", "no-such-file"},
		"--rounds is 0":        {"compare", "--script", "x", "--rounds", "0"},
		"want a size such as ": {"unet", "--mem", "-4GiB"},
		"want on or off":       {"unet", "--winograd", "maybe"},
	} {
		os.Setenv(childVerb, childArgs(smallYardstick))
		code, _, msg := tweedie(t, append([]string{"bench"}, args...)...)
		os.Unsetenv(childVerb)
		if code == 0 || !strings.Contains(msg, want) {
			t.Errorf("%v: code %d, %q; want %q", args, code, msg, want)
		}
	}
}

// childArgs makes a process of this test binary time the yardstick, whatever its arguments are.
func childArgs(flags []string) string {
	text, err := json.Marshal(append([]string{"bench", "unet"}, flags...))
	if err != nil {
		panic(err)
	}
	return string(text)
}

// The comparison takes the faster way of the other side, medians of both, and their ratio.
func TestBenchCompare(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "peer.sh")
	text := `#!/bin/sh
echo "a warning"
case "$*" in
*--mode\ fwd*--batch\ 2*--fast) echo '{"engine":"peer","ms_per_image":2000,"ms_per_image_min":1,"peak_rss_mib":4000}' ;;
*) echo '{"engine":"peer","ms_per_image":3000,"ms_per_image_min":1,"peak_rss_mib":5000}' ;;
esac
`
	if err := os.WriteFile(script, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv(childVerb, childArgs(smallYardstick))
	out := must(t, append([]string{"bench", "compare", "--python", "sh", "--script", script, "--variant", "", "--variant", "--fast", "--mode", "fwd", "--rounds", "2"}, smallYardstick...)...)
	var c bench.Comparison
	if err := json.Unmarshal([]byte(out), &c); err != nil {
		t.Fatal(fmt.Errorf("%w: %q", err, out))
	}
	if c.Peer.MS != 2000 || c.PeerArgs != "--fast" || c.Peer.RSS != 4000 || c.Rounds != 2 || c.Ours.RSS <= 0 ||
		c.Time != c.Ours.MS/2000 || c.Memory != c.Ours.RSS/4000 {
		t.Errorf("%+v", c)
	}
}

// Doctor tells how convolutions are computed, and what one pass takes.
func TestDoctorShowsConvolutions(t *testing.T) {
	var h bench.Health
	if err := json.Unmarshal([]byte(must(t, "doctor", "--json")), &h); err != nil {
		t.Fatal(err)
	}
	if len(h.Convs) == 0 || !(h.Step > 0) || h.Kernels != kernel.Path() || h.Winograd != (autodiff.DefaultConvolutions() == autodiff.Winograd) {
		t.Errorf("%+v", h)
	}
	for _, r := range h.Convs {
		if r.Algorithm == "" {
			t.Errorf("%+v has no algorithm", r)
		}
	}
}
