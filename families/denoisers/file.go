package denoisers

import (
	"fmt"
	"slices"
	"strconv"

	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/internal/config"
	"tweedie/internal/input"
	"tweedie/layers"
	"tweedie/rng"
)

// publication is a denoiser as its authors, or those who folded its norms, wrote it to a file.
type publication struct {
	marks []string                                               // names, after a common prefix, that its tensors have; the first is a kernel's
	read  func(f, whole *checkpoints.File) (*description, error) // f is what follows the prefix
}

// description is what a file without a description of its own turns out to hold.
type description struct {
	architecture string
	network      any // the config of the architecture's builder
	spec         families.Spec
	weights      []*checkpoints.Tensor // under the names of the network's parameters
	subtracts    bool                  // the network is of the noise, and its authors' code returns the image
	noPrior      error                 // why the network alone is no prior of images
}

// make is the network, of parameters without values.
func (d *description) make() (families.Network, error) {
	at := layers.Root(rng.New(0)).Blank()
	switch c := d.network.(type) {
	case CNNConfig:
		return NewCNN(at, c)
	case UNetConfig:
		return NewUNet(at, c)
	case TDVConfig:
		return NewTDV(at, c)
	case TimeCNNConfig:
		return NewTimeCNN(at, c)
	case UNetResConfig:
		return NewUNetRes(at, c)
	}
	return nil, fmt.Errorf("there is no network of %T", d.network)
}

// overlay reads fields of the network's config that tensors do not tell, such as dilations, onto what was found.
func (d *description) overlay(text []byte) error {
	switch c := d.network.(type) {
	case CNNConfig:
		err := config.Decode(text, &c)
		d.network, d.subtracts = c, d.spec.Predict.Kind == "residual" && !c.returnsNoise()
		return err
	case UNetResConfig:
		err := config.Decode(text, &c)
		d.network = c
		return err
	}
	return fmt.Errorf("of a network %q the file tells everything", d.architecture)
}

// file is the weights as a file.
func (d *description) file() (*checkpoints.File, error) {
	f := &checkpoints.File{}
	return f, f.Add(d.weights...)
}

// publications are the denoisers known by the names of their tensors. The first that fits is taken.
var publications = []publication{
	{[]string{"conv_layers.0.weight", "BN_layers.0.running_sd", "BN_layers.0.gammas"}, readBFCNN},
	{[]string{"first_layer.weight", "hidden_layer_list.0.weight", "bn_layer_list.0.running_var", "last_layer.weight"}, readBFDnCNN},
	{[]string{"model.0.weight", "model.2.weight"}, readKAIR},
	{[]string{"dncnn.0.weight", "dncnn.2.weight"}, readTorchDnCNN},
	{[]string{"in_conv.weight", "conv_list.0.weight", "out_conv.weight"}, readDeepinvDnCNN},
	{[]string{"blocks.0.0.weight", "blocks.1.0.weight"}, readDeepinvFFDNet},
	{[]string{"m_head.weight", "m_body.0.res.0.weight", "m_tail.weight"}, readUNetRes},
	{[]string{"params.conv_start.kernel", "params.ConvBNBlock_0.Conv_0.kernel"}, readFlaxDnCNN},
	{[]string{"w0", "w1", "b1"}, readNoiseMapCNN},
	{[]string{"w0", "w1"}, readFoldedBFCNN},
	{[]string{"conv1.weight", "conv7.weight", "conv9.weight"}, readBFUNet},
	{[]string{"R.K1.weight", "R.KN.weight", "T", "lmbda"}, readTDV},
	{[]string{"blocks.0.net.0.weight", "blocks.0.net.1.weight", "frequencies", "time_embed.0.weight"}, readTimeCNN},
}

// fits reports whether what has the first name is the kernel of a convolution: an MLP, whose names may be the same, has matrices.
func (p *publication) fits(f *checkpoints.File, prefix string) bool {
	t, err := f.Tensor(prefix + p.marks[0])
	return err == nil && len(t.Shape) == 4
}

// describe is what the first publication that fits says about a file, of the tensors after the prefix when one is
// given; nil when none does.
func describe(f *checkpoints.File, prefix string) (*description, error) {
	for _, p := range publications {
		found := slices.DeleteFunc(families.Prefixes(f, p.marks, prefix), func(at string) bool { return !p.fits(f, at) })
		switch {
		case len(found) > 1:
			return nil, fmt.Errorf("the file holds %d denoisers, at the prefixes %s; give a file with one", len(found), input.List(found))
		case len(found) == 1:
			return p.read(f.Sub(found[0]), f)
		}
	}
	return nil, nil
}

// images is the families.Spec of images in [0, 1] with the given shape, with the pixels of photographs.
func images(predict string, shape ...int) families.Spec {
	s := families.NewSpec(nil, shape[0], shape[1:], 0, 1, families.Positives)
	s.Predict = families.Prediction{Kind: predict}
	return s
}

// square is the extent that priors of networks for images of any extents are given.
const square = 256

// run is the tensors named before + i + after for i = 0, 1, ..., as far as there are any.
func run(f *checkpoints.File, before, after string) (ts []*checkpoints.Tensor) {
	for i := 0; ; i++ {
		t, err := f.Tensor(before + strconv.Itoa(i) + after)
		if err != nil {
			return ts
		}
		ts = append(ts, t)
	}
}

// stack is the config of the CNN whose convolutions have the given weights [out,in,k,k], of given + channels images.
func stack(weights []*checkpoints.Tensor) (c CNNConfig, in, out int, err error) {
	for i, w := range weights {
		if len(w.Shape) != 4 || w.Shape[2] != w.Shape[3] {
			return c, 0, 0, fmt.Errorf("tensor %q is %v; want [out,in,k,k]", w.Name, w.Shape)
		}
		c.Kernels = append(c.Kernels, w.Shape[2])
		if i == 0 {
			in, c.Width = w.Shape[1], w.Shape[0]
		}
		out = w.Shape[0]
	}
	if len(weights) < 2 {
		return c, 0, 0, fmt.Errorf("the file holds %d convolutions; want at least two", len(weights))
	}
	return c, in, out, nil
}

// only says that f holds other tensors than the n that were read.
func only(f *checkpoints.File, n int) error {
	if all := len(f.Tensors()); all != n {
		return fmt.Errorf("the file holds %d tensors, of which this program knows %d", all, n)
	}
	return nil
}
