package priors

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"tweedie/diffusion"
	"tweedie/families"
	"tweedie/prior"
	"tweedie/report"
)

// Previews draws pictures of a training: the same samples with the weights as they are, on the left, and with their averages,
// in rows of four, as previews/000500.png in a folder.
type Previews struct {
	Out    string
	Seed   uint64
	Images int // of a preview
	Watch  Watch

	raw []report.Picture
}

// Draw takes the samples of one denoiser, and writes the picture when it has those of the averages.
func (p *Previews) Draw(ctx context.Context, step int64, averaged bool, den diffusion.Denoiser, spec families.Spec) error {
	of := &prior.Prior{Denoiser: den, Spec: spec}
	images, err := Draw(ctx, of, diffusion.DefaultHeun(), p.Seed, p.Images, p.Images, p.Watch)
	if err != nil {
		return err
	}
	pictures, err := Pictures(of, images)
	if err != nil {
		return err
	}
	if !averaged {
		p.raw = pictures
		return nil
	}
	var both []report.Picture
	for i := 0; i < p.Images; i += 4 {
		both = append(append(both, p.raw[i:i+4]...), pictures[i:i+4]...)
	}
	dir := filepath.Join(p.Out, "previews")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return report.SavePNG(filepath.Join(dir, fmt.Sprintf("%06d.png", step)), report.Sheet(both, 8, max(1, 48/max(both[0].H, both[0].W))))
}
