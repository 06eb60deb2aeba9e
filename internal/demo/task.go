package demo

import (
	"fmt"
	"strings"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/mri"
	"tweedie/inverse/optics"
	"tweedie/prior"
)

// task holds a forward model of the demonstration with its noise, and the plain restoration that answers are
// compared with.
type task struct {
	name, title string
	op          inverse.Config
	sigma       float64
	baseline    string // name of the plain restoration
	about       string // what it does
	restore     func(*prior.Prior, *inverse.Likelihood) ([]float64, error)
}

// TaskNames lists the tasks in the order of a table.
var TaskNames = []string{"superres", "deblur", "inpaint", "dft"}

// tasksFor returns the tasks for a prior's images [C,H,W]: images of 8x8 pixels keep a quarter of the numbers with noise of
// a tenth of the range, larger ones a sixteenth (superres) with a twentieth. The cut of the blur's pseudo-inverse, from which DPnP and RED-diff
// start, keeps frequencies out of it in which there is nothing but noise.
func tasksFor(prior *prior.Prior) (map[string]task, error) {
	shape := prior.Shape()
	if shape.Rank() != 3 || shape.Dim(1) < 8 || shape.Dim(2) < 8 {
		return nil, fmt.Errorf("the demonstration needs a prior on images [C,H,W] of at least 8x8 pixels, and %s is on %v", prior.Name, shape)
	}
	h, w := shape.Dim(1), shape.Dim(2)
	block, std, keep, centre, part := 4, 2, .25, 2, .05
	if min(h, w) < 16 {
		block, std, keep, centre, part = 2, 1, .4, 1, .1
	}
	sigma := part * (prior.Spec.Range[1] - prior.Spec.Range[0])
	return map[string]task{
		"superres": {"superres", fmt.Sprintf("super-resolution: averages over blocks of %dx%d pixels", block, block),
			optics.BlockAverageConfig{Rows: block, Cols: block}, sigma,
			"bicubic", "bicubic interpolation (Catmull-Rom) of the measurement", bicubic},
		"deblur": {"deblur", fmt.Sprintf("deblurring: a Gaussian blur of standard deviation %d pixels", std),
			optics.BlurConfig{Boundary: "circular", Gaussian: &optics.GaussianConfig{Size: 4*std + 1, Std: float64(std)}, Cut: .2}, sigma,
			"Wiener", "the Wiener filter for independent pixels with the mean and deviation of the training images", wiener},
		"inpaint": {"inpaint", fmt.Sprintf("inpainting: a box of %dx%d pixels is missing", h/2, w/2),
			optics.InpaintConfig{Box: &optics.BoxConfig{Top: h / 4, Left: w / 4, Height: h / 2, Width: w / 2}}, sigma,
			"harmonic", "harmonic interpolation: a missing pixel is the mean of its neighbours", harmonic},
		"dft": {"dft", fmt.Sprintf("Fourier sampling: %.0f%% of the frequencies, as in a short MRI scan", 100*keep),
			mri.DFTConfig{Random: &mri.RandomDFTConfig{Keep: keep, Centre: centre, Seed: 1}}, sigma,
			"zero-filled", "the inverse transform with zero for every frequency that was not measured", zeroFilled},
	}, nil
}

// chooseTasks returns the tasks that --task names: one, or "all".
func chooseTasks(name string, prior *prior.Prior) ([]task, error) {
	tasks, err := tasksFor(prior)
	if err != nil {
		return nil, err
	}
	names := []string{name}
	if name == "all" {
		names = TaskNames
	}
	var chosen []task
	for _, n := range names {
		t, ok := tasks[n]
		if !ok {
			return nil, fmt.Errorf("--task %q is unknown; it must be %s, or all for a table with --images", n, strings.Join(TaskNames, ", "))
		}
		chosen = append(chosen, t)
	}
	return chosen, nil
}

// bicubic enlarges a measured image of fewer pixels.
func bicubic(prior *prior.Prior, lik *inverse.Likelihood) ([]float64, error) {
	return resample(lik.Y, lik.Op.OutShape(), prior.Shape(), prior.Spec.Range), nil
}

// wiener returns argmin |y - A x|^2/sigma^2 + |x - m|^2/s^2 with the mean m and the deviation s of the training pixels.
func wiener(prior *prior.Prior, lik *inverse.Likelihood) ([]float64, error) {
	prox, err := inverse.NewProximal(lik, inverse.DefaultProximal())
	if err != nil {
		return nil, err
	}
	exact, ok := prox.(inverse.ExactProximal)
	if !ok {
		return nil, fmt.Errorf("%s has no closed form for its Wiener filter", lik.Op.Name())
	}
	m, x := make([]float64, lik.Size()), make([]float64, lik.Size())
	for i := range m {
		m[i] = prior.Spec.Mean
	}
	return x, exact.Mean(x, m, prior.Spec.Std)
}

// zeroFilled returns the pseudo-inverse.
func zeroFilled(_ *prior.Prior, lik *inverse.Likelihood) ([]float64, error) {
	x := make([]float64, lik.Size())
	lik.Op.(inverse.PseudoInverter).PseudoInverse(x, lik.Y)
	return x, nil
}

// harmonic solves Laplace's equation in the missing pixels by sweeps of Gauss and Seidel.
func harmonic(prior *prior.Prior, lik *inverse.Likelihood) ([]float64, error) {
	x, err := zeroFilled(prior, lik)
	if err != nil {
		return nil, err
	}
	missing := missingPixels(lik.Op.(*optics.Inpaint))
	for _, i := range missing {
		x[i] = prior.Spec.Mean
	}
	shape := prior.Shape()
	width := prior.Spec.Range[1] - prior.Spec.Range[0]
	for change := width; change > 1e-6*width; {
		change = 0
		for _, i := range missing {
			v := neighbourMean(x, shape, i)
			change = max(change, v-x[i], x[i]-v)
			x[i] = v
		}
	}
	return x, nil
}

// missingPixels returns the pixels that an inpainting operator does not keep.
func missingPixels(op *optics.Inpaint) []int {
	kept := make([]bool, op.InShape().Size())
	for _, i := range op.Kept() {
		kept[i] = true
	}
	var missing []int
	for i, k := range kept {
		if !k {
			missing = append(missing, i)
		}
	}
	return missing
}

// neighbourMean returns the mean of the up to four neighbours of entry i of x [C,H,W].
func neighbourMean(x []float64, shape autodiff.Shape, i int) float64 {
	h, w := shape.Dim(1), shape.Dim(2)
	row, col := i/w%h, i%w
	sum, n := 0., 0.
	for _, near := range []struct {
		inside bool
		at     int
	}{{row > 0, i - w}, {row < h-1, i + w}, {col > 0, i - 1}, {col < w-1, i + 1}} {
		if near.inside {
			sum, n = sum+x[near.at], n+1
		}
	}
	return sum / n
}
