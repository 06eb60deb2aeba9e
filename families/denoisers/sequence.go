package denoisers

import (
	"fmt"
	"math"
	"strconv"

	"tweedie/checkpoints"
)

// stage is a convolution in a file, with the batch norm behind it.
type stage struct {
	weight, bias *checkpoints.Tensor // nil for no bias
	norm         *checkpoints.File   // weight, bias, running_mean and running_var; nil for no norm
}

// sequence is the stages of a Sequential of PyTorch, by the numbers of its parts: a weight with four axes is a convolution,
// one with a single axis the norm of the convolution before. It takes every tensor of f.
func sequence(f *checkpoints.File) (stages []stage, err error) {
	seen := 0
	for i, gap := 0, 0; gap < 4; i++ {
		name := strconv.Itoa(i)
		w, err := f.Tensor(name + ".weight")
		if err != nil {
			gap++
			continue
		}
		gap = 0
		part := f.Sub(name + ".")
		seen += len(part.Tensors())
		switch {
		case len(w.Shape) == 4:
			b, err := part.Tensor("bias")
			if err != nil {
				b = nil
			}
			stages = append(stages, stage{weight: w, bias: b})
		case len(w.Shape) == 1 && len(stages) > 0 && stages[len(stages)-1].norm == nil:
			stages[len(stages)-1].norm = part
		default:
			return nil, fmt.Errorf("tensor %q is %v; want a kernel [out,in,k,k], or the weights of the norm of the convolution before", w.Name, w.Shape)
		}
	}
	return stages, only(f, seen)
}

// folded is the convolutions as w0, b0, w1, b1, ..., with norms y = weight (x - running_mean)/sqrt(running_var + eps) + bias
// folded into them, and their CNN. Where the first or the last has additive constants all have, zeros where the file has none.
func folded(stages []stage, eps float64) (c CNNConfig, ts []*checkpoints.Tensor, in, out int, err error) {
	var weights []*checkpoints.Tensor
	last := len(stages) - 1
	for i, s := range stages {
		weights = append(weights, s.weight)
		if biased := s.bias != nil || s.norm != nil; biased && (i == 0 || i == last) {
			c.Bias = "all"
		} else if biased && c.Bias == "" {
			c.Bias = "hidden"
		}
	}
	bias := c.Bias
	if c, in, out, err = stack(weights); err != nil {
		return c, nil, 0, 0, err
	}
	c.Bias = bias
	for i, s := range stages {
		w, b, err := s.fold(eps)
		if err != nil {
			return c, nil, 0, 0, err
		}
		ts = append(ts, checkpoints.FromFloat32("w"+strconv.Itoa(i), s.weight.Shape, w))
		if c.biased(i) {
			ts = append(ts, checkpoints.FromFloat32("b"+strconv.Itoa(i), []int{len(b)}, b))
		}
	}
	return c, ts, in, out, nil
}

// fold is the weights and the additive constants of a stage as one convolution.
func (s *stage) fold(eps float64) (w, b []float32, err error) {
	if w, err = s.weight.Float32s(); err != nil {
		return nil, nil, err
	}
	n := s.weight.Shape[0]
	b = make([]float32, n)
	if s.bias != nil {
		if b, err = s.bias.Float32s(); err != nil {
			return nil, nil, err
		}
		if len(b) != n {
			return nil, nil, fmt.Errorf("tensor %q is %v; the convolution has %d channels", s.bias.Name, s.bias.Shape, n)
		}
	}
	if s.norm == nil {
		return w, b, nil
	}
	var part [4][]float64
	for i, name := range []string{"weight", "bias", "running_mean", "running_var"} {
		t, err := s.norm.Tensor(name)
		if err != nil {
			return nil, nil, err
		}
		if part[i], err = t.Float64s(); err != nil {
			return nil, nil, err
		}
		if len(part[i]) != n {
			return nil, nil, fmt.Errorf("tensor %q is %v; the convolution has %d channels", t.Name, t.Shape, n)
		}
	}
	scale := part[0]
	for i := range scale {
		d := math.Sqrt(part[3][i] + eps)
		if !(d > 0) {
			return nil, nil, fmt.Errorf("the variance of channel %d is %v; it must not be negative", i, part[3][i])
		}
		scale[i] /= d
		b[i] = float32(part[1][i] + (float64(b[i])-part[2][i])*scale[i])
	}
	return w, b, Fold(w, scale)
}
