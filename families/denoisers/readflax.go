package denoisers

import (
	"fmt"
	"math"
	"strconv"

	"tweedie/checkpoints"
)

// readFlaxDnCNN reads the DnCNN of SCICO as published by flax: kernels [k,k,in,out], and after every hidden convolution
// a norm y = scale (x - mean)/sqrt(var + 1e-5) + bias.
func readFlaxDnCNN(f, _ *checkpoints.File) (*description, error) {
	params, stats := f.Sub("params."), f.Sub("batch_stats.")
	hidden := len(run(params, "ConvBNBlock_", ".Conv_0.kernel"))
	if err := only(f, 2+5*hidden); err != nil {
		return nil, err
	}
	g := &checkpoints.File{}
	for i := range hidden + 2 {
		name, block := "conv_start.kernel", "ConvBNBlock_"+strconv.Itoa(i-1)+"."
		switch {
		case i == hidden+1:
			name = "conv_end.kernel"
		case i > 0:
			name = block + "Conv_0.kernel"
		}
		t, err := params.Tensor(name)
		if err != nil {
			return nil, err
		}
		w, shape, err := outIn(t)
		if err != nil {
			return nil, err
		}
		if i > 0 && i <= hidden {
			scale, shift, err := flaxNorm(params.Sub(block+"BatchNorm_0."), stats.Sub(block+"BatchNorm_0."), shape[0])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", block, err)
			}
			if err := Fold(w, scale); err != nil {
				return nil, err
			}
			if err := g.Add(checkpoints.FromFloat32("b"+strconv.Itoa(i), []int{len(shift)}, shift)); err != nil {
				return nil, err
			}
		}
		if err := g.Add(checkpoints.FromFloat32("w"+strconv.Itoa(i), shape, w)); err != nil {
			return nil, err
		}
	}
	return readNoiseMapCNN(g, g)
}

// outIn is the kernel [k,k,in,out] as [out,in,k,k].
func outIn(t *checkpoints.Tensor) ([]float32, []int, error) {
	if len(t.Shape) != 4 {
		return nil, nil, fmt.Errorf("tensor %q is %v; want [k,k,in,out]", t.Name, t.Shape)
	}
	x, err := t.Float32s()
	if err != nil {
		return nil, nil, err
	}
	h, w, in, out := t.Shape[0], t.Shape[1], t.Shape[2], t.Shape[3]
	y := make([]float32, len(x))
	for i := range x {
		o, c, p := i%out, i/out%in, i/out/in
		y[(o*in+c)*h*w+p] = x[i]
	}
	return y, []int{out, in, h, w}, nil
}

// flaxNorm is the norm of n channels as y = scale x + shift.
func flaxNorm(params, stats *checkpoints.File, n int) (scale []float64, shift []float32, err error) {
	var part [4][]float64
	for i, name := range []string{"scale", "bias", "mean", "var"} {
		from := params
		if i > 1 {
			from = stats
		}
		t, err := from.Tensor(name)
		if err != nil {
			return nil, nil, err
		}
		if part[i], err = t.Float64s(); err != nil {
			return nil, nil, err
		}
		if len(part[i]) != n {
			return nil, nil, fmt.Errorf("tensor %q is %v; the convolution has %d channels", name, t.Shape, n)
		}
	}
	scale, shift = part[0], make([]float32, n)
	for i := range scale {
		d := math.Sqrt(part[3][i] + 1e-5)
		if !(d > 0) {
			return nil, nil, fmt.Errorf("the variance of channel %d is %v; it must not be negative", i, part[3][i])
		}
		scale[i] /= d
		shift[i] = float32(part[1][i] - part[2][i]*scale[i])
	}
	return scale, shift, nil
}
