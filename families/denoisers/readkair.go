package denoisers

import (
	"fmt"
	"slices"
	"strconv"

	"tweedie/checkpoints"
)

// What PyTorch's batch norms add to the variance, by default and in the code of Zhang et al.
const (
	usualEps = 1e-5
	zhangEps = 1e-4
)

// readKAIR reads the Sequentials of KAIR: DnCNN with its norms or with them folded, IRCNN, which is seven layers with
// dilations 1 2 3 4 3 2 1, FDnCNN, which takes the noise level and returns the image, and FFDNet, which does so of blocks of 2x2
// pixels.
func readKAIR(f, _ *checkpoints.File) (*description, error) {
	d, c, in, out, err := residual(f, "model.", zhangEps)
	if err != nil {
		return nil, err
	}
	switch {
	case in == out:
		if c.Channels = out; len(c.Kernels) == 7 {
			c.Dilations = []int{1, 2, 3, 4, 3, 2, 1}
		}
		d.subtracts = true
	case in == out+1 && out%4 == 0:
		c.Channels, c.NoiseLevel, c.Shuffle = out/4, true, 2
		d.spec = images("denoised", c.Channels, square, square)
		d.spec.Sigmas[1] = 75. / 255
	case in == out+1:
		c.Channels, c.NoiseLevel = out, true
		d.spec = images("denoised", out, square, square)
		d.spec.Sigmas[1] = 75. / 255
	default:
		return nil, fmt.Errorf("the network takes %d channels and returns %d; want as many (DnCNN, IRCNN), C + 1 and C (FDnCNN), or 4 C + 1 and 4 C (FFDNet)", in, out)
	}
	d.network = c
	return d, nil
}

// readTorchDnCNN reads DnCNN of the PyTorch codes of Zhang, whose first layer has additive constants, and of SaoYan, whose
// has none and whose code returns the noise.
func readTorchDnCNN(f, _ *checkpoints.File) (*description, error) {
	eps := usualEps
	if f.Has("dncnn.0.bias") {
		eps = zhangEps
	}
	d, c, in, out, err := residual(f, "dncnn.", eps)
	if err != nil {
		return nil, err
	}
	if in != out {
		return nil, fmt.Errorf("the network takes %d channels and returns %d; want as many", in, out)
	}
	c.Channels, c.Noise = out, eps == usualEps
	d.network, d.subtracts = c, !c.Noise
	return d, nil
}

// residual is the CNN of a Sequential, which predicts the noise, and the channels that it takes and returns.
func residual(f *checkpoints.File, before string, eps float64) (d *description, c CNNConfig, in, out int, err error) {
	part := f.Sub(before)
	if err := only(f, len(part.Tensors())); err != nil {
		return nil, c, 0, 0, err
	}
	stages, err := sequence(part)
	if err != nil {
		return nil, c, 0, 0, err
	}
	d = &description{architecture: "cnn"}
	if c, d.weights, in, out, err = folded(stages, eps); err == nil {
		d.spec = images("residual", out, square, square)
	}
	return d, c, in, out, err
}

// readDeepinvDnCNN reads DnCNN of deepinv, in_conv, conv_list and out_conv, which adds its output to the image: that output is
// minus the noise.
func readDeepinvDnCNN(f, _ *checkpoints.File) (*description, error) {
	names := []string{"in_conv"}
	for i := range run(f, "conv_list.", ".weight") {
		names = append(names, "conv_list."+strconv.Itoa(i))
	}
	stages, err := named(f, append(names, "out_conv"), "")
	if err != nil {
		return nil, err
	}
	d := &description{architecture: "cnn", subtracts: true}
	c, ts, in, out, err := folded(stages, usualEps)
	if err != nil {
		return nil, err
	}
	if in != out {
		return nil, fmt.Errorf("the network takes %d channels and returns %d; want as many", in, out)
	}
	c.Channels = out
	for i, t := range ts {
		if l := strconv.Itoa(len(c.Kernels) - 1); t.Name != "w"+l && t.Name != "b"+l {
			continue
		}
		v, err := t.Float32s()
		if err != nil {
			return nil, err
		}
		for k := range v {
			v[k] = -v[k]
		}
		ts[i] = checkpoints.FromFloat32(t.Name, t.Shape, v)
	}
	d.network, d.spec, d.weights = c, images("residual", out, square, square), ts
	return d, nil
}

// readDeepinvFFDNet reads FFDNet of deepinv, whose noise level is four channels, the pixels of a block.
func readDeepinvFFDNet(f, _ *checkpoints.File) (*description, error) {
	var names []string
	for i := range run(f, "blocks.", ".0.weight") {
		names = append(names, "blocks."+strconv.Itoa(i)+".0")
	}
	stages, err := named(f, append(names, "blocks."+strconv.Itoa(len(names))), "1")
	if err != nil {
		return nil, err
	}
	c, ts, in, out, err := folded(stages, usualEps)
	if err != nil {
		return nil, err
	}
	if in != out+4 || out%4 != 0 {
		return nil, fmt.Errorf("the network takes %d channels and returns %d; want 4 C + 4 and 4 C", in, out)
	}
	if ts[0], err = merged(ts[0], out); err != nil {
		return nil, err
	}
	c.Channels, c.NoiseLevel, c.Shuffle = out/4, true, 2
	d := &description{architecture: "cnn", network: c, spec: images("denoised", c.Channels, square, square), weights: ts}
	d.spec.Sigmas[1] = 75. / 255
	return d, nil
}

// merged is a kernel whose input channels from the first on are one, their sum.
func merged(t *checkpoints.Tensor, first int) (*checkpoints.Tensor, error) {
	v, err := t.Float32s()
	if err != nil {
		return nil, err
	}
	shape := slices.Clone(t.Shape)
	in, area := shape[1], shape[2]*shape[3]
	shape[1] = first + 1
	w := make([]float32, shape[0]*shape[1]*area)
	for o := range shape[0] {
		for p := range area {
			sum := 0.
			for i := range in {
				x := v[(o*in+i)*area+p]
				if i < first {
					w[(o*shape[1]+i)*area+p] = x
				} else {
					sum += float64(x)
				}
			}
			w[(o*shape[1]+first)*area+p] = float32(sum)
		}
	}
	return checkpoints.FromFloat32(t.Name, shape, w), nil
}

// named is the stages whose convolutions have the given names; a norm lies beside them, under the name that stands for the
// last part of theirs. It takes every tensor of f.
func named(f *checkpoints.File, names []string, norm string) (stages []stage, err error) {
	seen := 0
	for _, name := range names {
		part := f.Sub(name + ".")
		w, err := part.Tensor("weight")
		if err != nil {
			return nil, fmt.Errorf("tensor %q is missing", name+".weight")
		}
		s := stage{weight: w}
		if b, err := part.Tensor("bias"); err == nil {
			s.bias = b
		}
		seen += len(part.Tensors())
		if beside := f.Sub(name[:len(name)-1] + norm + "."); norm != "" && name[len(name)-2:] == ".0" && len(beside.Tensors()) > 0 {
			if !beside.Has("running_var") {
				return nil, fmt.Errorf("the norm beside %q has no running_var; only batch norms can be folded", name)
			}
			s.norm, seen = beside, seen+len(beside.Tensors())
		}
		stages = append(stages, s)
	}
	return stages, only(f, seen)
}

// readUNetRes reads DRUNet of KAIR, DPIR and deepinv, which has our names; as many channels as the image has, and one more for
// the noise level, go in.
func readUNetRes(f, _ *checkpoints.File) (*description, error) {
	head, err := dims(f, "m_head.weight", 4)
	if err != nil {
		return nil, err
	}
	tail, err := dims(f, "m_tail.weight", 4)
	if err != nil {
		return nil, err
	}
	c := UNetResConfig{Channels: tail[0], NoiseLevel: head[1] == tail[0]+1, Widths: []int{head[0]}, Blocks: len(run(f, "m_body.", ".res.0.weight"))}
	if !c.NoiseLevel && head[1] != tail[0] {
		return nil, fmt.Errorf("the network takes %d channels and returns %d; want as many, or one more for the noise level", head[1], tail[0])
	}
	for i := 1; f.Has("m_down" + strconv.Itoa(i) + ".0.res.0.weight"); i++ {
		at := "m_down" + strconv.Itoa(i) + "." + strconv.Itoa(c.Blocks) + ".weight"
		down, err := dims(f, at, 4)
		if err != nil || down[2] != 2 || down[3] != 2 {
			return nil, fmt.Errorf("tensor %q is no kernel of 2x2: only downsample_mode strideconv and upsample_mode convtranspose are known", at)
		}
		c.Widths = append(c.Widths, down[0])
	}
	d := &description{architecture: "unet-res", network: c, spec: images("denoised", c.Channels, square, square), weights: f.Tensors()}
	if c.NoiseLevel {
		d.spec.Sigmas[1] = 50. / 255
	}
	return d, nil
}
