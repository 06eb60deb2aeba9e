package cli

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/checkpoints"
)

// Every mistake that a user can make is answered with code 1, in words that name the place and what would be right,
// and nothing is left behind.
func TestMistakes(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	written := func(name, content string) string {
		if err := os.WriteFile(at(name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return at(name)
	}
	text := at("text.txt")
	if err := os.WriteFile(text, []byte("hello world\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at("op.json"), []byte(`{"kind":"block-average","rows":2,`), 0o644); err != nil {
		t.Fatal(err)
	}
	y := npy(t, dir, "y.npy", []int{1, 4, 4}, ramp)
	small := npy(t, dir, "small.npy", []int{1, 3, 3}, ramp)
	nan := npy(t, dir, "nan.npy", []int{1, 4, 4}, func(int) float64 { return math.NaN() })
	huge := npy(t, dir, "huge.npy", []int{1, 4, 4}, func(int) float64 { return 1e38 })
	three := npy(t, dir, "three.npy", []int{3, 1, 8, 8}, ramp)
	bytes := npy(t, dir, "bytes.npy", []int{8, 8}, func(i int) float64 { return 255 * ramp(i) })
	nine := npy(t, dir, "nine.npy", []int{3, 9, 9}, ramp)
	flat := npy(t, dir, "flat.npy", []int{20, 8, 8}, half)
	mixed := at("mixed")
	if err := os.Mkdir(mixed, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, rows := range map[string]int{"mixed/a.png": 4, "mixed/b.png": 5} {
		var b strings.Builder
		if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, rows))); err != nil {
			t.Fatal(err)
		}
		written(name, b.String())
	}
	solve := []string{"solve", "--op", averaged, "--y", y, "--sigma", "0.05"}
	train := []string{"train", "--data", three, "--out", at("run")}
	for _, c := range []struct {
		args []string
		want string // words separated by "..." in this order
	}{
		{[]string{"smaple"}, `no command "smaple"; did you mean sample?`},
		{[]string{"smaple", "--n", "3"}, `no command "smaple"; did you mean sample?`},
		{[]string{"zoo", "gte", "--from", "x"}, `tweedie zoo has no command "gte"; did you mean get?`},
		{[]string{"sample", "--m", "3"}, "no flag --m; did you mean --n?"},
		{[]string{"sample", "-help"}, "did you mean --help?"},
		{[]string{"-version"}, "did you mean --version?"},
		{[]string{"sample", "-prior", "x"}, "did you mean --prior?"},
		{[]string{"sample", "-n", "3"}, "did you mean --n?"},
		{[]string{"zoo", "help"}, "tweedie zoo has no command help; did you mean 'tweedie help zoo'?"},
		{[]string{"ckpt", "apply", "help"}, "did you mean 'tweedie help ckpt apply'?"},
		{[]string{"frobnicate"}, `no command "frobnicate"; 'tweedie --help' lists them`},
		{[]string{"zoo", "lst"}, `tweedie zoo has no command "lst"; did you mean list?`},
		{[]string{"sample", "--sede", "1"}, "no flag --sede; did you mean --seed?"},
		{[]string{"sample", "--frobnicate", "1"}, "no flag --frobnicate; 'tweedie sample --help' lists them"},
		{[]string{"sample", "-x"}, "-x; 'tweedie sample --help'"},
		{[]string{"demo", "extra"}, `takes flags only; "extra" is left over`},
		{[]string{"ckpt", "inspect"}, "give a file"},
		{[]string{"ckpt", "inspect", at("none")}, "none...no such file"},
		{[]string{"ckpt", "inspect", dir}, "folder"},
		{[]string{"zoo", "info", "digit8"}, `no prior named "digit8"...did you mean digits8?`},
		{[]string{"solve", "--seed", "-1"}, `--seed is "-1"; it must be an integer that is not negative`},
		{[]string{"solve", "--sigma", "abc"}, `--sigma is "abc"; it must be a number`},
		{[]string{"solve", "--sigma", "auto"}, `--sigma is "auto", which only a problem file takes...--problem`},
		{[]string{"solve", "problem.json"}, `did you mean --problem problem.json?`},
		{append(solve, "--state", at("op.json")), "--state: ...op.json...name the state that a run has saved"},
		{[]string{"op", "check", written("good.json", `{"prior":"digits8","operator":{"kind":"identity"},"noise":{"kind":"gaussian","sigma":1}}`), "--png", at("points.txt")}, "points.txt: a PNG picture is written"},
		{[]string{"solve", "--samples", "1.5"}, `--samples is "1.5"; it must be an integer`},
		{[]string{"sample", "--n", "99999999999999999999"}, "--n is...it must be an integer that fits in 64 bits"},

		{[]string{"solve"}, "--y...--image"},
		{[]string{"solve", "--op", averaged, "--y", y}, "--sigma is missing: give the standard deviation of the noise in --y"},
		{append(solve, "--image", three), "--y and --image exclude each other"},
		{append(solve, "--samples", "-3"), "--samples is -3; ...between 1 and"},
		{append(solve, "--sigma", "0"), "--sigma...is 0; it must lie between 1e-100"},
		{append(solve, "--sigma", "NaN"), "--sigma...is NaN; it must lie between 1e-100"},
		{append(solve, "--op", `{"kind":"blok-average"}`), `--op...kind is "blok-average", which is none of block-average...did you mean block-average?`},
		{append(solve, "--op", `{"kind":"block-average","rowz":2}`), `--op: block-average: rowz is unknown; did you mean rows?`},
		{append(solve, "--op", `{"kind":"blur","boundary":"circular","gaussian":{"size":5,"sdt":1}}`), `sdt is unknown; did you mean gaussian.std?`},
		{append(solve, "--op", `{"kind":"block-average","rows":"2"}`), `--op...rows is the string "2"; it must be an integer`},
		{append(solve, "--op", `{"kind":"block-average","rows":3,"cols":2}`), "--op...rows is 3; it must divide the height of [1,8,8]"},
		{append(solve, "--op", `{"rows":3}`), `--op...kind is missing`},
		{append(solve, "--op", at("op.json")), "--op...ends too early"},
		{append(solve, "--op", at("none.json")), "--op...neither a JSON object...nor a file"},
		{append(solve, "--op", dir), "--op...is a folder"},
		{append(solve, "--op", ""), "--op is empty...block-average"},
		{append(solve, "--method", "dnp"), `--method is "dnp"; it must be dpi, dpnp or red-diff; did you mean dpnp?`},
		{append(solve, "--config", `{"rouns":3}`), `--config: rouns is unknown; did you mean rounds?`},
		{append(solve, "--config", `{"rounds":-3}`), "--config...rounds is -3; it must lie between 0 and 1000000"},
		{append(solve, "--method", "red-diff", "--config", `{"lr":-1}`), "--config...lr is -1"},
		{append(solve, "--method", "dpi", "--config", `{"family":{"kind":"x"}}`), `--config...family.kind is "x"; it must be auto, diagonal, low-rank, full or realnvp`},
		{append(solve, "--prior", text), "not a checkpoint...text.txt"},
		{append(solve, "--prior", y), "y.npy does not describe itself"},
		{append(solve, "--prior", dir), "folder"},
		{append(solve, "--out", text), "--out...a file is in the way; name a folder"},
		{append(solve, "--out", filepath.Join(text, "deeper")), "--out...a file is in the way"},
		{append(solve, "--state", filepath.Join(dir, "none", "state")), "--state...nothing can be written"},
		{append(solve, "--state", dir), "--state...is a folder; name a file"},
		{append(solve, "--state", text), "text.txt"},
		{append(solve, "--method", "red-diff", "--state", at("st")), "--state: red-diff keeps no state"},
		{[]string{"solve", "--op", averaged, "--sigma", "0.05", "--y", at("none.npy")}, "--y...none.npy...no such file"},
		{[]string{"solve", "--op", averaged, "--sigma", "0.05", "--y", dir}, "--y...folder"},
		{[]string{"solve", "--op", averaged, "--sigma", "0.05", "--y", text}, "--y...text.txt...is text"},
		{[]string{"ckpt", "inspect", written("png.npy", "\x89PNG\r\n\x1a\n and so on")}, "png.npy...is a PNG picture"},
		{append(solve, "--config", written("bom.json", "\ufeff"+`{"rouns":3}`)), "--config: rouns is unknown; did you mean rounds?"},
		{[]string{"solve", "--problem", written("problem.json", "\ufeff"+`{"priro":"digits8"}`)}, "priro is unknown; did you mean prior?"},
		{[]string{"train", "--data", written("rows.csv", "1,2,3,4\n")}, "CSV: the shape [C,H,W] of a row (--shape) and the value of full scale (--max) must be stated"},
		{[]string{"solve", "--op", averaged, "--sigma", "0.05", "--y", small}, "--y...small.npy holds an array of shape [1,3,3]; it must be [1,4,4]"},
		{[]string{"solve", "--op", averaged, "--sigma", "0.05", "--y", nan}, "entry 0 of y is NaN"},
		{[]string{"solve", "--op", averaged, "--sigma", "0.05", "--y", huge}, "--y...huge.npy holds 1e+38 as entry 0...it must be at most 1e+12"},
		{append(solve, "--config", `{"eta_min":10,"eta_max":1}`), "--config: dpnp: eta_min is 10 and eta_max is 1; eta_max must be at least eta_min"},
		{append(solve, "--config", `{"eta_min":10}`), "dpnp: eta_min is 10; in the mode auto it must be at most 0.1"},
		{append(solve, "--config", `{"mode":"annealed","rounds":-1}`), "--config: dpnp: rounds is -1; it must lie between 0 and 1000000"},
		{append(solve, "--config", `{"a\nb":1}`), `--config: "a\nb" is unknown`},
		{append(solve, "--op", `{"kind":"blur","a\u001b[2Jb":1}`), `--op: blur: "a\x1b[2Jb" is unknown`},
		{append(solve, "--op", strings.Repeat("x", 100000)), `--op: "` + strings.Repeat("x", 60) + `…" is neither a JSON object`},
		{append(solve, "--config", strings.Repeat("x", 100000)), `--config: "xxx...…" is neither a JSON object`},
		{append(solve, "--prior", strings.Repeat("x", 100000)), "xxx...…"},
		{append(solve, "--sigma", strings.Repeat("x", 100000)), `--sigma is "xxx...…"; it must be a number`},
		{append(solve, "--method", strings.Repeat("x", 100000)), `--method is "xxx`},
		{[]string{"solve", "--" + strings.Repeat("x", 100000)}, "no flag --xxx...…"},
		{[]string{strings.Repeat("x", 100000)}, `no command "xxx...…"`},
		{[]string{"solve", strings.Repeat("x", 100000)}, `"xxx...…" is left over`},
		{[]string{"solve", "--op", averaged, "--sigma", "0.05", "--y", strings.Repeat("x", 100000)}, "--y...xxx...…"},
		{[]string{"solve", "--problem", strings.Repeat("x", 100000)}, "xxx...…"},
		{[]string{"solve", "--image", three}, "--image...holds 3 images; give one"},
		{[]string{"solve", "--image", bytes}, "--image...values from 0 to 239...[0, 1], so scale them"},
		{[]string{"solve", "--image", nine}, "--image...[3,9,9]...[1,8,8]"},
		{[]string{"solve", "--image", text}, "--image...hello world...PNG, JPEG"},

		{[]string{"sample", "--n", "0"}, "--n is 0; ...between 1 and"},
		{[]string{"sample", "--n", "1000000000000"}, "--n is 1000000000000; ...between 1 and"},
		{[]string{"sample", "--batch", "0"}, "--batch is 0; it must lie between 1 and 65536"},
		{[]string{"sample", "--sampler", "hen"}, `--sampler: "hen" is neither`},
		{[]string{"sample", "--sampler", ""}, "--sampler is empty; kinds are"},
		{[]string{"sample", "--sampler", `{"kind":"hen"}`}, `--sampler...is "hen", which is none of ancestral...did you mean heun?`},
		{[]string{"sample", "--sampler", `{"kind":"heun","step":3}`}, `--sampler: heun: step is unknown; did you mean steps?`},
		{[]string{"sample", "--sampler", `{"kind":"heun","steps":-3}`}, "--sampler...steps is -3; it must lie between 2 and"},
		{[]string{"sample", "--out", text}, "--out...a file is in the way"},

		{[]string{"logprob"}, "--images is missing...[1,8,8]"},
		{[]string{"logprob", "--images", nine}, "--images...[3,9,9]...[1,8,8]"},
		{[]string{"logprob", "--images", three, "--n", "-1"}, "--n is -1"},
		{[]string{"logprob", "--images", three, "--method", "exakt"}, "--method is \"exakt\"...did you mean exact?"},
		{[]string{"logprob", "--images", three, "--method", "exact"}, "--method is exact...not known in closed form"},
		{[]string{"logprob", "--images", three, "--method", "elbo", "--draws", "0"}, "--draws is 0"},
		{[]string{"eval", "posterior"}, "--samples and --reference are needed"},
		{[]string{"eval", "posterior", "--samples", three, "--reference", nine}, "--reference...[9 9]...--samples [1 8 8]"},
		{[]string{"eval", "posterior", "--samples", three, "--reference", three}, "samples: 3 draws; a comparison takes 20"},
		{[]string{"logprob", "--images", three, "--flow", ""}, "--flow is empty"},
		{[]string{"logprob", "--images", three, "--flow", `{"kind":"flow-density","probs":1}`}, "--flow...did you mean probes?"},

		{[]string{"demo", "--task", "foo"}, `--task "foo" is unknown; it must be superres`},
		{[]string{"demo", "--samples", "1"}, "--samples is 1; ...between 2 and"},
		{[]string{"demo", "--sigma", "-1"}, "--sigma...is -1; it must lie between 1e-100"},
		{[]string{"demo", "--index", "64"}, "--index is 64; it must lie in [0, 64)"},
		{[]string{"demo", "--image", nine}, "--image...[3,9,9]"},
		{[]string{"demo", "--out", text}, "--out...a file is in the way"},

		{[]string{"train"}, "--data is missing"},
		{[]string{"train", "--data", at("none")}, "--data...none...no such file"},
		{[]string{"train", "--data", text}, "--data...hello world"},
		{[]string{"train", "--data", nan}, "--data...NaN"},
		{[]string{"train", "--data", flat}, "nothing to learn"},
		{append(train, "--shape", "1,2"), "--shape has 2 numbers; want channels,rows,columns"},
		{append(train, "--resize", "1"), "--resize has 1 numbers; want rows,columns"},
		{append(train, "--resize", "-1,1"), "resizing (--resize) to [-1 1]; rows and columns must both be positive"},
		{[]string{"train", "--data", mixed}, `images of 2 shapes: 1 of [1,4,4], 1 of [1,5,4] (first "b.png"); state the rows and columns that all are brought to (--resize)`},
		{append(train, "--shape", "a,b,c"), `--shape is "a,b,c"; it must be integers`},
		{append(train, "--steps", "-5"), "steps is -5"},
		{append(train, "--max", "NaN"), "--data...full scale (--max) is NaN"},
		{append(train, "--config", `{"foo":1}`), `--config: foo is unknown; there are architecture, network`},
		{append(train, "--config", `{"batch":1}`), `--config: batch is unknown; it belongs elsewhere, as train.batch`},
		{append(train, "--config", `{"train":{"bach":1}}`), "did you mean train.batch?"},
		{append(train, "--config", `{"train":{"batch":"1"}}`), `train.batch is the string "1"; it must be an integer`},
		{append(train, "--config", `{"train":{"batch":3,"accumulate":2}}`), "accumulate is 2; it must be a divisor of batch"},
		{append(train, "--config", `{"loss":{"p_std":-1}}`), "p_std is -1; it must be positive"},
		{append(train, "--config", `{"architecture":"u-nett"}`), `architecture "u-nett" is unknown`},
		{append(train, "--config", `{"network":{"width":3}}`), `width is unknown`},
		{append(train, "--config", `{"network":{"channels":[8],"in":5}}`), "conv-score: config has in = 5 and the images have"},
		{append(train, "--config", `{"network":{"channels":[8],"out":7}}`), "conv-score: config has out = 7 and the images have"},
		{append(train, "--config", `{"network":{"channels":[8],"dims":3}}`), "conv-score: config has dims = 3 and the images, of shape...2 axes besides the channels"},
		{append(train, "--config", `{"data":{"validation":1.5}}`), "data.validation is 1.5; it must be at least 0 and below 1"},
		{append(train, "--config", `{"data":{"crop":[100,3]}}`), "crop (--crop) of [100 3] of images of 8 x 8"},
		{[]string{"train", "--data", three, "--out", text}, "--out...a file is in the way"},
		{append(train, "--config", `{"train":{"batch":1000000000}}`), "train: config: batch is 1000000000; it must lie between 1 and 1048576"},
		{[]string{"bench", "score", "--size", "0"}, "--size"},
		{[]string{"bench", "score", "--size", "100000"}, "--size 100000...make more than 16777216 values"},
		{[]string{"bench", "score", "--threads", "1000000"}, "--threads is 1000000; it must lie between 0 and 1024"},

		{append(solve, "--config", `{"rounds":9223372036854775807}`), "--config: dpnp: rounds is 9223372036854775807; it must lie between 0 and 1000000"},
		{append(solve, "--config", `{"rounds":9223372036854775808}`), "--config: rounds is 9223372036854775808; it must be an integer that fits in 64 bits"},
		{append(solve, "--config", `{"levels":[]}`), "--config: dpnp: levels is empty"},
		{append(solve, "--config", `{"levels":[-1]}`), "--config: dpnp: levels[0] is -1"},
		{append(solve, "--config", `{"eta_max":1e300}`), "--config: dpnp: eta_max is 1e+300"},
		{append(solve, "--config", `{"eta_max":1e400}`), "--config: eta_max is 1e400; it must be a number that fits in 64 bits"},
		{append(solve, "--config", `{"dds_steps":1000000000}`), "--config: dpnp: dds_steps is 1000000000"},
		{append(solve, "--config", `{"rounds":1,"rounds":2}`), "--config: rounds is given twice; give it once"},
		{append(solve, "--config", `{"proximal":{"mala":{"stps":2}}}`), "--config: proximal.mala.stps is unknown; did you mean proximal.mala.steps?"},
		{append(solve, "--config", `{"rounds":1} {}`), "--config: text follows the JSON value, at line 1, column 14"},
		{append(solve, "--method", "dpi", "--config", `{"batch":1000000000}`), "--config: dpi: batch is 1000000000; it must lie between 1 and 65536"},
		{append(solve, "--sigma", "1e-200"), "--sigma...is 1e-200; it must lie between 1e-100 and 1e+100"},
		{append(solve, "--op", `{"kind":"inpaint","box":{"top":9223372036854775807,"left":0,"height":2,"width":2}}`), "--op: inpaint: box.height: 2 rows from row 9223372036854775807 on"},
		{append(solve, "--samples", "9223372036854775807"), "--samples is 9223372036854775807; ...between 1 and"},
		{[]string{"sample", "--sampler", `{"kind":"heun","steps":9223372036854775807}`}, "--sampler: heun: steps is 9223372036854775807; it must lie between 2 and 1000000"},
		{[]string{"sample", "--batch", "9223372036854775807"}, "--batch is 9223372036854775807; it must lie between 1 and 65536"},
		{[]string{"logprob", "--images", three, "--flow", `{"kind":"flow-density","probes":1000000000}`}, "--flow: flow-density: probes is 1000000000; it must lie between 1 and 65536"},
		{[]string{"eval", "--data", three, "--test", three, "--samples", "9223372036854775807"}, "--samples is 9223372036854775807; ...between 2 and 3"},
		{[]string{"eval", "--data", three, "--test", three, "--batch", "1000000000"}, "--batch is 1000000000; ...between 1 and 65536"},
		{append(train, "--steps", "9223372036854775807"), "steps is 9223372036854775807; it must lie between 0 and"},
		{append(train, "--config", `{"train":{"batch":1048576}}`), "train.batch is 1048576 in 1 parts; of images of 64 values at most 262144 fit in one: raise train.accumulate"},
		{append(train, "--config", `{"network":{"blocks":1000000000}}`), "blocks 1000000000"},
		{append(train, "--config", `{"network":{"channels":[65536,65536,65536]}}`), "takes 144 GiB: want at most 8"},
		{append(train, "--config", `{"network":{"dims":1000000000}}`), "dims 1000000000: want 1 to 3"},
		{[]string{"bench", "unet", "--runs", "9223372036854775807"}, "--runs is 9223372036854775807; it must lie between 1 and 1000000"},
		{[]string{"bench", "unet", "--size", "9223372036854775807"}, "--size is 9223372036854775807"},
		{[]string{"bench", "unet", "--width", "9223372036854775807"}, "unet: config: "},
		{[]string{"bench", "unet", "--width", "4096"}, "unet: the config asks for...parameters...at most 2^31 are built"},
		{[]string{"bench", "unet", "--width", "32768"}, "time_embed.0: linear: a parameter of extents [131072 32768] takes 16 GiB"},
		{[]string{"bench", "unet", "--blocks", "1000000000"}, "num_res_blocks is 1000000000"},
		{[]string{"bench", "unet", "--batch", "1000000000"}, "--batch is 1000000000"},
		{[]string{"bench", "realnvp", "--flows", "1000000000"}, "flows 1000000000"},
		{[]string{"bench", "dpnp", "--steps", "9223372036854775807"}, "--steps is 9223372036854775807; it must lie between 2 and 1000000"},
		{[]string{"bench", "sample", "--batch", "1000000000"}, "--batch is 1000000000"},
		{[]string{"plan", "--prior", "digits8", "--size", "-1"}, "--size is -1; the images of --prior have a size of their own"},
		{[]string{"plan", "--preset", "ffhq_10m", "--class", "1"}, "--class is 1; it goes with --prior"},
		{[]string{"plan", "--prior", "digits8", "--batch", "1000000000"}, "--batch is 1000000000; it must lie between 1 and 65536"},
		{[]string{"plan", "--preset", "ffhq_10m", "--batch", "9223372036854775807"}, "--batch is 9223372036854775807; ...between 1 and"},
		{[]string{"plan", "--network", `{"dims":3,"in_channels":65536,"model_channels":32,"num_res_blocks":1}`, "--size", "16384"}, "--size is 16384; images [65536 16384 16384 16384] have more than 268435456 values"},
	} {
		t.Run(strings.ReplaceAll(strings.Join(c.args, " "), dir, ""), func(t *testing.T) {
			code, out, msg := tweedie(t, c.args...)
			if code != 1 || out != "" {
				t.Errorf("code %d, standard output %q", code, out)
			}
			rest, ok := msg, true
			for _, want := range strings.Split(c.want, "...") {
				if _, rest, ok = strings.Cut(rest, want); !ok {
					t.Errorf("no %q, in its place, in %q", want, msg)
				}
			}
			if _, line, _ := strings.Cut(msg, "tweedie: "); strings.Index(line, "\n") != len(line)-1 || len(line) > 2000 {
				t.Errorf("not one line that can be read: %.3000q", line)
			}
			if strings.Contains(msg, "goroutine") || strings.Contains(msg, "strconv") {
				t.Errorf("words of the program, not of its user: %q", msg)
			}
		})
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && e.Name() != "mixed" || strings.HasSuffix(e.Name(), ".tmp") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

// What the command prints of an error is one line, whatever its text holds; only the report of a fault has more.
func TestErrorsAreToldInOneLine(t *testing.T) {
	nan := checkpoints.Problem{What: "NaN at 3", Name: "in.weight", File: "F32 [2,3]", Network: "[2,3]"}
	misfit := &checkpoints.LoadError{Problems: []checkpoints.Problem{nan}}
	several := &checkpoints.LoadError{Problems: []checkpoints.Problem{nan, {What: "missing", Name: "b", Network: "[4]"}}}
	for want, err := range map[string]error{
		"a; b":      errors.Join(errors.New("a"), errors.New("b")),
		`a\x1b[2Jb`: errors.New("a\x1b[2Jb\r\n\n"),
		`--prior: checkpoints: nothing was loaded: the tensor "in.weight" is NaN at 3, in the file F32 [2,3], in the network [2,3]`: fmt.Errorf("--prior: %w", misfit),
		"--prior: " + several.Error():       fmt.Errorf("--prior: %w", several),
		"this is a fault in tweedie\nstack": fmt.Errorf("%w\nstack", errFault),
	} {
		if got := told(err); got != want {
			t.Errorf("\n got  %q\n want %q", got, want)
		}
	}
}

func TestPanicsAndCancellation(t *testing.T) {
	err := execute(t.Context(), func(context.Context) error { panic("boom") })
	if err == nil || !strings.Contains(err.Error(), "a fault in tweedie") || !strings.Contains(err.Error(), "boom") {
		t.Errorf("a panic becomes %v", err)
	}
	failed := errors.New("disk full")
	if err := without(errors.Join(fmt.Errorf("solve: %w", context.Canceled), failed), context.Canceled); err == nil || err.Error() != "disk full" {
		t.Errorf("besides the cancellation there is %v", err)
	}
	if err := without(fmt.Errorf("solve: %w", context.Canceled), context.Canceled); err != nil {
		t.Errorf("besides the cancellation there is %v", err)
	}
}
