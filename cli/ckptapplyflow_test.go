package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/internal/ckpt"
)

// flowPath is a file of a flow as its authors saved it; see flows/testdata/README.md.
func flowPath(name, file string) string {
	return filepath.Join("../flows/testdata", name, file)
}

// flowRuns are runs of ckpt apply: flags with files of the case for values, and the case's arrays for the results.
var flowRuns = []struct {
	name  string
	in    []string // flag, file
	more  []string
	out   []string // flag, array of the case
	loose map[string]float64
}{
	{name: "img8x8_bn", in: []string{"--checkpoint", "generativemodel_realnvp", "--config", "config.json", "--z", "z.npy", "--probe", "probe.npy", "--probe-logdet", "probe_logdet.npy"},
		out: []string{"--out", "x", "--logdet", "logdet", "--grad", "gradz"}},
	{name: "img8x8_bn", in: []string{"--checkpoint", "generativemodel_realnvp", "--z", "z.npy"}, more: []string{"--mode", "train"},
		out: []string{"--out", "x_trainmode", "--logdet", "logdet_trainmode"}},
	{name: "img8x8_bn", in: []string{"--checkpoint", "generativemodel_realnvp", "--z", "z.npy", "--head", "generativescale_realnvp"},
		out: []string{"--out", "img", "--logdet", "logdet_total"}},
	{name: "img8x8_bn", in: []string{"--checkpoint", "generativemodel_realnvp", "--x", "x.npy"}, more: []string{"--family", "dpi_realnvp"},
		out: []string{"--zout", "z", "--logdet", "logdet_forward"}},
	{name: "toy2d_nobn", in: []string{"--checkpoint", "generativemodel_realnvp", "--config", "config.json", "--z", "z.npy", "--probe", "probe.npy", "--probe-logdet", "probe_logdet.npy"},
		out: []string{"--out", "x", "--logdet", "logdet", "--grad", "gradz"}},
	{name: "toy2d_nobn", in: []string{"--checkpoint", "generativemodel_realnvp", "--config", "config.json", "--x", "x.npy"},
		out: []string{"--zout", "z", "--logdet", "logdet_forward"}},
	{name: "realnvp_bn_softplus", in: []string{"--checkpoint", "checkpoint_10000", "--config", "config.json", "--z", "z.npy"}, more: []string{"--family", "score_prior"},
		out: []string{"--out", "x", "--logdet", "logdet"}},
	{name: "realnvp_bn_softplus", in: []string{"--checkpoint", "checkpoint_10000", "--x", "x.npy"}, more: []string{"--f64"},
		out: []string{"--zout", "z"}, loose: map[string]float64{"z": 1e-4}}, // x lost digits in float32
	{name: "lu_8x8", in: []string{"--checkpoint", "generativemodel_glow", "--config", "config.json", "--z", "z0.npy,z1.npy"},
		out: []string{"--out", "x", "--logdet", "logdet"}},
	{name: "lu_8x8", in: []string{"--checkpoint", "generativemodel_glow", "--config", "config.json", "--x", "x.npy"}, more: []string{"--f64"},
		out: []string{"--zout", "z0,z1", "--logdet", "logdet_forward"}, loose: map[string]float64{"z0": 2e-3}}, // the original's own way back errs by 3.5e-3
}

func TestApplyFlow(t *testing.T) {
	for _, r := range flowRuns {
		dir := t.TempDir()
		args := append([]string{"apply", "--json"}, r.more...)
		for i := 0; i < len(r.in); i += 2 {
			var files []string
			for _, f := range strings.Split(r.in[i+1], ",") {
				files = append(files, flowPath(r.name, f))
			}
			args = append(args, r.in[i], strings.Join(files, ","))
		}
		want := map[string]string{} // by file written
		for i := 0; i < len(r.out); i += 2 {
			var files []string
			for _, a := range strings.Split(r.out[i+1], ",") {
				files = append(files, filepath.Join(dir, a+".npy"))
				want[files[len(files)-1]] = a
			}
			args = append(args, r.out[i], strings.Join(files, ","))
		}
		code, stdout, stderr := ckptVerb(t, args...)
		if code != 0 {
			t.Fatalf("%q: code %d: %s", args, code, stderr)
		}
		var said ckpt.FlowEvaluated
		if err := json.Unmarshal([]byte(stdout), &said); err != nil || said.Params == 0 || len(said.Files) != len(want) {
			t.Errorf("%q says %s (%v)", args, stdout, err)
		}
		for file, array := range want {
			tol := 1e-5
			if r.loose[array] > 0 {
				tol = r.loose[array]
			}
			got, _ := values(t, file)
			original, _ := values(t, flowPath(r.name, array+".npy"))
			if d := apart(t, got, original); !(d <= tol) {
				t.Errorf("%s: %s differs by %.3g of the largest value, want %g", r.name, array, d, tol)
			}
		}
	}
}

func TestApplyFlowErrors(t *testing.T) {
	nvp := func(more ...string) []string {
		return append([]string{"apply", "--checkpoint", flowPath("img8x8_bn", "generativemodel_realnvp")}, more...)
	}
	glow := func(more ...string) []string {
		return append([]string{"apply", "--checkpoint", flowPath("lu_8x8", "generativemodel_glow"), "--config", flowPath("lu_8x8", "config.json")}, more...)
	}
	z, z0, z1 := flowPath("img8x8_bn", "z.npy"), flowPath("lu_8x8", "z0.npy"), flowPath("lu_8x8", "z1.npy")
	toy := flowPath("toy2d_nobn", "z.npy")
	for want, args := range map[string][]string{
		"taken for a flow":                 nvp("--out", "o.npy"),
		"--z goes with --out":              nvp("--z", z),
		"goes with --zout":                 nvp("--x", z),
		"want eval or train":               nvp("--z", z, "--out", "o.npy", "--mode", "test"),
		"--grad goes with":                 nvp("--z", z, "--out", "o.npy", "--probe", z),
		"not for a flow":                   nvp("--z", z, "--out", "o.npy", "--t", z),
		"want a batch [B] of [64]":         nvp("--z", toy, "--out", "o.npy"),
		"--probe: ":                        nvp("--z", z, "--out", "o.npy", "--probe", toy, "--grad", "o2.npy"),
		"--probe-logdet: ":                 nvp("--z", z, "--out", "o.npy", "--probe-logdet", z, "--grad", "o2.npy"),
		"--family is dpi_glow":             nvp("--z", z, "--out", "o.npy", "--family", "dpi_glow"),
		`n_channel is unknown`:             nvp("--z", z, "--out", "o.npy", "--config", flowPath("lu_8x8", "config.json")),
		"do not fit, nothing was loaded":   nvp("--z", z, "--out", "o.npy", "--config", flowPath("toy2d_nobn", "config.json")),
		"the head":                         nvp("--z", z, "--out", "o.npy", "--head", flowPath("img8x8_bn", "generativemodel_realnvp")),
		"--z names 1 files":                glow("--z", z0, "--out", "o.npy"),
		"--grad names 1 files":             glow("--z", z0+","+z1, "--out", "o.npy", "--probe", flowPath("lu_8x8", "x.npy"), "--grad", "o2.npy"),
		"has shape [2 8 2 2]; want":        glow("--z", z1+","+z0, "--out", "o.npy"),
		"of a Glow the tensors do not":     {"apply", "--checkpoint", flowPath("lu_8x8", "generativemodel_glow"), "--z", z0 + "," + z1, "--out", "o.npy"},
		"--checkpoint is missing":          {"apply", "--z", z, "--out", "o.npy"},
		"are those of no family":           {"apply", "--checkpoint", flowPath("img8x8_bn", "generativescale_realnvp"), "--z", z, "--out", "o.npy"},
		"those of no family that is known": {"apply", "--checkpoint", z, "--z", z, "--out", "o.npy"},
	} {
		code, _, stderr := ckptVerb(t, args...)
		if code == 0 || !strings.Contains(stderr, want) {
			t.Errorf("%q: code %d, %q; want %q", args, code, stderr, want)
		}
		for _, f := range []string{"o.npy", "o2.npy"} {
			if _, err := os.Stat(f); err == nil {
				t.Errorf("%q wrote %s", args, f)
				os.Remove(f)
			}
		}
	}
}
