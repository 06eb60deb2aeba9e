package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/internal/config"
	"tweedie/internal/disk"
	"tweedie/internal/priors"
	"tweedie/prior"
	"tweedie/report"
)

func sampleCommand(o *options) *cobra.Command {
	var name, out, sampler string
	var n, batch, class int
	var size []int
	c := &cobra.Command{
		Use:     "sample",
		Short:   "Draw images from a prior",
		Example: "  tweedie sample --prior digits8 --n 64 --out samples",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			how, err := decodeSampler(sampler)
			if err != nil {
				return err
			}
			prior, err := openPriorOf(name, class, size)
			if err != nil {
				return err
			}
			how = prior.Spec.Within(how)
			if err := checkCount("--n", n, 1, prior.Shape().Size()); err != nil {
				return err
			}
			if err := config.Batch("--batch", batch, prior.Shape().Size(), config.MostInput); err != nil {
				return err
			}
			folder, err := beginOut(cmd, "--out", out, "samples.npy", "samples.png")
			if err != nil {
				return err
			}
			defer func() { err = endOut(out, folder, err) }()
			images, err := priors.Draw(cmd.Context(), prior, how, o.seed, n, min(n, batch), watch)
			if err != nil && (len(images) == 0 || !errors.Is(err, context.Canceled)) {
				return err
			}
			return errors.Join(err, writeSamples(cmd, o, prior, images, out, folder))
		},
	}
	classFlag(c.Flags(), &class)
	sizeFlag(c.Flags(), &size)
	c.Flags().StringVar(&name, "prior", defaultPrior, priorUsage)
	c.Flags().StringVar(&out, "out", "samples", "folder for samples.npy and samples.png")
	c.Flags().IntVar(&n, "n", 64, "images")
	c.Flags().StringVar(&sampler, "sampler", `{"kind":"heun"}`, "sampler, JSON or a file with it; kinds: "+samplerKinds())
	c.Flags().IntVar(&batch, "batch", 64, "images drawn together; it does not change them")
	return c
}

// decodeSampler reads --sampler; the word of a kind alone is that kind with its defaults.
func decodeSampler(text string) (diffusion.Sampler, error) {
	for _, s := range diffusion.Samplers() {
		if s.Kind() == text {
			return s, nil
		}
	}
	raw, err := jsonFlag("--sampler", text, `{"kind":"heun","steps":32}`)
	if err != nil {
		return nil, err
	}
	if len(raw) == 0 {
		return nil, fmt.Errorf("--sampler is empty; kinds are %s", samplerKinds())
	}
	how, err := diffusion.DecodeSampler(raw)
	if err != nil {
		return nil, fmt.Errorf("--sampler: %w", err)
	}
	return how, nil
}

// samplerKinds lists the kinds of samplers for people.
func samplerKinds() string {
	var kinds []string
	for _, s := range diffusion.Samplers() {
		kinds = append(kinds, s.Kind())
	}
	return strings.Join(kinds, ", ")
}

// writeSamples writes the array and the picture of the images, and says so.
func writeSamples(cmd *cobra.Command, o *options, prior *prior.Prior, images [][]float64, out string, folder *disk.Folder) error {
	sh := prior.Spec.Shape
	var all []float64
	for _, x := range images {
		all = append(all, x...)
	}
	pics, err := priors.Pictures(prior, images)
	if err != nil {
		return err
	}
	t := checkpoints.FromFloat64("samples", append([]int{len(images)}, sh...), all)
	if err := checkpoints.SaveNPY(filepath.Join(folder.Path(), "samples.npy"), t); err != nil {
		return err
	}
	cols := int(math.Ceil(math.Sqrt(float64(len(pics)))))
	enlarge := max(1, 48/max(pics[0].H, pics[0].W))
	if err := report.SavePNG(filepath.Join(folder.Path(), "samples.png"), report.Sheet(pics, cols, enlarge)); err != nil {
		return err
	}
	if err := folder.Commit(); err != nil {
		return outError("--out", out, err)
	}
	o.saved = true
	if o.json {
		return printJSON(cmd.OutOrStdout(), map[string]any{"prior": prior.Summary(), "images": len(images), "seed": o.seed, "out": out})
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%d images of %s\nwritten: %s, %s\n", len(images), prior.Summary(), filepath.Join(out, "samples.png"), filepath.Join(out, "samples.npy"))
	return nil
}
