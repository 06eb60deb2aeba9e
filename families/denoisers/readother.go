package denoisers

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/families"
	"tweedie/internal/config"
)

// dims is the shape of a tensor that must have the given number of axes.
func dims(f *checkpoints.File, name string, axes int) ([]int, error) {
	t, err := f.Tensor(name)
	if err != nil {
		return nil, err
	}
	if len(t.Shape) != axes {
		return nil, fmt.Errorf("tensor %q is %v; want %d axes", name, t.Shape, axes)
	}
	return t.Shape, nil
}

// readBFUNet reads the bias-free U-Net of Mohan et al. (2020), which has our names.
func readBFUNet(f, _ *checkpoints.File) (*description, error) {
	w, err := dims(f, "conv1.weight", 4)
	if err != nil {
		return nil, err
	}
	return &description{architecture: "bf-unet", network: UNetConfig{Channels: w[1], Width: w[0]},
		spec: images("denoised", w[1], square, square), weights: f.Tensors()}, nil
}

// readTDV reads the TDV of Kobler et al. (2020), as published or its parameters alone, with its ten steps.
func readTDV(f, _ *checkpoints.File) (*description, error) {
	w, err := dims(f, "R.K1.weight", 4)
	if err != nil {
		return nil, err
	}
	c := DefaultTDV(w[1])
	c.Features = w[0]
	c.Blocks, c.Scales = len(run(f, "R.mb.", ".mb.0.0.conv1.weight")), len(run(f, "R.mb.0.mb.", ".0.conv1.weight"))
	weights, err := tensorsOfTDV(f)
	return &description{architecture: "tdv", network: c, spec: images("denoised", w[1], square, square), weights: weights}, err
}

// readTimeCNN reads the network for MNIST of Zhang (2024) with its process: images in [-1/2, 1/2], a table of betas, and
// labels that are indices. The names of the process are beta and alpha_bar or beta_t and alpha_t.
func readTimeCNN(f, whole *checkpoints.File) (*description, error) {
	norm, err := dims(f, "blocks.0.net.1.weight", 3)
	if err != nil {
		return nil, err
	}
	kernel, err := dims(f, "blocks.0.net.0.weight", 4)
	if err != nil {
		return nil, err
	}
	embed, err := dims(f, "time_embed.0.weight", 2)
	if err != nil {
		return nil, err
	}
	c := TimeCNNConfig{Channels: kernel[1], Height: norm[1], Width: norm[2], Kernel: kernel[2], Features: embed[1], Embed: embed[0], Steps: 1000}
	for _, w := range run(f, "blocks.", ".net.0.weight") {
		shape, err := dims(f, w.Name, 4)
		if err != nil {
			return nil, err
		}
		c.Hidden = append(c.Hidden, shape[0])
	}
	d := &description{architecture: "time-cnn", network: c}
	for _, t := range f.Tensors() {
		if t.Name != "beta" && t.Name != "alpha_bar" {
			d.weights = append(d.weights, t)
		}
	}
	beta, err := f.Tensor("beta")
	if err != nil {
		if beta, err = whole.Tensor("beta_t"); err != nil {
			return nil, err
		}
	}
	process, err := tabled(beta)
	if err != nil {
		return nil, err
	}
	c.Steps = process.Steps - 1
	steps, err := diffusion.EncodeDDPM(process)
	if err != nil {
		return nil, err
	}
	d.network = c
	d.spec = families.Spec{Shape: []int{c.Channels, c.Height, c.Width}, Predict: families.Prediction{Kind: "eps", Schedule: steps},
		Affine: diffusion.Affine{Scale: 1, Shift: .5}, Range: [2]float64{0, 1}, Mean: .1307, Std: .3081}
	return d, nil
}

// tabled is the process whose betas, all that a file has of it, are those of a table: a linear one where they are even between
// their ends.
func tabled(beta *checkpoints.Tensor) (diffusion.DDPMConfig, error) {
	c := diffusion.DefaultDDPM()
	b, err := beta.Float64s()
	if err != nil {
		return c, err
	}
	n := len(b)
	if n < 2 || n > config.MostSteps {
		return c, fmt.Errorf("tensor %q has %d steps; want 2 to %d", beta.Name, n, config.MostSteps)
	}
	s := float64(n) / 1000 // of the betas of a process of 1000 steps
	c.Steps, c.BetaStart, c.BetaEnd = n, b[0]*s, b[n-1]*s
	texts, linear := make([]string, n), true
	for i, v := range b {
		even := b[0] + float64(i)*(b[n-1]-b[0])/float64(n-1)
		linear = linear && math.Abs(v-even) <= 1e-6*even
		texts[i] = strconv.FormatFloat(v, 'g', -1, 64)
	}
	if !linear {
		d := diffusion.DefaultDDPM()
		c.Betas, c.BetaStart, c.BetaEnd, c.Given = diffusion.GivenBetas, d.BetaStart, d.BetaEnd, strings.Join(texts, ",")
	}
	if err := c.Validate(); err != nil {
		return c, fmt.Errorf("tensor %q: %w", beta.Name, err)
	}
	return c, nil
}
