package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"

	"tweedie/checkpoints"
	"tweedie/infer"
)

// ResultFiles returns patterns of path.Match for the names of the files that SaveResult writes.
func ResultFiles() []string {
	return []string{"samples.npy", "weighted.npy", "weights.npy", "mean.npy", "std.npy", "mean.png", "std.png", "sample-[0-7].png"}
}

// The names of the files that Save and SaveJSON write.
const (
	PageFile = "report.html"
	JSONFile = "results.json"
)

// Save writes the page as report.html into dir, which it makes when it is missing.
func (p Page) Save(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return checkpoints.AtomicWriteFile(filepath.Join(dir, PageFile), p.Write)
}

// SaveJSON writes v as results.json into dir.
func SaveJSON(dir string, v any) error {
	return checkpoints.AtomicWriteFile(filepath.Join(dir, JSONFile), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(v)
	})
}

// SavePNG writes an image as a PNG file, whole or not at all.
func SavePNG(path string, img image.Image) error {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return err
	}
	return checkpoints.AtomicWriteFile(path, func(w io.Writer) error {
		_, err := w.Write(b.Bytes())
		return err
	})
}

// SaveResult writes a result's arrays and pictures into dir: samples.npy [N,C,H,W], mean.npy and std.npy [C,H,W],
// and PNG files of the mean, the spread and the first eight samples; of a method that weighs its draws also weighted.npy
// [M,C,H,W], the draws before any was taken twice, and weights.npy [M], which sum to 1.
func (s Subject) SaveResult(dir string, r *infer.Result) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	img := []int{s.C, s.H, s.W}
	stack := func(name string, images [][]float64) *checkpoints.Tensor {
		return checkpoints.FromFloat64(name, append([]int{len(images)}, img...), slices.Concat(images...))
	}
	arrays := map[string]*checkpoints.Tensor{
		"samples": stack("samples", r.Samples),
		"mean":    checkpoints.FromFloat64("mean", img, r.Mean),
		"std":     checkpoints.FromFloat64("std", img, r.Std),
	}
	if w := r.Weighted; w != nil {
		arrays["weighted"] = stack("weighted", w.Samples)
		arrays["weights"] = checkpoints.FromFloat64("weights", []int{len(w.Weights)}, w.Weights)
	}
	for name, t := range arrays {
		if err := checkpoints.SaveNPY(filepath.Join(dir, name+".npy"), t); err != nil {
			return err
		}
	}
	sec, err := s.MethodSection("", "", r)
	if err != nil {
		return err
	}
	pics := map[string]Picture{"mean.png": sec.Pictures[0], "std.png": sec.Pictures[1]}
	for i, p := range sec.Samples {
		pics[fmt.Sprintf("sample-%d.png", i)] = p
	}
	for name, p := range pics {
		if err := SavePNG(filepath.Join(dir, name), p.Scaled(256)); err != nil {
			return err
		}
	}
	return nil
}
