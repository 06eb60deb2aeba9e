package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"tweedie/diffusion"
	"tweedie/report"
	"tweedie/train"
	"tweedie/zoo"
)

// previewImages are drawn each time, in rows of four.
const previewImages = 16

// preview draws the same samples with the raw weights, on the left, and the averaged ones, as previews/000500.png. With
// classes sample i is of class i, counted round.
func (r *training) preview(ctx context.Context, t *train.Trainer, out string, step int64) error {
	raw, err := r.samples(ctx)
	if err != nil {
		return err
	}
	avg := raw
	if e := t.EMA(); e != nil {
		e.SwapIn()
		avg, err = r.samples(ctx)
		e.SwapOut()
		if err != nil {
			return err
		}
	}
	var both []report.Picture
	for i := 0; i < previewImages; i += 4 {
		both = append(append(both, raw[i:i+4]...), avg[i:i+4]...)
	}
	dir := filepath.Join(out, "previews")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return report.SavePNG(filepath.Join(dir, fmt.Sprintf("%06d.png", step)), report.Sheet(both, 8, max(1, 48/max(both[0].H, both[0].W))))
}

// samples draws with the weights as they are.
func (r *training) samples(ctx context.Context) ([]report.Picture, error) {
	den, l := r.denoiser()
	if l != nil && r.classes > 0 {
		l.class = make([]int, previewImages)
		for i := range l.class {
			l.class[i] = i % r.classes
		}
	}
	p := &zoo.Prior{Denoiser: den, Spec: r.spec}
	images, err := drawPrior(ctx, p, diffusion.DefaultHeun(), r.cfg.Train.Seed, previewImages, previewImages)
	if err != nil {
		return nil, err
	}
	s := report.NewSubject(p.Shape(), p.Spec.Range, nil, nil)
	var pics []report.Picture
	for _, x := range images {
		pic, err := report.NewPicture("", s.C, s.H, s.W, x, s.Lo, s.Hi)
		if err != nil {
			return nil, err
		}
		pics = append(pics, pic)
	}
	return pics, nil
}
