package training

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"tweedie/diffusion"
	"tweedie/internal/priors"
	"tweedie/prior"
	"tweedie/report"
	"tweedie/train"
)

// previewImages counts the samples that are drawn each time, in rows of four.
const previewImages = 16

// preview draws the same samples with the raw weights, on the left, and the averaged ones, as previews/000500.png. With
// classes sample i is of class i, counted round.
func (r *Training) preview(ctx context.Context, t *train.Trainer, job Job, step int64) error {
	raw, err := r.samples(ctx, job.Watch)
	if err != nil {
		return err
	}
	avg := raw
	if e := t.EMA(); e != nil {
		e.SwapIn()
		avg, err = r.samples(ctx, job.Watch)
		e.SwapOut()
		if err != nil {
			return err
		}
	}
	var both []report.Picture
	for i := 0; i < previewImages; i += 4 {
		both = append(append(both, raw[i:i+4]...), avg[i:i+4]...)
	}
	dir := filepath.Join(job.Out, "previews")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return report.SavePNG(filepath.Join(dir, fmt.Sprintf("%06d.png", step)), report.Sheet(both, 8, max(1, 48/max(both[0].H, both[0].W))))
}

// samples draws with the weights as they are.
func (r *Training) samples(ctx context.Context, watch priors.Watch) ([]report.Picture, error) {
	den, l := r.denoiser()
	if l != nil && r.classes > 0 {
		l.class = make([]int, previewImages)
		for i := range l.class {
			l.class[i] = i % r.classes
		}
	}
	p := &prior.Prior{Denoiser: den, Spec: r.spec}
	images, err := priors.Draw(ctx, p, diffusion.DefaultHeun(), r.cfg.Train.Seed, previewImages, previewImages, watch)
	if err != nil {
		return nil, err
	}
	return priors.Pictures(p, images)
}
