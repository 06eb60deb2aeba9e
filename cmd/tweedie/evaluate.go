package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"tweedie/data"
	"tweedie/diffusion"
	"tweedie/eval"
	"tweedie/report"
	"tweedie/rng"
	"tweedie/zoo"
)

// evalFlags are the flags of eval.
type evalFlags struct {
	prior, train, test, images, sampler, out      string
	samples, directions, elbo, draws, ode, levels int
	batch                                         int
	max                                           float64
}

func evalCommand(o *options) *cobra.Command {
	f := &evalFlags{}
	c := &cobra.Command{
		Use:   "eval",
		Short: "How good a prior is: samples against test images, memorising, bits per dimension",
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
	fl.StringVar(&f.prior, "prior", defaultPrior, "name of a prior or a checkpoint file")
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
	return c
}

// evalOutcome is results.json of an evaluation. Distances are in the units of the pixels.
type evalOutcome struct {
	Prior      string         `json:"prior"`
	Seed       uint64         `json:"seed"`
	Machine    map[string]any `json:"machine"`
	Sampler    any            `json:"sampler"`
	Samples    int            `json:"samples"`
	Train      int            `json:"training_images"`
	Test       int            `json:"test_images"`
	Directions int            `json:"directions"`
	SW2        number         `json:"sliced_wasserstein_samples_to_test"`
	Floor      number         `json:"sliced_wasserstein_training_to_test"`
	Nearest    neighbours     `json:"distance_of_samples_to_nearest_training_image"`
	TestNear   neighbours     `json:"distance_of_test_images_to_nearest_training_image"`
	Levels     int            `json:"levels"`
	ELBO       *codeLength    `json:"bound,omitempty"`
	ODE        *codeLength    `json:"ode,omitempty"`
}

// neighbours sums up distances.
type neighbours struct {
	Least  float64 `json:"least"`
	First  float64 `json:"first_percentile"`
	Median float64 `json:"median"`
	Mean   number  `json:"mean"`
	Below  float64 `json:"fraction_below_first_percentile_of_test"`
}

// codeLength is the log-density of test images.
type codeLength struct {
	Images      int     `json:"images"`
	Nats        number  `json:"log_density_nats"` // per image, in the units of the pixels
	Bits        *number `json:"bits_per_dim,omitempty"`
	Evaluations int     `json:"score_evaluations_per_image"`
	Config      any     `json:"config"`
}

func (f *evalFlags) run(cmd *cobra.Command, o *options) error {
	prior, err := openPrior(f.prior)
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
		if err := prepareOut("--out", f.out); err != nil {
			return err
		}
	}
	out := evalOutcome{Prior: prior.Summary(), Seed: o.seed, Machine: machine(), Samples: f.samples, Train: train.Len(), Test: test.Len(), Directions: f.directions, Levels: f.levels}
	var samples [][]float64
	if f.images != "" {
		x, err := readImages("--images", f.images, prior)
		if err != nil {
			return err
		}
		samples, out.Sampler = split(x, prior.Shape().Size()), f.images
		samples = samples[:min(len(samples), f.samples)]
		out.Samples = len(samples)
	} else {
		out.Sampler = how
		if samples, err = drawPrior(cmd.Context(), prior, how, o.seed, f.samples, min(f.samples, f.batch)); err != nil {
			return err
		}
	}
	if err := f.compare(cmd.Context(), o, prior, &out, samples, train, test); err != nil {
		return err
	}
	if err := f.densities(cmd.Context(), o, prior, &out, test); err != nil {
		return err
	}
	return f.present(cmd, o, out)
}

// sets opens the two sets and checks that everything fits before anything is computed. Counts that were not asked for
// shrink to what there is.
func (f *evalFlags) sets(cmd *cobra.Command, prior *zoo.Prior) (train, test data.Set, err error) {
	for _, s := range []struct {
		flag, path string
		set        *data.Set
	}{{"--data", f.train, &train}, {"--test", f.test, &test}} {
		if s.path == "" {
			return nil, nil, fmt.Errorf("%s is missing: name a file or folder with images of shape %v", s.flag, prior.Shape())
		}
		if *s.set, err = openFor(s.path, f.max, prior); err != nil {
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
		{"--directions", f.directions, 2, 1 << 20}, {"--draws", f.draws, 1, 1 << 20}, {"--batch", f.batch, 1, 1 << 20}} {
		if c.got < c.least || c.got > c.most {
			return nil, nil, fmt.Errorf("%s is %d; with these images it must lie between %d and %d", c.flag, c.got, c.least, c.most)
		}
	}
	if f.levels < 0 || f.levels == 1 || f.levels > 1<<16 {
		return nil, nil, fmt.Errorf("--levels is %d; it must lie between 2 and 65536, or be 0 for images that were never integers", f.levels)
	}
	return train, test, nil
}

// chosen is n different images of a set, drawn by key.
func chosen(set data.Set, n int, key rng.Key) ([][]float64, error) {
	return readSome(set, key.Stream().Perm(set.Len())[:n])
}

// compare measures samples against the two sets.
func (f *evalFlags) compare(ctx context.Context, o *options, prior *zoo.Prior, out *evalOutcome, samples [][]float64, train, test data.Set) error {
	key := rng.New(o.seed)
	all, err := readSome(test, numbersBelow(test.Len()))
	if err != nil {
		return err
	}
	some, err := chosen(train, len(samples), key.Split("training images", 0))
	if err != nil {
		return err
	}
	out.SW2 = numberOf(eval.SlicedWasserstein2(samples, all, f.directions, o.seed))
	out.Floor = numberOf(eval.SlicedWasserstein2(some, all, f.directions, o.seed))
	other, err := chosen(test, len(samples), key.Split("test images", 0))
	if err != nil {
		return err
	}
	near := eval.NewNearest(append(slices.Clone(samples), other...))
	const block = 1024
	bar := newStatus("nearest neighbours", train.Len())
	defer bar.done()
	for lo := 0; lo < train.Len(); lo += block {
		if err := ctx.Err(); err != nil {
			return err
		}
		images, err := readSome(train, numbersBelow(min(lo+block, train.Len()))[lo:])
		if err != nil {
			return err
		}
		near.Add(images)
		bar.set(min(lo+block, train.Len()))
	}
	d := near.Distances()
	ours, theirs := d[:len(samples)], d[len(samples):]
	reference := quantile(theirs, .01)
	out.Nearest, out.TestNear = sumUp(ours, reference), sumUp(theirs, reference)
	if f.out == "" {
		return nil
	}
	return f.pictures(prior, samples, ours, near.Index(), train)
}

// pictures draws the first 64 samples, and the samples that come nearest to a training image, above those images.
func (f *evalFlags) pictures(prior *zoo.Prior, samples [][]float64, distance []float64, index []int, train data.Set) error {
	order := numbersBelow(len(samples))
	slices.SortFunc(order, func(i, j int) int {
		if distance[i] < distance[j] {
			return -1
		}
		return 1
	})
	const cols = 16
	order = order[:min(cols, len(order))]
	var pairs [][]float64
	for _, i := range order {
		pairs = append(pairs, samples[i])
	}
	for _, i := range order {
		x, err := readSome(train, index[i:i+1])
		if err != nil {
			return err
		}
		pairs = append(pairs, x[0])
	}
	for _, sheet := range []struct {
		file   string
		images [][]float64
		cols   int
	}{{"samples.png", samples[:min(64, len(samples))], 8}, {"nearest.png", pairs, len(order)}} {
		s := subject(prior, nil, nil)
		var pics []report.Picture
		for _, x := range sheet.images {
			p, err := report.NewPicture("", s.C, s.H, s.W, x, s.Lo, s.Hi)
			if err != nil {
				return err
			}
			pics = append(pics, p)
		}
		if err := report.SavePNG(filepath.Join(f.out, sheet.file), report.Sheet(pics, sheet.cols, max(1, 64/max(s.H, s.W)))); err != nil {
			return err
		}
	}
	return nil
}

// quantile is the smallest value that at least a fraction q of the values do not pass.
func quantile(values []float64, q float64) float64 {
	v := slices.Sorted(slices.Values(values))
	return v[max(0, int(math.Ceil(q*float64(len(v))))-1)]
}

func sumUp(d []float64, reference float64) neighbours {
	n := neighbours{Least: slices.Min(d), First: quantile(d, .01), Median: quantile(d, .5), Mean: numberOf(eval.MeanOf(d))}
	for _, v := range d {
		if v < reference {
			n.Below += 1 / float64(len(d))
		}
	}
	return n
}

// densities is the code lengths of test images, the same ones for both estimates as far as they go.
func (f *evalFlags) densities(ctx context.Context, o *options, prior *zoo.Prior, out *evalOutcome, test data.Set) error {
	n := max(f.elbo, f.ode)
	if n == 0 {
		return nil
	}
	key := rng.New(o.seed)
	images, err := chosen(test, n, key.Split("density images", 0))
	if err != nil {
		return err
	}
	keys := make([]rng.Key, n)
	var m []float64
	for i, x := range images {
		keys[i] = key.Split("density", i)
		f.dequantise(x, prior.Spec.Range, keys[i].Split("dequantise", 0).Stream())
		for _, v := range x {
			m = append(m, prior.Spec.Affine.From(v))
		}
	}
	d := prior.Shape().Size()
	if f.elbo > 0 {
		cfg := diffusion.DefaultELBO()
		cfg.Draws, cfg.Strata = f.draws, diffusion.BySample
		bound := &diffusion.ELBO{Denoiser: prior.Denoiser, Schedule: diffusion.DefaultVP(), Shape: prior.Shape(), Config: cfg}
		logp, evaluations, err := estimateBound(ctx, bound, m[:f.elbo*d], keys[:f.elbo], d)
		if err != nil {
			return err
		}
		out.ELBO = f.codeLength(prior, logp, evaluations, cfg)
	}
	if f.ode > 0 {
		bar := newStatus("ODE", f.ode)
		defer bar.done()
		cfg := diffusion.DefaultFlow()
		cfg.Probes = 1
		flow := &diffusion.FlowPrior{Denoiser: prior.Denoiser, Schedule: diffusion.DefaultVP(), Shape: prior.Shape(), Config: cfg, Progress: func(done, _ int) { bar.set(done) }}
		res, err := flow.LogDensity(ctx, m[:f.ode*d], keys[:f.ode])
		if err != nil {
			return err
		}
		evaluations := 0
		for _, e := range res.Evaluations {
			evaluations += e
		}
		out.ODE = f.codeLength(prior, res.LogProb, evaluations/f.ode, cfg)
	}
	return nil
}

// estimateBound is the bound of images in blocks, so that a status line moves.
func estimateBound(ctx context.Context, bound *diffusion.ELBO, m []float64, keys []rng.Key, d int) (logp []float64, evaluations int, err error) {
	bar := newStatus("evidence bound", len(keys))
	defer bar.done()
	const block = 16
	for lo := 0; lo < len(keys); lo += block {
		hi := min(lo+block, len(keys))
		res, err := bound.Estimate(ctx, m[lo*d:hi*d], keys[lo:hi], nil)
		if err != nil {
			return nil, 0, err
		}
		logp, evaluations = append(logp, res.LogProb...), res.Evaluations
		bar.set(hi)
	}
	return logp, evaluations, nil
}

// dequantise replaces the code k of each pixel, of levels codes evenly over the range, by a uniform draw from bin k of
// as many equal bins; with 0 levels the image stays.
func (f *evalFlags) dequantise(x []float64, span [2]float64, st *rng.Stream) {
	if f.levels == 0 {
		return
	}
	l, width := float64(f.levels), span[1]-span[0]
	for i, v := range x {
		k := min(l-1, max(0, math.Round((v-span[0])/width*(l-1))))
		x[i] = span[0] + width*(k+st.Float64())/l
	}
}

// codeLength turns densities in the prior's units into those of the pixels, log p(x) = log p(m) - D log Scale.
func (f *evalFlags) codeLength(prior *zoo.Prior, logp []float64, evaluations int, cfg any) *codeLength {
	d := prior.Shape().Size()
	nats, bits := make([]float64, len(logp)), make([]float64, len(logp))
	bin := (prior.Spec.Range[1] - prior.Spec.Range[0]) / float64(max(1, f.levels))
	for i, v := range logp {
		nats[i] = v - float64(d)*math.Log(prior.Spec.Affine.Unit())
		bits[i] = diffusion.BitsPerDim(nats[i], d, bin)
	}
	c := &codeLength{Images: len(logp), Nats: numberOf(eval.MeanOf(nats)), Evaluations: evaluations, Config: cfg}
	if f.levels > 0 {
		b := numberOf(eval.MeanOf(bits))
		c.Bits = &b
	}
	return c
}

// present prints the numbers and writes them.
func (f *evalFlags) present(cmd *cobra.Command, o *options, out evalOutcome) error {
	if f.out != "" {
		if err := report.SaveJSON(f.out, out); err != nil {
			return err
		}
	}
	w := cmd.OutOrStdout()
	if o.json {
		return printJSON(w, out)
	}
	fmt.Fprintf(w, "%s\nsliced Wasserstein distance to %d test images, %d directions\n", out.Prior, out.Test, out.Directions)
	fmt.Fprintf(w, "  %-28s %s\n  %-28s %s\n", fmt.Sprintf("%d samples", out.Samples), out.SW2.text("%.4f"), fmt.Sprintf("%d training images (floor)", out.Samples), out.Floor.text("%.4f"))
	fmt.Fprintf(w, "distance to the nearest of %d training images\n  %-28s %8s %8s %8s %8s %10s\n", out.Train, "", "least", "1%", "median", "mean", "below test's 1%")
	for _, l := range []struct {
		name string
		n    neighbours
	}{{"samples", out.Nearest}, {"test images", out.TestNear}} {
		fmt.Fprintf(w, "  %-28s %8.3f %8.3f %8.3f %8.3f %9.1f%%\n", l.name, l.n.Least, l.n.First, l.n.Median, l.n.Mean.Value, 100*l.n.Below)
	}
	for _, l := range []struct {
		name string
		c    *codeLength
	}{{"evidence bound", out.ELBO}, {"ODE", out.ODE}} {
		switch {
		case l.c == nil:
		case l.c.Bits != nil:
			fmt.Fprintf(w, "%s, %d test images: %s bits/dim, dequantised to %d levels\n", l.name, l.c.Images, l.c.Bits.text("%.3f"), out.Levels)
		default:
			fmt.Fprintf(w, "%s, %d test images: log p %s nats\n", l.name, l.c.Images, l.c.Nats.text("%.2f"))
		}
	}
	return nil
}
