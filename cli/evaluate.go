package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"tweedie/data"
	"tweedie/internal/config"
	"tweedie/internal/disk"
	"tweedie/internal/priors"
	"tweedie/internal/quality"
	"tweedie/prior"
	"tweedie/report"
)

// evalFlags holds the flags of eval.
type evalFlags struct {
	size                                          []int
	prior, train, test, images, sampler, out      string
	samples, directions, elbo, draws, ode, levels int
	batch                                         int
	max                                           float64
	folder                                        *disk.Folder // of --out; nil for none
}

func evalCommand(o *options) *cobra.Command {
	f := &evalFlags{}
	c := &cobra.Command{
		Use:   "eval",
		Short: "How good a prior is: samples, memorising, bits per dimension",
		Long: `How good a prior is, by four numbers that anyone can make again.

Sliced Wasserstein distance of samples to the test images, beside the floor: that of as many
training images. Distance of each sample to the nearest of all training images, beside that of
test images; a prior that has memorised lies nearer. Bits per dimension of test images by the
evidence bound (an upper bound) and by the probability-flow ODE.

Images that were stored as integers are dequantised: uniform noise over a bin of 1/--levels of
the range is added, and the number is bits for the integers. --levels 0 leaves images as they
are and prints nats. The ODE and the bound see images at the noise of their t0.`,
		Example: `  tweedie eval --prior model.safetensors --data train.npy --test test.npy --out evaluation`,
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, args []string) error { return f.run(cmd, o) },
	}
	fl := c.Flags()
	fl.StringVar(&f.prior, "prior", defaultPrior, priorUsage)
	sizeFlag(fl, &f.size)
	fl.StringVar(&f.train, "data", "", "the images that the prior was trained on: folder, IDX, CSV, npy, npz")
	fl.StringVar(&f.test, "test", "", "images that it was not trained on")
	fl.IntVar(&f.samples, "samples", 1000, "samples, and images of each set beside them")
	fl.StringVar(&f.images, "images", "", "samples drawn before, an npy file of 'tweedie sample', in place of drawing them")
	fl.StringVar(&f.sampler, "sampler", `{"kind":"heun"}`, "sampler, JSON or a file with it")
	fl.IntVar(&f.batch, "batch", 64, "images drawn together; it does not change them")
	fl.IntVar(&f.directions, "directions", 512, "random directions of the sliced Wasserstein distance")
	fl.IntVar(&f.elbo, "elbo", 1000, "test images for the evidence bound; 0 leaves it out")
	fl.IntVar(&f.draws, "draws", 16, "noise levels for each image of the bound")
	fl.IntVar(&f.ode, "ode", 64, "test images for the ODE; 0 leaves it out")
	fl.IntVar(&f.levels, "levels", 256, "values that a pixel could take when the images were stored; 0 for any")
	fl.Float64Var(&f.max, "max", 0, "value of full scale in CSV files, such as 16 or 255")
	fl.StringVar(&f.out, "out", "", "folder for results.json, samples.png and nearest.png")
	c.AddCommand(evalPosteriorCommand(o))
	return c
}

// run evaluates the prior and presents the outcome.
func (f *evalFlags) run(cmd *cobra.Command, o *options) (err error) {
	prior, err := openPriorOf(f.prior, noClass, f.size)
	if err != nil {
		return err
	}
	how, err := decodeSampler(f.sampler)
	if err != nil {
		return err
	}
	train, test, err := f.sets(cmd, prior)
	if err != nil {
		return err
	}
	if f.out != "" {
		if f.folder, err = beginOut(cmd, "--out", f.out, report.JSONFile, "samples.png", "nearest.png"); err != nil {
			return err
		}
		defer func() { err = endOut(f.out, f.folder, err) }()
	}
	q := quality.Evaluation{Prior: prior, Train: train, Test: test, Machine: report.Machine(), Directions: f.directions,
		Bound: f.elbo, ODE: f.ode, Draws: f.draws, Levels: f.levels, Seed: o.seed, Watch: watch}
	if f.folder != nil {
		q.Folder = f.folder.Path()
	}
	if f.images != "" {
		x, _, err := readImages(cmd.Context(), "--images", f.images, f.samples, prior)
		if err != nil {
			return err
		}
		q.Samples, q.Sampler = slices.Collect(slices.Chunk(x, prior.Shape().Size())), f.images
		q.Samples = q.Samples[:min(len(q.Samples), f.samples)]
	} else {
		q.Sampler = how
		if q.Samples, err = priors.Draw(cmd.Context(), prior, how, o.seed, f.samples, min(f.samples, f.batch), watch); err != nil {
			return err
		}
	}
	out, err := q.Run(cmd.Context())
	if err != nil {
		return err
	}
	return f.present(cmd, o, out)
}

// sets opens the two sets and checks that everything fits before anything is computed. Counts that were not asked for
// shrink to what there is.
func (f *evalFlags) sets(cmd *cobra.Command, prior *prior.Prior) (train, test data.Set, err error) {
	for _, s := range []struct {
		flag, path string
		set        *data.Set
	}{{"--data", f.train, &train}, {"--test", f.test, &test}} {
		if s.path == "" {
			return nil, nil, fmt.Errorf("%s is missing: name a file or folder with images of shape %v", s.flag, prior.Shape())
		}
		if *s.set, err = openFor(cmd.Context(), s.path, f.max, prior); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", s.flag, err)
		}
	}
	most := min(train.Len(), test.Len())
	for flag, n := range map[string]*int{"samples": &f.samples, "elbo": &f.elbo, "ode": &f.ode} {
		if !cmd.Flags().Changed(flag) {
			*n = min(*n, most)
		}
	}
	for _, c := range []struct {
		flag             string
		got, least, most int
	}{{"--samples", f.samples, 2, most}, {"--elbo", f.elbo, 0, test.Len()}, {"--ode", f.ode, 0, test.Len()},
		{"--directions", f.directions, 2, 1 << 20}, {"--draws", f.draws, 1, config.MostBatch}, {"--batch", f.batch, 1, max(1, min(config.MostBatch, config.MostInput/prior.Shape().Size()))}} {
		if c.got < c.least || c.got > c.most {
			return nil, nil, fmt.Errorf("%s is %d; with these images it must lie between %d and %d", c.flag, c.got, c.least, c.most)
		}
	}
	if f.levels < 0 || f.levels == 1 || f.levels > 1<<16 {
		return nil, nil, fmt.Errorf("--levels is %d; it must lie between 2 and 65536, or be 0 for images that were never integers", f.levels)
	}
	return train, test, nil
}
