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

	"tweedie/checkpoints"
	"tweedie/infer"
)

// ResultFiles returns patterns of path.Match for the names of the files that SaveResult writes.
func ResultFiles() []string {
	return []string{"samples.npy", "mean.npy", "std.npy", "mean.png", "std.png", "sample-[0-7].png"}
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
// and PNG files of the mean, the spread and the first eight samples.
func (s Subject) SaveResult(dir string, r *infer.Result) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var all []float64
	for _, x := range r.Samples {
		all = append(all, x...)
	}
	img := []int{s.C, s.H, s.W}
	for name, t := range map[string]*checkpoints.Tensor{
		"samples": checkpoints.FromFloat64("samples", append([]int{len(r.Samples)}, img...), all),
		"mean":    checkpoints.FromFloat64("mean", img, r.Mean),
		"std":     checkpoints.FromFloat64("std", img, r.Std),
	} {
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
