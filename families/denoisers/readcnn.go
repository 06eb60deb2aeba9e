package denoisers

import (
	"fmt"
	"math"
	"strconv"

	"tweedie/checkpoints"
	"tweedie/families"
)

// readFoldedBFCNN reads the bias-free CNNs of Kadkhodaie et al. (2023) with their norms folded: w0, w1, ...
func readFoldedBFCNN(f, _ *checkpoints.File) (*description, error) {
	weights := run(f, "w", "")
	if err := only(f, len(weights)); err != nil {
		return nil, err
	}
	return describeBFCNN(weights)
}

// readBFCNN reads them as published.
func readBFCNN(f, _ *checkpoints.File) (*description, error) {
	weights, err := foldBFCNN(f)
	if err != nil {
		return nil, err
	}
	return describeBFCNN(weights)
}

// foldBFCNN is the weights w0, w1, ... of a network as published, where a norm without a mean, y = gammas x/running_sd,
// follows every hidden convolution.
func foldBFCNN(f *checkpoints.File) ([]*checkpoints.Tensor, error) {
	convs, sds, gammas := run(f, "conv_layers.", ".weight"), run(f, "BN_layers.", ".running_sd"), run(f, "BN_layers.", ".gammas")
	if len(sds) != len(convs)-2 || len(gammas) != len(sds) {
		return nil, fmt.Errorf("%d convolutions have %d deviations and %d factors; want one each for all but the first and the last", len(convs), len(sds), len(gammas))
	}
	if err := only(f, len(convs)+2*len(sds)); err != nil {
		return nil, err
	}
	return fold(convs, func(i int) ([]float64, error) {
		return quotient(gammas[i-1], sds[i-1], func(sd float64) float64 { return sd })
	})
}

// describeBFCNN is the CNN with a linear first layer and the given weights.
func describeBFCNN(weights []*checkpoints.Tensor) (*description, error) {
	c, in, out, err := stack(weights)
	if err != nil {
		return nil, err
	}
	c.Channels, c.LinearFirst = out, true
	d := &description{architecture: "cnn", spec: images("residual", out, 40, 40), weights: weights}
	if in != out {
		c.Given = in - out
		d.noPrior = fmt.Errorf("the network takes %d channels and returns %d: it denoises wavelet details given what lies below, which is no prior of images; OpenCascade puts it together with the networks of the other scales", in, out)
	}
	d.network = c
	return d, nil
}

// readBFDnCNN reads the bias-free DnCNN of Mohan et al. (2020): norms without a mean, y = weight x/(sqrt(running_var) +
// 1e-5), follow the hidden convolutions; their other buffers have no effect.
func readBFDnCNN(f, _ *checkpoints.File) (*description, error) {
	hidden := run(f, "hidden_layer_list.", ".weight")
	variances, factors := run(f, "bn_layer_list.", ".running_var"), run(f, "bn_layer_list.", ".weight")
	if len(variances) != len(hidden) || len(factors) != len(hidden) {
		return nil, fmt.Errorf("%d hidden convolutions have %d variances and %d factors; want one each", len(hidden), len(variances), len(factors))
	}
	unused := len(run(f, "bn_layer_list.", ".bias")) + len(run(f, "bn_layer_list.", ".running_mean")) + len(run(f, "bn_layer_list.", ".num_batches_tracked"))
	if err := only(f, 2+3*len(hidden)+unused); err != nil {
		return nil, err
	}
	first, err := f.Tensor("first_layer.weight")
	if err != nil {
		return nil, err
	}
	last, err := f.Tensor("last_layer.weight")
	if err != nil {
		return nil, err
	}
	weights, err := fold(append(append([]*checkpoints.Tensor{first}, hidden...), last), func(i int) ([]float64, error) {
		return quotient(factors[i-1], variances[i-1], func(v float64) float64 { return math.Sqrt(v) + 1e-5 })
	})
	if err != nil {
		return nil, err
	}
	c, in, out, err := stack(weights)
	if err != nil {
		return nil, err
	}
	if c.Channels = out; in != out {
		return nil, fmt.Errorf("the network takes %d channels and returns %d", in, out)
	}
	return &description{architecture: "cnn", network: c, spec: images("residual", out, square, square), weights: weights, subtracts: true}, nil
}

// readNoiseMapCNN reads the DnCNN of SCICO with its norms folded: w0, w1, b1, ..., and circular boundaries. Networks of an even
// number of channels see a noise map beside the image (6N, 17N); those of an odd number are blind (6L, 6M, 6H, 17L, ...).
func readNoiseMapCNN(f, _ *checkpoints.File) (*description, error) {
	c, in, out, err := stack(run(f, "w", ""))
	if err != nil {
		return nil, err
	}
	if in != out {
		return nil, fmt.Errorf("the network takes %d channels and returns %d; want an image, with or without its noise map, in both", in, out)
	}
	c.NoiseMap = out%2 == 0
	c.Channels, c.Bias, c.Padding = out-one(c.NoiseMap), "hidden", "circular"
	return &description{architecture: "cnn", network: c, spec: images("residual", c.Channels, square, square), weights: f.Tensors(), subtracts: true}, nil
}

// fold is convolutions, all but the first and the last multiplied by scale(i), under the names w0, w1, ...
func fold(convs []*checkpoints.Tensor, scale func(i int) ([]float64, error)) ([]*checkpoints.Tensor, error) {
	var folded []*checkpoints.Tensor
	for i, t := range convs {
		name := "w" + strconv.Itoa(i)
		if i == 0 || i == len(convs)-1 {
			folded = append(folded, families.Renamed(t, name))
			continue
		}
		w, err := t.Float32s()
		if err != nil {
			return nil, err
		}
		by, err := scale(i)
		if err != nil {
			return nil, err
		}
		if len(t.Shape) != 4 || t.Shape[0] != len(by) {
			return nil, fmt.Errorf("tensor %q is %v and its norm has %d channels", t.Name, t.Shape, len(by))
		}
		if err := Fold(w, by); err != nil {
			return nil, err
		}
		folded = append(folded, checkpoints.FromFloat32(name, t.Shape, w))
	}
	return folded, nil
}

// quotient is a/f(b), element by element.
func quotient(a, b *checkpoints.Tensor, f func(float64) float64) ([]float64, error) {
	x, err := a.Float64s()
	if err != nil {
		return nil, err
	}
	y, err := b.Float64s()
	if err != nil {
		return nil, err
	}
	if len(x) != len(y) {
		return nil, fmt.Errorf("tensors %q %v and %q %v differ in size", a.Name, a.Shape, b.Name, b.Shape)
	}
	for i, v := range y {
		if d := f(v); d > 0 {
			x[i] /= d
		} else {
			return nil, fmt.Errorf("tensor %q: element %d is %v; the deviation of a norm must be positive", b.Name, i, v)
		}
	}
	return x, nil
}
