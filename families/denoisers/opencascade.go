package denoisers

import (
	"errors"
	"fmt"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
)

// OpenCascade returns the prior of images by scales whose low-pass part, of the given shape, has the denoiser low, with the
// networks of details in the given files, coarse to fine.
func OpenCascade(low diffusion.Denoiser, shape autodiff.Shape, details ...string) (*Cascade, error) {
	c := &Cascade{Low: low, Shape: shape}
	for _, file := range details {
		n, err := openDetails(file)
		if err != nil {
			return nil, fmt.Errorf("denoisers: %s: %w", file, err)
		}
		c.Details = append(c.Details, n)
	}
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("denoisers: %w", err)
	}
	return c, nil
}

// openDetails is the network of wavelet details in a file, with its norms folded or as published.
func openDetails(file string) (*CNN, error) {
	f, err := checkpoints.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d, err := describe(f, "")
	if err != nil {
		return nil, err
	}
	if d == nil || d.noPrior == nil {
		return nil, errors.New("this is no network of wavelet details, which takes 4C channels and returns 3C")
	}
	net, err := d.make()
	if err != nil {
		return nil, err
	}
	held, err := d.file()
	if err != nil {
		return nil, err
	}
	return net.(*CNN), checkpoints.Load(held, net.Params(), checkpoints.LoadOptions{})
}
