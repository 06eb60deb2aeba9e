package data

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Summary holds what is to be known about a set before training on it.
type Summary struct {
	Name, Kind              string // where it came from; "" for a Set of another package
	Images                  int
	Channels, Height, Width int
	Lo, Hi                  float64     // declared range
	Seen                    int         // images that were read for what follows
	Min, Max, Mean          float64     // of their values
	Labels                  []int       // how many of them have label 0, 1, ...; empty when none has
	Bad                     []Bad       // files left out
	Ignored                 int         // files that are no images
	Sizes                   []SizeCount // of PNG and JPEG files before they were resized or cut, the most frequent first
	Classes                 []string    // names of the labels, those of the subfolders; empty when they have none
}

// Summarize reads up to limit images, evenly spread (all when limit <= 0), and returns what it finds. An image that
// cannot be read is an error, and so is the end of ctx.
func Summarize(ctx context.Context, s Set, limit int) (Summary, error) {
	var sum Summary
	sum.Images = s.Len()
	sum.Channels, sum.Height, sum.Width = s.Shape()
	sum.Lo, sum.Hi = s.Range()
	if d, ok := s.(described); ok {
		o := d.describe()
		sum.Name, sum.Kind, sum.Bad, sum.Ignored, sum.Classes, sum.Sizes = o.name, o.kind, o.bad, o.ignored, o.classes, o.sizes
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
		if err := ctx.Err(); err != nil {
			return Summary{}, err
		}
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

// String returns a few lines for people. It names, quoted, at most 20 of the files left out and 20 of the classes.
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
	if len(s.Sizes) > 1 {
		b.WriteString("made of images of several sizes:\n")
		for _, z := range s.Sizes[:min(20, len(s.Sizes))] {
			fmt.Fprintf(&b, "  %d of %d x %d\n", z.Images, z.Height, z.Width)
		}
		if more := len(s.Sizes) - 20; more > 0 {
			fmt.Fprintf(&b, "  and %d sizes more\n", more)
		}
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
