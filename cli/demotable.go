package cli

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/eval"
	"tweedie/infer"
	"tweedie/internal/disk"
	"tweedie/internal/input"
	"tweedie/report"
	"tweedie/rng"
	"tweedie/zoo"
)

// caseResult is what one method made of one image and task: a file in --out/cases.
type caseResult struct {
	Run         string     `json:"run"` // hash of all that the result follows from
	Task        string     `json:"task"`
	Image       int        `json:"image"`
	Method      string     `json:"method"`
	Plain       plainScore `json:"baseline"`
	PSNR        float64    `json:"psnr_db"`
	Gain        float64    `json:"psnr_over_baseline_db"`
	SSIM        float64    `json:"ssim"`
	Chi2        float64    `json:"chi2_per_measurement_of_samples"`
	Variance    float64    `json:"expected_squared_error"` // by the samples: mean variance of a pixel times 1+1/n
	Error       float64    `json:"squared_error"`          // of the mean, per pixel
	Evaluations int64      `json:"network_evaluations"`
	Seconds     float64    `json:"seconds"`
}

// demoTable is a table in the making.
type demoTable struct {
	f       *demoFlags
	folder  *disk.Folder
	seed    uint64
	prior   *zoo.Prior
	answer  string // hash of the prior's answer to a fixed input
	tasks   []demoTask
	methods []infer.Method
	images  [][]float64
	what    string
	bar     *status
	done    int
}

// runTable makes a table of --images images.
func (f *demoFlags) runTable(cmd *cobra.Command, o *options, prior *zoo.Prior, tasks []demoTask) (err error) {
	methods, err := chooseMethods(f.methods, f.config, prior, table)
	if err != nil {
		return err
	}
	if f.full {
		return errors.New("--full is for one image; leave out --images")
	}
	images, what, err := f.tableImages(cmd.Context(), prior)
	if err != nil {
		return err
	}
	for _, t := range tasks { // an operator that does not fit is known before the time is spent
		if _, err := newCase(prior, t, images[0], rng.New(o.seed)); err != nil {
			return err
		}
	}
	folder, err := beginOut(cmd, "--out", f.out, report.JSONFile, tableFile)
	if err != nil {
		return err
	}
	defer func() { err = endOut(f.out, folder, err) }()
	cases := filepath.Join(f.out, "cases") // they stay in --out also after a kill
	if err := os.MkdirAll(cases, 0o777); err != nil {
		return outError("--out", cases, err)
	}
	t := &demoTable{f: f, folder: folder, seed: o.seed, prior: prior, tasks: tasks, methods: methods, images: images, what: what}
	if t.answer, err = fingerprint(prior); err != nil {
		return err
	}
	t.bar = newStatus("restoring", len(images)*len(tasks)*len(methods))
	results, err := t.run(cmd.Context())
	t.bar.done()
	if err != nil && (len(results) == 0 || !errors.Is(err, context.Canceled)) {
		return err
	}
	return errors.Join(err, t.finish(cmd, o, results))
}

// tableImages are the first --images of the embedded images, or of those in --image.
func (f *demoFlags) tableImages(ctx context.Context, prior *zoo.Prior) (images [][]float64, what string, err error) {
	d := prior.Shape().Size()
	if f.image != "" {
		x, _, err := readImages(ctx, "--image", f.image, 0, prior)
		if err != nil {
			return nil, "", err
		}
		for ; len(x) > 0; x = x[d:] {
			images = append(images, x[:d])
		}
		what = f.image
	} else {
		own, err := carriedFor(prior.Shape())
		if err != nil {
			return nil, "", err
		}
		for i := range carriedCount {
			images = append(images, own.image(i, prior.Spec.Range[0], prior.Spec.Range[1]))
		}
		what = "each " + own.what
	}
	if f.images < 1 || f.images > len(images) {
		return nil, "", fmt.Errorf("--images is %d; it must lie between 1 and %d, of which there are as many", f.images, len(images))
	}
	return images[:f.images], what, nil
}

// fingerprint is a hash of what a prior says to a fixed input, so that results of two priors are never mixed.
func fingerprint(prior *zoo.Prior) (sum string, err error) {
	defer autodiff.Catch(&err)
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	x := make([]float64, prior.Shape().Size())
	rng.New(0).Stream().FillNorm(x)
	prior.Denoiser.Denoise(s, s.Const64(prior.Shape().Insert(0, 1), x), []float64{.5}).CopyTo64(x)
	return fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, x))), nil
}

// run makes the results that are missing, image by image, so that an interrupted table has all tasks.
func (t *demoTable) run(ctx context.Context) (results []caseResult, err error) {
	for i, truth := range t.images {
		for _, task := range t.tasks {
			c, err := newCase(t.prior, task, truth, rng.New(t.seed).Split("image", i))
			if err != nil {
				return results, err
			}
			for _, m := range t.methods {
				r, err := t.one(ctx, c, i, m)
				if err != nil {
					return results, err
				}
				results = append(results, r)
				t.done++
				t.bar.set(t.done)
			}
		}
	}
	return results, nil
}

// one is the result of a method on an image: the one on file when it is of this run, otherwise a new one.
func (t *demoTable) one(ctx context.Context, c *demoCase, image int, m infer.Method) (caseResult, error) {
	path := filepath.Join(t.f.out, "cases", fmt.Sprintf("%s-%03d-%s.json", c.task.name, image, m.Name()))
	run, err := t.hash(c, m)
	if err != nil {
		return caseResult{}, err
	}
	var r caseResult
	old, err := input.ReadFile(path, input.MaxText)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r, err
	}
	if err == nil && json.Unmarshal(old, &r) == nil && r.Run == run {
		return r, nil
	}
	seed := rng.New(t.seed).Split("method", image).Stream().Uint64()
	res, err := m.Solve(ctx, infer.NewProblem(t.prior, c.Lik), infer.Run{Samples: t.f.samples, Seed: seed})
	if err != nil {
		return r, err
	}
	if r, err = c.result(res); err != nil {
		return r, err
	}
	r.Run, r.Task, r.Image, r.Method = run, c.task.name, image, m.Name()
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return r, err
	}
	return r, checkpoints.AtomicWriteFile(path, writeBytes(append(text, '\n')))
}

// hash is of all that a result follows from.
func (t *demoTable) hash(c *demoCase, m infer.Method) (string, error) {
	text, err := json.Marshal([]any{t.answer, describeOperator(c.Lik.Op), c.task.sigma, m.Name(), m, t.seed, t.f.samples, c.Truth, c.Lik.Y})
	return fmt.Sprintf("%x", sha256.Sum256(text)), err
}

// result sums up what a method found. The mean of DPI is that of its fresh samples, of the others that of the n samples.
func (c *demoCase) result(res *infer.Result) (caseResult, error) {
	s, err := c.Assess(res)
	if err != nil {
		return caseResult{}, err
	}
	if s.PSNR == nil || s.SSIM == nil || c.plain.PSNR == nil {
		return caseResult{}, fmt.Errorf("%s on %s: the error is zero or not a number", res.Method, c.task.name)
	}
	n := len(res.Samples)
	if vi, ok := res.Config.(infer.DPI); ok {
		n = vi.Check
	}
	r := caseResult{Plain: c.plain, PSNR: *s.PSNR, Gain: *c.gain(s), SSIM: *s.SSIM, Chi2: s.SampleChi2, Error: eval.MSE(res.Mean, c.Truth),
		Evaluations: res.Evaluations, Seconds: res.Elapsed.Round(time.Millisecond).Seconds()}
	for _, v := range res.Std {
		r.Variance += v * v / float64(len(res.Std)) * (1 + 1/float64(n))
	}
	return r, nil
}

// command is how the table is made again.
func (t *demoTable) command() string {
	words := []string{"tweedie demo", fmt.Sprintf("--images %d --task %s", t.f.images, t.f.task)}
	for _, flag := range [][2]string{{"--prior", t.f.prior}, {"--image", t.f.image}, {"--config", t.f.config}} {
		if flag[1] != "" && flag[1] != defaultPrior {
			words = append(words, flag[0]+" '"+flag[1]+"'")
		}
	}
	if t.f.methods != "dpnp,dpi,red-diff" {
		words = append(words, "--methods "+t.f.methods)
	}
	if t.f.samples != 8 {
		words = append(words, fmt.Sprintf("--samples %d", t.f.samples))
	}
	if t.f.sigma != 0 {
		words = append(words, fmt.Sprintf("--sigma %v", t.f.sigma))
	}
	return strings.Join(append(words, fmt.Sprintf("--seed %d --out %s", t.seed, t.f.out)), " ")
}
