package demo

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"tweedie/autodiff"
	"tweedie/infer"
	"tweedie/internal/disk"
	"tweedie/prior"
	"tweedie/report"
	"tweedie/rng"
)

// table makes a table.
type table struct {
	c       Config
	host    Host
	prior   *prior.Prior
	answer  string // hash of the prior's answer to a fixed input
	tasks   []task
	methods []infer.Method
	images  [][]float64
	what    string
}

// newTable prepares a table of Config.Images images.
func newTable(ctx context.Context, c Config, prior *prior.Prior, host Host, tasks []task) (Run, error) {
	methods, err := chooseMethods(c.Methods, c.Fields, infer.NewProblem(prior, nil), infer.Table)
	if err != nil {
		return nil, err
	}
	if c.Full {
		return nil, errors.New("--full is for one image; leave out --images")
	}
	images, what, err := c.tableImages(ctx, prior, host)
	if err != nil {
		return nil, err
	}
	for _, t := range tasks { // an operator that does not fit is known before the time is spent
		if _, err := newExample(prior, t, images[0], rng.New(c.Seed)); err != nil {
			return nil, err
		}
	}
	answer, err := fingerprint(prior)
	return &table{c: c, host: host, prior: prior, answer: answer, tasks: tasks, methods: methods, images: images, what: what}, err
}

// tableImages returns the first Config.Images of the embedded images, or of the user's own.
func (c Config) tableImages(ctx context.Context, prior *prior.Prior, host Host) (images [][]float64, what string, err error) {
	d := prior.Shape().Size()
	if c.Image != "" {
		x, _, err := host.Read(ctx, c.Image, 0)
		if err != nil {
			return nil, "", err
		}
		for ; len(x) > 0; x = x[d:] {
			images = append(images, x[:d])
		}
		what = c.Image
	} else {
		own, err := Carried(prior.Shape())
		if err != nil {
			return nil, "", err
		}
		for i := range CarriedCount {
			images = append(images, own.Image(i, prior.Spec.Range[0], prior.Spec.Range[1]))
		}
		what = "each " + own.what
	}
	if c.Images < 1 || c.Images > len(images) {
		return nil, "", fmt.Errorf("--images is %d; it must lie between 1 and %d, of which there are as many", c.Images, len(images))
	}
	return images[:c.Images], what, nil
}

// Files returns patterns for results.json and the table.
func (t *table) Files() []string { return []string{report.JSONFile, tableFile} }

// Folders returns the folder of the results of single images.
func (t *table) Folders() []string { return []string{filepath.Join(t.c.Out, "cases")} }

// Solve restores the images that are missing and writes the table of all that are done.
func (t *table) Solve(ctx context.Context, folder *disk.Folder) (Outcome, error) {
	progress, done := t.host.Follow("restoring")
	results, err := t.run(ctx, progress)
	done()
	if err != nil && (len(results) == 0 || !errors.Is(err, context.Canceled)) {
		return nil, err
	}
	out, e := t.save(folder, results)
	if e != nil {
		return nil, errors.Join(err, e)
	}
	return out, err
}

// fingerprint returns a hash of what a prior says to a fixed input, so that results of two priors are never mixed.
func fingerprint(prior *prior.Prior) (sum string, err error) {
	defer autodiff.Catch(&err)
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	x := make([]float64, prior.Shape().Size())
	rng.New(0).Stream().FillNorm(x)
	prior.Denoiser.Denoise(s, s.Const64(prior.Shape().Insert(0, 1), x), []float64{.5}).CopyTo64(x)
	return fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, x))), nil
}

// run makes the results that are missing, image by image, so that an interrupted table has all tasks.
func (t *table) run(ctx context.Context, progress func(infer.Progress)) (results []caseResult, err error) {
	for i, truth := range t.images {
		for _, task := range t.tasks {
			e, err := newExample(t.prior, task, truth, rng.New(t.c.Seed).Split("image", i))
			if err != nil {
				return results, err
			}
			for _, m := range t.methods {
				r, err := t.one(ctx, e, i, m)
				if err != nil {
					return results, err
				}
				results = append(results, r)
				progress(infer.Progress{Stage: "case", Done: len(results), Total: len(t.images) * len(t.tasks) * len(t.methods)})
			}
		}
	}
	return results, nil
}

// command returns the command that makes the table again.
func (t *table) command() string {
	c := t.c
	words := []string{"tweedie demo", fmt.Sprintf("--images %d --task %s", c.Images, c.Task)}
	for _, flag := range [][2]string{{"--prior", c.Prior}, {"--image", c.Image}, {"--config", c.Change}} {
		if flag[1] != "" && flag[1] != DefaultPrior {
			words = append(words, flag[0]+" '"+flag[1]+"'")
		}
	}
	if c.Methods != DefaultMethods {
		words = append(words, "--methods "+c.Methods)
	}
	if c.Samples != TableSamples {
		words = append(words, fmt.Sprintf("--samples %d", c.Samples))
	}
	if c.Sigma != nil {
		words = append(words, fmt.Sprintf("--sigma %v", *c.Sigma))
	}
	return strings.Join(append(words, fmt.Sprintf("--seed %d --out %s", c.Seed, c.Out)), " ")
}
