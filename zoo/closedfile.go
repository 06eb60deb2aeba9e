package zoo

import (
	"context"
	"fmt"
	"io"

	"tweedie/diffusion"
	"tweedie/diffusion/exact/exactfile"
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
		return nil, fmt.Errorf("zoo: %w", err)
	}
	return FromDistribution(input.Name(path), d)
}

// FromDistribution is the prior of a closed form, whose values are those of images: as exactfile.Open reads it, or with
// the fields beside the distribution filled in by the caller. Digest may be empty, and PixelStd 0 when it is not known.
func FromDistribution(name string, d *exactfile.Prior) (*Prior, error) {
	p := &Prior{Name: name, Denoiser: d.Distribution, Exact: d.Distribution, digest: d.Digest, Spec: Spec{
		Shape: d.Shape, SigmaData: d.PixelStd, Affine: diffusion.Affine{Scale: 1}, Range: d.Range, Mean: d.PixelMean, Std: d.PixelStd,
	}}
	if size := p.Shape().Size(); size != d.Dim() {
		return nil, fmt.Errorf("zoo: %s: shape %v has %d elements and the prior %d", name, d.Shape, size, d.Dim())
	}
	return p, nil
}
