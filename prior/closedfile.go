package prior

import (
	"context"
	"fmt"
	"io"

	"tweedie/diffusion"
	"tweedie/diffusion/exact/exactfile"
	"tweedie/families"
	"tweedie/internal/input"
)

// isDescription reports whether a file is JSON, as the description of a closed form is. A folder is none.
func isDescription(path string) (bool, error) {
	info, err := input.Stat(path)
	if err != nil || info.IsDir() {
		return false, err
	}
	f, size, err := input.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	head := make([]byte, min(512, size))
	if _, err := io.ReadFull(f, head); err != nil {
		return false, fmt.Errorf("%s: %w", input.Name(path), err)
	}
	return exactfile.Is(head), nil
}

// fromDescription is the prior that a file of JSON describes.
func fromDescription(path string) (*Prior, error) {
	d, err := exactfile.Open(context.Background(), path)
	if err != nil {
		return nil, fmt.Errorf("prior: %w", err)
	}
	return FromDistribution(input.Name(path), d), nil
}

// FromDistribution is the prior of a closed form, whose values are those of images, as exactfile.Open reads it or
// exactfile.Of makes it of a distribution. Without a Digest, states of runs know it by its name.
func FromDistribution(name string, d *exactfile.Prior) *Prior {
	return &Prior{Name: name, Denoiser: d.Distribution, Exact: d.Distribution, digest: d.Digest, Spec: families.Spec{
		Shape: d.Shape, SigmaData: d.PixelStd, Affine: diffusion.Affine{Scale: 1}, Range: d.Range, Mean: d.PixelMean, Std: d.PixelStd,
	}}
}
