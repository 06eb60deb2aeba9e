package exactfile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"unicode/utf8"

	"tweedie/diffusion/exact"
	"tweedie/internal/absent"
	"tweedie/internal/config"
	"tweedie/internal/input"
)

// Prior is a distribution of images with what methods and reports want to know of it.
type Prior struct {
	exact.Distribution
	Shape     []int      // of one image
	Range     [2]float64 // of the values of images, from black to white
	PixelMean float64    // the mean of a pixel over all images and places
	PixelStd  float64    // its standard deviation, likewise
	Digest    string     // SHA-256 of the description and all arrays, in hex
}

// Is reports whether a file that begins with head is of JSON, as a file of a prior is and no checkpoint.
func Is(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	if len(head) == 0 || head[0] != '{' {
		return false
	}
	head = bytes.TrimLeft(head[1:], " \t\r\n")
	return len(head) > 0 && (head[0] == '"' || head[0] == '}')
}

// Open reads the prior that a file describes. Arrays are relative to the file. The error names the file and the field.
func Open(ctx context.Context, path string) (*Prior, error) {
	text, err := input.ReadFile(path, input.MaxText)
	if err != nil {
		return nil, err
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // the byte-order mark of some editors
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("the file %s is not text in UTF-8", input.Name(path))
	}
	p, err := Decode(ctx, text, filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", input.Name(path), err)
	}
	return p, nil
}

// Decode reads the prior that an object of JSON describes. Arrays are relative to dir.
func Decode(ctx context.Context, text []byte, dir string) (*Prior, error) {
	c, err := registry.Decode(text)
	if err != nil {
		return nil, err
	}
	img := c.Images()
	n, err := img.validate(c.Kind())
	if err != nil {
		return nil, err
	}
	b := &Builder{Shape: img.Shape, Elements: n, ctx: ctx, dir: dir, hash: sha256.New()}
	b.hash.Write(text)
	d, err := c.Build(b)
	if err == nil && img.Linear != nil {
		d, err = img.Linear.apply(b, d)
		err = config.Below("linear", err)
	}
	if err != nil {
		return nil, named(c.Kind(), err)
	}
	if img.Range == nil && img.Linear == nil {
		img.Range = b.Range
	}
	p, err := Of(d, img.Shape, img.Range)
	if err != nil {
		return nil, named(c.Kind(), err)
	}
	p.Digest = fmt.Sprintf("%x", b.hash.Sum(nil))
	return p, nil
}

// named returns err as an error of a kind.
func named(kind string, err error) error {
	if e, ok := err.(*config.FieldError); ok && e.Kind != kind {
		own := *e
		own.Kind = kind
		return &own
	}
	return config.Named(kind, err)
}

// Of returns the prior of a distribution of images of a shape, whose values from black to white are span; nil span
// stands for two deviations to each side of the mean, and must be given where there is no deviation.
func Of(d exact.Distribution, shape []int, span *[2]float64) (*Prior, error) {
	if absent.Is(d) {
		return nil, config.Errorf("prior", "distribution", "is nil")
	}
	n, err := Image{Shape: shape, Range: span}.validate("prior")
	if err == nil && d.Dim() != n {
		err = config.Errorf("prior", "shape", "is %v, of %d elements; the prior has %d", shape, n, d.Dim())
	}
	if err != nil {
		return nil, err
	}
	p := &Prior{Distribution: d, Shape: slices.Clone(shape)}
	means, square := p.Mean(), exact.TotalVariance(d)
	for _, v := range means {
		p.PixelMean += v / float64(n)
	}
	for _, v := range means {
		square += (v - p.PixelMean) * (v - p.PixelMean)
	}
	p.PixelStd = math.Sqrt(square / float64(n))
	known := p.PixelStd > 0 && !math.IsInf(p.PixelStd, 0)
	p.Range = [2]float64{p.PixelMean - 2*p.PixelStd, p.PixelMean + 2*p.PixelStd}
	switch {
	case span == nil && !(known && p.Range[0] < p.Range[1]):
		return nil, config.Errorf("prior", "range", "is missing; the mean is %g and the standard deviation %g, so it does not follow from the prior", p.PixelMean, p.PixelStd)
	case span != nil:
		p.Range = *span
	}
	if !known {
		p.PixelStd = (p.Range[1] - p.Range[0]) / 4
	}
	return p, nil
}
