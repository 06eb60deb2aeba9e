package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every mistake that a user can make is answered with code 1, in words that name the place and what would be right,
// and nothing is left behind.
func TestMistakes(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
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
	three := npy(t, dir, "three.npy", []int{3, 1, 8, 8}, ramp)
	bytes := npy(t, dir, "bytes.npy", []int{8, 8}, func(i int) float64 { return 255 * ramp(i) })
	nine := npy(t, dir, "nine.npy", []int{3, 9, 9}, ramp)
	flat := npy(t, dir, "flat.npy", []int{20, 8, 8}, half)
	solve := []string{"solve", "--y", y}
	train := []string{"train", "--data", three, "--out", at("run")}
	for _, c := range []struct {
		args []string
		want string // words separated by "..." in this order
	}{
		{[]string{"smaple"}, `no command "smaple"; did you mean sample?`},
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
		{[]string{"solve", "--samples", "1.5"}, `--samples is "1.5"; it must be an integer`},
		{[]string{"sample", "--n", "99999999999999999999"}, "--n is...it must be an integer that fits in 64 bits"},

		{[]string{"solve"}, "--y...--image"},
		{append(solve, "--image", three), "--y and --image exclude each other"},
		{append(solve, "--samples", "-3"), "--samples is -3; ...between 1 and"},
		{append(solve, "--sigma", "0"), "--sigma...0 is not positive"},
		{append(solve, "--sigma", "NaN"), "--sigma...NaN is not positive"},
		{append(solve, "--op", `{"kind":"blok-average"}`), `--op...kind..."blok-average" is none of block-average`},
		{append(solve, "--op", `{"kind":"block-average","rowz":2}`), `--op: block-average: field "rowz" is unknown; did you mean rows?`},
		{append(solve, "--op", `{"kind":"blur","boundary":"circular","gaussian":{"size":5,"sdt":1}}`), `field "sdt" is unknown; did you mean gaussian.std?`},
		{append(solve, "--op", `{"kind":"block-average","rows":"2"}`), `--op...field "rows" is a JSON string; it must be an integer`},
		{append(solve, "--op", `{"kind":"block-average","rows":3,"cols":2}`), "--op...3 does not divide the height of [1,8,8]"},
		{append(solve, "--op", `{"rows":3}`), `--op...field "kind" is missing`},
		{append(solve, "--op", at("op.json")), "--op...ends too early"},
		{append(solve, "--op", at("none.json")), "--op...neither a JSON object...nor a file"},
		{append(solve, "--op", dir), "--op...is a folder"},
		{append(solve, "--op", ""), "--op is empty...block-average"},
		{append(solve, "--method", "dnp"), `--method "dnp" is unknown; it must be dpnp, dpi or red-diff`},
		{append(solve, "--config", `{"rouns":3}`), `--config: field "rouns" is unknown; did you mean rounds?`},
		{append(solve, "--config", `{"rounds":-3}`), "--config...rounds is -3; it must be at least 1"},
		{append(solve, "--method", "red-diff", "--config", `{"lr":-1}`), "--config...lr is -1"},
		{append(solve, "--method", "dpi", "--config", `{"family":{"kind":"x"}}`), `--config...family.kind "x" is unknown`},
		{append(solve, "--prior", text), "not a checkpoint...text.txt"},
		{append(solve, "--prior", y), "y.npy has no architecture"},
		{append(solve, "--prior", dir), "folder"},
		{append(solve, "--out", text), "--out...a file is in the way; name a folder"},
		{append(solve, "--out", filepath.Join(text, "deeper")), "--out...a file is in the way"},
		{append(solve, "--state", filepath.Join(dir, "none", "state")), "--state...nothing can be written"},
		{append(solve, "--state", dir), "--state...is a folder; name a file"},
		{append(solve, "--state", text), "text.txt"},
		{append(solve, "--method", "red-diff", "--state", at("st")), "--state: red-diff keeps no state"},
		{[]string{"solve", "--y", at("none.npy")}, "--y...none.npy...no such file"},
		{[]string{"solve", "--y", dir}, "--y...folder"},
		{[]string{"solve", "--y", text}, "--y...text.txt"},
		{[]string{"solve", "--y", small}, "--y...small.npy holds an array of shape [1,3,3]; it must be [1,4,4]"},
		{[]string{"solve", "--y", nan}, "entry 0 of y is NaN"},
		{[]string{"solve", "--image", three}, "--image...holds 3 images; give one"},
		{[]string{"solve", "--image", bytes}, "--image...values from 0 to 239...[0, 1], so scale them"},
		{[]string{"solve", "--image", nine}, "--image...[3,9,9]...[1,8,8]"},
		{[]string{"solve", "--image", text}, "--image...hello world...PNG, JPEG"},

		{[]string{"sample", "--n", "0"}, "--n is 0; ...between 1 and"},
		{[]string{"sample", "--n", "1000000000000"}, "--n is 1000000000000; ...between 1 and"},
		{[]string{"sample", "--batch", "0"}, "--batch is 0; it must be at least 1"},
		{[]string{"sample", "--sampler", "hen"}, `--sampler: "hen" is neither`},
		{[]string{"sample", "--sampler", ""}, "--sampler is empty; kinds are"},
		{[]string{"sample", "--sampler", `{"kind":"hen"}`}, `--sampler...is none of ancestral`},
		{[]string{"sample", "--sampler", `{"kind":"heun","step":3}`}, `--sampler: heun: field "step" is unknown; did you mean steps?`},
		{[]string{"sample", "--sampler", `{"kind":"heun","steps":-3}`}, "--sampler...steps: -3 must be at least 2"},
		{[]string{"sample", "--out", text}, "--out...a file is in the way"},

		{[]string{"logprob"}, "--images is missing...[1,8,8]"},
		{[]string{"logprob", "--images", nine}, "--images...[3,9,9]...[1,8,8]"},
		{[]string{"logprob", "--images", three, "--n", "-1"}, "--n is -1"},
		{[]string{"logprob", "--images", three, "--flow", ""}, "--flow is empty"},
		{[]string{"logprob", "--images", three, "--flow", `{"kind":"flow-density","probs":1}`}, "--flow...did you mean probes?"},

		{[]string{"demo", "--task", "foo"}, `--task "foo" is unknown; it must be superres`},
		{[]string{"demo", "--samples", "1"}, "--samples is 1; ...between 2 and"},
		{[]string{"demo", "--sigma", "-1"}, "--sigma...-1 is not positive"},
		{[]string{"demo", "--index", "64"}, "--index is 64; it must lie in [0, 64)"},
		{[]string{"demo", "--image", nine}, "--image...[3,9,9]"},
		{[]string{"demo", "--out", text}, "--out...a file is in the way"},

		{[]string{"train"}, "--data is missing"},
		{[]string{"train", "--data", at("none")}, "--data...none...no such file"},
		{[]string{"train", "--data", text}, "--data...hello world"},
		{[]string{"train", "--data", nan}, "--data...NaN"},
		{[]string{"train", "--data", flat}, "nothing to learn"},
		{append(train, "--shape", "1,2"), "--shape has 2 numbers; want channels,rows,columns"},
		{append(train, "--shape", "a,b,c"), `--shape is "a,b,c"; it must be integers`},
		{append(train, "--steps", "-5"), "steps is -5"},
		{append(train, "--max", "NaN"), "--data...Max = NaN"},
		{append(train, "--config", `{"foo":1}`), `--config: field "foo" is unknown; there are architecture, network`},
		{append(train, "--config", `{"batch":1}`), `--config: field "batch" is unknown; it belongs elsewhere, as train.batch`},
		{append(train, "--config", `{"train":{"bach":1}}`), "did you mean train.batch?"},
		{append(train, "--config", `{"train":{"batch":"1"}}`), `field "train.batch" is a JSON string; it must be an integer`},
		{append(train, "--config", `{"train":{"batch":3,"accumulate":2}}`), "accumulate is 2; want a divisor of batch"},
		{append(train, "--config", `{"loss":{"p_std":-1}}`), "p_std: -1 must be positive"},
		{append(train, "--config", `{"architecture":"u-nett"}`), `architecture "u-nett" is unknown`},
		{append(train, "--config", `{"network":{"width":3}}`), `unknown field "width"`},
		{append(train, "--config", `{"data":{"validation":1.5}}`), "data.validation is 1.5; it must lie in [0, 1)"},
		{append(train, "--config", `{"data":{"crop":[100,3]}}`), "Crop [100 3] of images of 8 x 8"},
		{[]string{"train", "--data", three, "--out", text}, "--out...a file is in the way"},
		{append(train, "--config", `{"train":{"batch":1000000000}}`), "train.batch is 1000000000; of images of 64 values at most"},
		{[]string{"bench", "score", "--size", "0"}, "--size"},
		{[]string{"bench", "score", "--size", "100000"}, "--size 100000...make more than"},
		{[]string{"bench", "score", "--threads", "1000000"}, "--threads is 1000000; the most is 1024"},
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
		if e.IsDir() || strings.HasSuffix(e.Name(), ".tmp") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

func TestPanicsAndCancellation(t *testing.T) {
	err := execute(t.Context(), func(context.Context) error { panic("boom") })
	if err == nil || !strings.Contains(err.Error(), "a fault in tweedie") || !strings.Contains(err.Error(), "boom") {
		t.Errorf("a panic becomes %v", err)
	}
	failed := errors.New("disk full")
	if err := others(errors.Join(fmt.Errorf("solve: %w", context.Canceled), failed)); err == nil || err.Error() != "disk full" {
		t.Errorf("besides the cancellation there is %v", err)
	}
	if err := others(fmt.Errorf("solve: %w", context.Canceled)); err != nil {
		t.Errorf("besides the cancellation there is %v", err)
	}
}

func TestNearest(t *testing.T) {
	for _, c := range []struct{ word, want string }{{"rowz", "rows"}, {"smaple", "sample"}, {"colls", "cols"}, {"unrelated", ""}, {"", ""}} {
		if got := nearest(c.word, []string{"rows", "cols", "sample"}); got != c.want {
			t.Errorf("nearest(%q) = %q, want %q", c.word, got, c.want)
		}
	}
	for _, c := range []struct {
		a, b string
		n    int
	}{{"", "abc", 3}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"kitten", "sitting", 3}} {
		if got := letters(c.a, c.b); got != c.n {
			t.Errorf("letters(%q, %q) = %d, want %d", c.a, c.b, got, c.n)
		}
	}
}
