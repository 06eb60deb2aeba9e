package zoo

import (
	"fmt"

	"tweedie/checkpoints"
	"tweedie/denoisers"
	"tweedie/layers"
	"tweedie/rng"
)

// OpenCascade is the prior of images by scales whose low-pass part has the prior called low, with the networks of
// details in the given files, coarse to fine.
func OpenCascade(low string, details ...string) (*denoisers.Cascade, error) {
	p, err := Open(low)
	if err != nil {
		return nil, err
	}
	c := &denoisers.Cascade{Low: p.Denoiser, Shape: p.Shape()}
	for _, file := range details {
		n, err := openDetails(file)
		if err != nil {
			return nil, fmt.Errorf("zoo: %s: %w", file, err)
		}
		c.Details = append(c.Details, n)
	}
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("zoo: %w", err)
	}
	return c, nil
}

// openDetails is the network of wavelet details in a file, with its norms folded or as published.
func openDetails(file string) (*denoisers.CNN, error) {
	f, err := checkpoints.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	weights := run(f, "w", "")
	if found := prefixes(f, []string{"conv_layers.0.weight"}, ""); len(found) == 1 {
		if weights, err = foldBFCNN(f.Sub(found[0])); err != nil {
			return nil, err
		}
	}
	c, in, out, err := stack(weights)
	if err != nil {
		return nil, err
	}
	if in <= out || out%3 != 0 || in-out != out/3 {
		return nil, fmt.Errorf("the network takes %d channels and returns %d; one of details takes 4C and returns 3C", in, out)
	}
	c.Given, c.Channels, c.LinearFirst = in-out, out, true
	n, err := denoisers.NewCNN(layers.Root(rng.New(0)).Blank(), c)
	if err != nil {
		return nil, err
	}
	held := &checkpoints.File{}
	if err := held.Add(weights...); err != nil {
		return nil, err
	}
	return n, checkpoints.Load(held, n.Params(), checkpoints.LoadOptions{})
}
