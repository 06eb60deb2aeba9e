// Package data reads sets of images for training.
//
// An image is C planes of H x W numbers, [C,H,W], row-major, in physical units and with a declared range [lo, hi]:
//
//	pixels stored as integers 0..max:   x = lo + (hi - lo) code / max      lo = 0, hi = 1 unless stated
//	arrays of floats:                   x as stored; the range is stated, or that of the data
//
// Channels come from the data: gray is one plane, gray with alpha two, a palette three, or four when it has alpha;
// nothing is turned into RGB and 16 bits stay 16. Open goes by content: a folder, zip or tar (also in gzip) of PNG and
// JPEG files, CSV and IDX (also in gzip), npy and npz arrays. Size, channels, range and unusable files are known,
// and told by Summarize, before training starts.
//
// A Cursor goes through a set in epochs, each in an order of its own:
//
//	order of epoch e = permutation drawn from key.Split("epoch", e)
//	flip and crop of the k-th image since the beginning = bits of key.Split("augment", k)
//
// so what is drawn depends on the key and the position alone, not on the batch size, and a restored cursor goes on
// bit for bit.
//
// Files are not trusted: an image's header is read and held against limits before its pixels are, compressed files may
// not expand without proportion, counts in headers are compared with the bytes that are there. Members of archives are
// read where they lie: nothing is written, no link is followed, and no name is used as a path.
package data

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Set is a numbered collection of images of one shape. Read may be called from several goroutines.
type Set interface {
	Len() int                // number of images
	Shape() (c, h, w int)    // planes, rows, columns
	Range() (lo, hi float64) // of the values, in physical units
	// Read fills dst, [C,H,W], with image i and returns its label, -1 when it has none.
	// It panics when i or the length of dst is wrong.
	Read(i int, dst []float32) (label int, err error)
}

// Bad is a file that was left out, and why.
type Bad struct{ Name, Reason string }

// source is what the sets of this package tell about their origin.
type source struct {
	name    string // path
	kind    string // such as "CSV"
	bad     []Bad
	ignored int      // files that are no images
	classes []string // names of the labels, where they have names
}

func (s *source) describe() *source { return s }

type described interface{ describe() *source }

// size is the shape of an image.
type size struct{ c, h, w int }

// Shape implements Set.
func (s size) Shape() (c, h, w int) { return s.c, s.h, s.w }

func (s size) pixels() int { return s.c * s.h * s.w }

func (s size) String() string { return fmt.Sprintf("[%d,%d,%d]", s.c, s.h, s.w) }

// interval is the range of the values.
type interval struct{ lo, hi float64 }

// Range implements Set.
func (v interval) Range() (lo, hi float64) { return v.lo, v.hi }

// checkRead panics on arguments that no Set takes.
func checkRead(s Set, i int, dst []float32) {
	c, h, w := s.Shape()
	if i < 0 || i >= s.Len() {
		panic(fmt.Sprintf("data: image %d of a set of %d", i, s.Len()))
	}
	if len(dst) != c*h*w {
		panic(fmt.Sprintf("data: %d values for an image of [%d,%d,%d]", len(dst), c, h, w))
	}
}

// Summary is what there is to know about a set before training on it.
type Summary struct {
	Name, Kind              string // where it came from; "" for a Set of another package
	Images                  int
	Channels, Height, Width int
	Lo, Hi                  float64  // declared range
	Seen                    int      // images that were read for what follows
	Min, Max, Mean          float64  // of their values
	Labels                  []int    // how many of them have label 0, 1, ...; empty when none has
	Bad                     []Bad    // files left out
	Ignored                 int      // files that are no images
	Classes                 []string // names of the labels, those of the subfolders; empty when they have none
}

// Summarize reads up to limit images, evenly spread (all when limit <= 0), and reports. An image that cannot be read is
// an error.
func Summarize(s Set, limit int) (Summary, error) {
	var sum Summary
	sum.Images = s.Len()
	sum.Channels, sum.Height, sum.Width = s.Shape()
	sum.Lo, sum.Hi = s.Range()
	if d, ok := s.(described); ok {
		o := d.describe()
		sum.Name, sum.Kind, sum.Bad, sum.Ignored, sum.Classes = o.name, o.kind, o.bad, o.ignored, o.classes
	}
	n := sum.Images
	if limit > 0 {
		n = min(n, limit)
	}
	if n == 0 {
		return sum, nil
	}
	sum.Min, sum.Max = math.Inf(1), math.Inf(-1)
	img := make([]float32, sum.Channels*sum.Height*sum.Width)
	total := 0.0
	for k := range n {
		label, err := s.Read(int(int64(k)*int64(sum.Images)/int64(n)), img)
		if err != nil {
			return Summary{}, err
		}
		for _, v := range img {
			total += float64(v)
			sum.Min, sum.Max = min(sum.Min, float64(v)), max(sum.Max, float64(v))
		}
		if label >= 0 && label < 1<<20 {
			if label >= len(sum.Labels) {
				sum.Labels = append(sum.Labels, make([]int, label+1-len(sum.Labels))...)
			}
			sum.Labels[label]++
		}
	}
	sum.Seen, sum.Mean = n, total/float64(n*len(img))
	return sum, nil
}

// String returns a few lines for people; of the files left out the first 20 are named, quoted.
func (s Summary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %q: %d images of %d x %d, channels %d\n", s.Kind, s.Name, s.Images, s.Height, s.Width, s.Channels)
	fmt.Fprintf(&b, "declared range [%.6g, %.6g]; %d images read: values in [%.6g, %.6g], mean %.4g\n", s.Lo, s.Hi, s.Seen, s.Min, s.Max, s.Mean)
	if len(s.Labels) > 0 {
		fmt.Fprintf(&b, "labels 0..%d, between %d and %d images each\n", len(s.Labels)-1, slices.Min(s.Labels), slices.Max(s.Labels))
	}
	for i, name := range s.Classes[:min(20, len(s.Classes))] {
		fmt.Fprintf(&b, "  %d = %q\n", i, name)
	}
	if more := len(s.Classes) - 20; more > 0 {
		fmt.Fprintf(&b, "  and %d more\n", more)
	}
	if s.Ignored > 0 {
		fmt.Fprintf(&b, "%d other files ignored\n", s.Ignored)
	}
	if len(s.Bad) > 0 {
		fmt.Fprintf(&b, "%d files left out:\n", len(s.Bad))
	}
	for _, f := range s.Bad[:min(20, len(s.Bad))] {
		fmt.Fprintf(&b, "  %q: %s\n", f.Name, f.Reason)
	}
	if more := len(s.Bad) - 20; more > 0 {
		fmt.Fprintf(&b, "  and %d more\n", more)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
