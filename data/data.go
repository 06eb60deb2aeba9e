// Package data reads sets of images for training.
//
// An image is C planes of H x W numbers, [C,H,W], row-major, in physical units and with a declared range [lo, hi]:
//
//	pixels stored as integers 0..max:   x = lo + (hi - lo) code / max      lo = 0, hi = 1 unless stated
//	arrays of floats:                   x as stored; the range is stated, or that of the data
//
// Channels come from the data: gray is one plane, gray with alpha two, a palette three, or four when it has alpha;
// nothing is turned into RGB and 16 bits stay 16. Open goes by content: a folder, zip or tar (also in gzip) of PNG and
// JPEG files, CSV and IDX (also in gzip), npy and npz arrays. OpenFS does so in an fs.FS and Read of an io.Reader; FromImages and
// FromSlices take what is in memory. Size, channels, range and unusable files are known, and told by Summarize, before training
// starts. Images have one size, that of the files or the one of Options.Resize or Crop; files of several sizes are an error
// that counts them.
//
// A CSV file is a table of pixels 0..max, a row for an image. Its first line may name the columns. The label stands in a column called
// label, class, target, digit or y, in the last of a table without names that has one more column than pixels, or where
// Options.Labels says. Commas, semicolons, tabs or spaces separate values, and the first three may be in quotes; beside semicolons
// and tabs a comma is a decimal point. A mark of UTF-8, lines that begin with # and empty ones are passed over.
//
// A Cursor goes through a set in epochs, each in an order of its own:
//
//	order of epoch e = permutation drawn from key.Split("epoch", e)
//	flip and crop of the k-th image since the beginning = bits of key.Split("augment", k)
//
// so what is drawn depends on the key and the position alone, not on the batch size, and a restored cursor goes on bit
// for bit.
//
// The orientation that Exif gives a photograph is followed: rows and columns are those of the picture as it is seen.
//
// Files are not trusted: an image's header is read and held against limits before its pixels are. Decoded, with its
// planes of float32, it may take 512 MiB, and no more than 400 times its file or 64 MiB, whichever is more; a stated
// Options.MaxPixels takes the place of that rule. Compressed files may not expand without proportion, and counts in
// headers are compared with the bytes that are there. Members of archives are read where they lie: nothing is written,
// no link is followed, and no name is used as a path.
package data

import "fmt"

// Set is a numbered collection of images of one shape. Read may be called from several goroutines.
type Set interface {
	Len() int                // number of images
	Shape() (c, h, w int)    // planes, rows, columns
	Range() (lo, hi float64) // of the values, in physical units
	// Read fills dst, [C,H,W], with image i and returns its label, -1 when it has none.
	// It panics when i or the length of dst is wrong.
	Read(i int, dst []float32) (label int, err error)
}

// Bad names a file that was left out, and says why.
type Bad struct{ Name, Reason string }

// source is what the sets of this package tell about their origin.
type source struct {
	name    string // path
	kind    string // such as "CSV"
	bad     []Bad
	ignored int      // files that are no images
	classes []string // names of the labels, where they have names
	sizes   []SizeCount
	at      place // of the file itself and those beside it; nil for what is in memory only
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
