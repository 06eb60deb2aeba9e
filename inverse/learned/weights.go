package learned

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"tweedie/checkpoints"
	"tweedie/layers"
	"tweedie/rng"
)

// extractor begins the names of the part of a file that finds the code of a pair of images, which F does not use.
const extractor = "kernel_extractor."

// read returns the network of a file for images with the given number of channels. Where load is false, its parameters have no
// values: names, shapes and types have been compared, and no more than the header was read.
func read(path string, channels int, load bool) (*network, sizes, error) {
	f, err := checkpoints.Open(path)
	if err != nil {
		return nil, sizes{}, err
	}
	defer f.Close()
	held := f.Empty()
	for _, t := range f.Tensors() {
		if !strings.HasPrefix(t.Name, extractor) {
			if err := held.Add(t); err != nil {
				return nil, sizes{}, err
			}
		}
	}
	z, err := sizesOf(held)
	if err != nil {
		return nil, z, err
	}
	if z.channels != channels {
		return nil, z, fmt.Errorf("holds a network of images with %s; these have %d", plural(z.channels, "channel"), channels)
	}
	n, err := newNetwork(layers.Root(rng.Key{}).Blank(), z)
	if err != nil {
		return nil, z, err
	}
	if problems := checkpoints.Match(held, n.params, checkpoints.LoadOptions{}); len(problems) > 0 {
		err = &checkpoints.LoadError{Problems: problems}
	} else if load {
		err = checkpoints.Load(held, n.params, checkpoints.LoadOptions{})
	}
	if e, ok := errors.AsType[*checkpoints.LoadError](err); ok {
		return nil, z, errors.New(e.Line())
	}
	return n, z, err
}

// sizesOf returns the sizes that the shapes of a file's tensors tell. Whether the others fit them is not looked at.
func sizesOf(f *checkpoints.File) (sizes, error) {
	var z sizes
	var err error
	extent := func(name string, axis int) int {
		t, missing := f.Tensor(name)
		switch {
		case err != nil:
		case missing != nil:
			err = fmt.Errorf("holds no tensor %q, which the state dict of a KernelWizard has", name)
		case len(t.Shape) != 4:
			err = fmt.Errorf("has the shape %v for %q, which is the weight of a convolution in the state dict of a KernelWizard", t.Shape, name)
		default:
			return t.Shape[axis]
		}
		return 0
	}
	blocks := func(part string, first int) (count int) {
		for f.Has(part + strconv.Itoa(first+count) + ".conv1.weight") {
			count++
		}
		return count
	}
	const first = "feature_extractor.0.weight"
	z.width, z.channels = extent(first, 0), extent(first, 1)
	z.front, z.back = blocks("feature_extractor.", firstBlock), blocks("recon_trunk.", 0)
	z.tail = extent("recon_trunk."+strconv.Itoa(z.back+8)+".weight", 1)
	z.code = extent("adapter.model."+strings.Repeat("submodule.", depth-1)+"up.1.weight", 0) - 8*z.width
	if err == nil && (min(z.width, z.channels, z.tail, z.code) < 1 || max(z.width, z.channels, z.tail, z.code) > mostWidth) {
		err = fmt.Errorf("tells a network of %d channels, width %d, width %d at full resolution and codes of %d channels; each must lie between 1 and %d",
			z.channels, z.width, z.tail, z.code, mostWidth)
	}
	return z, err
}

// mostWidth bounds the channels at any place of a network, beyond any that is known.
const mostWidth = 1 << 14

// plural writes a number with a noun.
func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
